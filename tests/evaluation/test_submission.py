import json

import pytest

from textgym.errors import MalformedData
from textgym.evaluation import whole_file
from textgym.evaluation.submission import load_submission, run_suite
from textgym.evaluation.suite import Suite, SuiteTask
from textgym.protocols import as_agent

SUITE = Suite(
    "words-v0",
    (
        SuiteTask("backwards", "test/Backwards-v0", episodes=8, seed=1, fingerprint="0123456789abcdef"),
        SuiteTask("countdown", "test/Countdown-v0", episodes=4, seed=1, fingerprint="0123456789abcdef"),
    ),
)


@pytest.fixture
def submission():
    return run_suite(lambda env_id, kwargs: as_agent(lambda text: text[::-1]), SUITE, name="Re verser!")


def test_the_score_is_the_mean_of_the_tasks(submission):
    assert submission.score == pytest.approx((1.0 + 6.0) / 2)
    assert submission.interval == pytest.approx((3.5, 3.5))


def test_the_agent_is_made_for_each_task():
    asked = []

    def make_agent(env_id, kwargs):
        asked.append((env_id, dict(kwargs)))
        return as_agent(str)

    run_suite(make_agent, SUITE, name="x")
    assert asked == [("test/Backwards-v0", {}), ("test/Countdown-v0", {})]


def test_a_saved_submission_is_read_back(submission, tmp_path):
    file = submission.save(tmp_path / "new")
    assert file.name.startswith("re_verser-words-v0-")
    assert load_submission(file) == submission
    assert len(json.loads(file.read_text())["results"]["backwards"]["records"]) == 8


def test_replies_that_utf8_cannot_hold_are_kept(tmp_path):
    played = run_suite(lambda *_: as_agent(lambda text: "né\ud800"), SUITE, name="x")
    file = played.save(tmp_path)
    assert load_submission(file) == played
    assert "né\\ud800" in file.read_text("utf-8")


def test_a_changed_file_is_noticed(submission, tmp_path):
    file = submission.save(tmp_path)
    file.write_text(file.read_text().replace('"score": 3.5', '"score": 4.5'))
    with pytest.raises(MalformedData, match="was changed"):
        load_submission(file)


def test_an_interrupted_write_leaves_nothing(submission, tmp_path, monkeypatch):
    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(whole_file.os, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        submission.save(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_summary_tells_scores_and_failures(submission):
    assert submission.summary().splitlines()[0] == "Re verser! on words-v0: 350.0 [350.0, 350.0]"
    failing = run_suite(lambda *_: as_agent(lambda text: None), SUITE, name="x")
    assert "failed in 12 episodes" in failing.summary()
