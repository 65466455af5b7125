"""The published board is what the submissions say."""

from pathlib import Path

import pytest

import textgym
from textgym.evaluation.leaderboard_table import leaderboard_table, load_folder, with_table
from textgym.evaluation.submission import load_submission
from textgym.evaluation.suite import SUITES_FOLDER, load_suite

ROOT = Path(__file__).parents[2]
SUBMISSIONS = ROOT / "leaderboard" / "submissions"
FILES = sorted(SUBMISSIONS.glob("*.json"))


class Replay:
    """Says what the records say, and fails where their agent failed."""

    def __init__(self, records):
        self.replies = {record.episode: record.replies for record in records}

    def act(self, requests):
        return [
            self.replies[r.episode][r.turn]
            if r.turn < len(self.replies[r.episode])
            else RuntimeError("failed")
            for r in requests
        ]


def test_the_board_is_not_empty():
    suite = load_suite("quick-v1")
    assert any(load_submission(file).suite_hash == suite.hash for file in FILES)


def test_the_suite_is_the_shipped_one():
    assert (ROOT / "leaderboard" / "suite.toml").read_bytes() == (
        SUITES_FOLDER / "quick-v1.toml"
    ).read_bytes()


def test_the_readme_shows_the_submissions():
    page = (ROOT / "README.md").read_text("utf-8")
    table = leaderboard_table(load_folder(SUBMISSIONS), load_suite("quick-v1"))
    assert with_table(page, table) == page, (
        "run python -m textgym.evaluation.leaderboard_table README.md leaderboard/submissions"
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
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


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_recorded_replies_give_the_recorded_returns(file):
    """The agent is not needed: an episode is a function of the seed and the replies."""
    submission = load_submission(file)
    suite = load_suite(submission.suite)
    if submission.suite_hash != suite.hash:
        pytest.skip("a submission of an earlier form of the suite")
    for task in suite.tasks:
        records = submission.results[task.name].records
        again = textgym.evaluate(
            Replay(records),
            task.env_id,
            episodes=task.episodes,
            seed=task.seed,
            split=task.split,
            env_kwargs=task.env_kwargs,
        ).records
        assert [_outcome(r) for r in again] == [_outcome(r) for r in records]
        assert [r.return_ for r in again] == pytest.approx([r.return_ for r in records])
        for now, then in zip(again, records, strict=True):
            # Later versions may measure more.
            assert {name: now.metrics[name] for name in then.metrics} == pytest.approx(then.metrics)


def _outcome(record):
    return (record.example_id, record.group, record.turns, record.error is None)
