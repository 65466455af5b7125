"""The published board is what the submissions say."""

from pathlib import Path

import pytest

from textgym.evaluation.leaderboard_table import leaderboard_table, load_folder, with_table
from textgym.evaluation.submission import load_submission
from textgym.evaluation.suite import SUITES_FOLDER, load_suite

ROOT = Path(__file__).parents[2]
SUBMISSIONS = ROOT / "leaderboard" / "submissions"


def test_the_suite_is_the_shipped_one():
    assert (ROOT / "leaderboard" / "suite.toml").read_bytes() == (
        SUITES_FOLDER / "quick-v0.toml"
    ).read_bytes()


def test_the_readme_shows_the_submissions():
    page = (ROOT / "README.md").read_text("utf-8")
    table = leaderboard_table(load_folder(SUBMISSIONS), load_suite("quick-v0"))
    assert with_table(page, table) == page, (
        "run python -m textgym.evaluation.leaderboard_table README.md leaderboard/submissions"
    )


@pytest.mark.parametrize("file", sorted(SUBMISSIONS.glob("*.json")), ids=lambda file: file.stem)
def test_a_submission_played_what_its_suite_asks(file):
    submission = load_submission(file)
    suite = load_suite(submission.suite)
    if submission.suite_hash != suite.hash:
        pytest.skip("a submission of an earlier form of the suite")
    assert list(submission.results) == [task.name for task in suite.tasks]
    for task in suite.tasks:
        result = submission.results[task.name]
        assert (result.env_id, result.env_kwargs, result.split, result.seed, result.fingerprint) == (
            task.env_id,
            task.env_kwargs,
            task.split,
            task.seed,
            task.fingerprint,
        )
        assert [record.episode for record in result.records] == list(range(task.episodes))


@pytest.mark.parametrize("file", sorted(SUBMISSIONS.glob("*.json")), ids=lambda file: file.stem)
def test_recorded_replies_give_the_recorded_returns(file):
    """The agent is not needed: an episode is a function of the seed and the replies."""
    import textgym

    submission = load_submission(file)
    suite = load_suite(submission.suite)
    if submission.suite_hash != suite.hash:
        pytest.skip("a submission of an earlier form of the suite")
    for task in suite.tasks:
        records = submission.results[task.name].records[:10]

        class Replay:
            def act(self, requests, records=records):
                return [records[r.episode].replies[r.turn] for r in requests]

        again = textgym.evaluate(
            Replay(), task.env_id, episodes=len(records), seed=task.seed, split=task.split
        )
        assert [r.return_ for r in again.records] == pytest.approx([r.return_ for r in records])
