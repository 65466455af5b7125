"""The leaderboard as a Markdown table between two markers of a page.

python -m textgym.evaluation.leaderboard_table README.md leaderboard/submissions
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from textgym.errors import MalformedData
from textgym.evaluation.submission import Submission, load_submission
from textgym.evaluation.suite import Suite, load_suite

BEGIN = "<!-- leaderboard: made by `python -m textgym.evaluation.leaderboard_table`, do not edit -->"
END = "<!-- end of leaderboard -->"


def leaderboard_table(submissions: Sequence[Submission], suite: Suite) -> str:
    """The board of one suite, best score first.

    Args:
        submissions: Those of other suites, or of the suite before it was changed, are left out.
        suite: The suite.

    Returns:
        A Markdown table: mean returns times 100, the score with its 95 % interval.
    """
    fitting = [s for s in submissions if (s.suite, s.suite_hash) == (suite.name, suite.hash)]
    names = [task.name for task in suite.tasks]
    lines = [
        f"| agent | score, 95 % interval | {' | '.join(names)} | failed episodes |",
        "|" + "---|" * (len(names) + 3),
    ]
    lines += [_row(s, names) for s in sorted(fitting, key=lambda s: (-s.score, s.agent))]
    return "\n".join(lines)


def with_table(page: str, table: str) -> str:
    """The page with the table between its markers.

    Raises:
        MalformedData: If the page lacks a marker.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise MalformedData(f"the page needs the lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def load_folder(folder: Path | str) -> list[Submission]:
    """All submissions of a folder, by file name."""
    return [load_submission(file) for file in sorted(Path(folder).glob("*.json"))]


def _row(submission: Submission, names: Sequence[str]) -> str:
    low, high = submission.interval
    cells = [f"{100 * submission.results[name].mean_return:.1f}" for name in names]
    errors = sum(result.errors for result in submission.results.values())
    score = f"{100 * submission.score:.1f} [{100 * low:.1f}, {100 * high:.1f}]"
    return f"| {submission.agent} | {score} | {' | '.join(cells)} | {errors} |"


def main(page: str, folder: str, suite: str = "quick-v1") -> None:
    """Rewrite the table of a page."""
    file = Path(page)
    table = leaderboard_table(load_folder(folder), load_suite(suite))
    file.write_text(with_table(file.read_text("utf-8"), table), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
