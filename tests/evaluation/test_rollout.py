import json
import re

import gymnasium as gym
import pytest

from textgym.errors import AgentMisfit, AgentUnavailable, MissingExtra, ReplyTooLong, SandboxUnavailable
from textgym.evaluation import Result, evaluate
from textgym.protocols import as_agent


class Foreign(gym.Env):
    observation_space = action_space = gym.spaces.Discrete(2)

    def __init__(self, split):
        self.split = split


reverser = as_agent(lambda text: text[::-1])


class Recorder:
    """Reverses, and keeps every batch it was given and every episode that ended."""

    def __init__(self):
        self.batches, self.ended = [], []

    def act(self, requests):
        self.batches.append(list(requests))
        return [r.conversation[-1]["content"][::-1] for r in requests]

    def end(self, episodes):
        self.ended += episodes


def test_every_example_is_asked_once_in_an_order_of_the_seed():
    ids = [
        [r.example_id for r in evaluate(reverser, "test/Backwards-v0", episodes=8, seed=s).records]
        for s in (0, 0, 1)
    ]
    assert sorted(ids[0]) == [f"words/{i}" for i in range(8)]
    assert ids[0] == ids[1] != ids[2]


def test_the_first_episodes_do_not_depend_on_their_number():
    few, many = (evaluate(reverser, "test/Backwards-v0", episodes=n, seed=3).records for n in (3, 8))
    assert [(r.example_id, r.seed) for r in few] == [(r.example_id, r.seed) for r in many[:3]]


def test_known_returns_and_metrics():
    agent = as_agent(lambda text: text[::-1] if text != "lamp" else "no")
    result = evaluate(agent, "test/Backwards-v0", episodes=8, seed=0)
    assert result.mean_return == pytest.approx((7 + 0.25) / 8)
    assert result.metric_means == {"length": pytest.approx((2 + 7 * 5) / 8)}
    assert result.errors == 0


@pytest.mark.parametrize("batch_size", [1, 3, 32])
def test_records_do_not_depend_on_the_batch_size(batch_size):
    result = evaluate(as_agent(str.upper), "test/Countdown-v0", episodes=7, seed=5, batch_size=batch_size)
    plain = [(r.episode, r.example_id, r.seed, r.return_, r.turns, r.replies) for r in result.records]
    whole = evaluate(as_agent(str.upper), "test/Countdown-v0", episodes=7, seed=5, batch_size=7)
    assert plain == [(r.episode, r.example_id, r.seed, r.return_, r.turns, r.replies) for r in whole.records]
    assert {(r.return_, r.turns) for r in result.records} == {(6.0, 3)}
    assert all(r.replies[1:] == ("1", "2") for r in result.records)


def test_all_open_episodes_are_asked_at_once_and_finished_ones_replaced():
    agent = Recorder()
    evaluate(agent, "test/Backwards-v0", episodes=8, seed=0, batch_size=3)
    assert [[r.episode for r in batch] for batch in agent.batches] == [[0, 1, 2], [3, 4, 5], [6, 7]]
    assert agent.ended == list(range(8))


def test_requests_carry_the_conversation_and_the_turn():
    agent = Recorder()
    evaluate(agent, "test/Countdown-v0", episodes=1, seed=0)
    last = agent.batches[-1][0]
    assert last.turn == 2
    assert [m["role"] for m in last.conversation] == ["user", "assistant"] * 2 + ["user"]


def test_more_episodes_than_examples_need_repeats():
    with pytest.raises(ValueError, match=r"9 episodes .* has 8 test examples"):
        evaluate(reverser, "test/Backwards-v0", episodes=9, seed=0)
    result = evaluate(reverser, "test/Backwards-v0", episodes=17, seed=0, repeats=True)
    ids = [r.example_id for r in result.records]
    assert sorted(ids[:8]) == sorted(ids[8:16])
    assert ids[:8] != ids[8:16]


def test_generated_examples_are_the_same_for_the_same_seed():
    kwargs = {"episodes": 40, "env_kwargs": {"finite": False}}
    a, b, c = (evaluate(reverser, "test/Backwards-v0", seed=s, **kwargs).records for s in (0, 0, 1))
    assert [r.example_id for r in a] == [r.example_id for r in b]
    assert len({r.example_id for r in a} | {r.example_id for r in c}) == 80


@pytest.mark.parametrize(
    "bad, message",
    [(lambda text: 7, "TypeError: .* got int"), (lambda text: "x" * 16_385, "ReplyTooLong: .* 16385")],
)
def test_a_bad_reply_scores_the_minimum_and_is_recorded(bad, message):
    result = evaluate(as_agent(bad), "test/Countdown-v0", episodes=2, seed=0)
    assert [r.return_ for r in result.records] == [-2.0, -2.0]
    assert result.errors == 2
    for record in result.records:
        assert record.metrics == {}
        assert re.match(message, record.error)


def test_an_exception_fails_its_own_episode_only():
    def fragile(text):
        if text == "river":
            raise RuntimeError("no rivers")
        return text[::-1]

    result = evaluate(as_agent(fragile), "test/Backwards-v0", episodes=8, seed=0)
    assert [(r.example_id, r.return_, r.error) for r in result.records if r.error] == [
        ("words/2", 0.0, "RuntimeError: no rivers")
    ]
    assert result.mean_return == pytest.approx(7 / 8)


def test_a_failing_batch_is_halved_until_the_failure_is_alone():
    class Fragile(Recorder):
        def act(self, requests):
            replies = super().act(requests)
            if any(r.episode == 5 for r in requests):
                raise RuntimeError("not the fifth")
            return replies

    agent = Fragile()
    result = evaluate(agent, "test/Backwards-v0", episodes=8, seed=0)
    assert [r.episode for r in result.records if r.error] == [5]
    asked = [[r.episode for r in batch] for batch in agent.batches]
    assert asked == [[*range(8)], [0, 1, 2, 3], [4, 5, 6, 7], [4, 5], [4], [5], [6, 7]]


def test_an_exception_in_place_of_a_reply_fails_that_episode_without_another_call():
    class Partial(Recorder):
        def act(self, requests):
            replies = super().act(requests)
            return [
                TimeoutError("late") if r.episode == 2 else x for r, x in zip(requests, replies, strict=True)
            ]

    agent = Partial()
    result = evaluate(agent, "test/Backwards-v0", episodes=4, seed=0)
    assert [r.error for r in result.records] == [None, None, "TimeoutError: late", None]
    assert len(agent.batches) == 1
    with pytest.raises(TimeoutError, match="late"):
        evaluate(Partial(), "test/Backwards-v0", episodes=4, seed=0, on_error="raise")


def test_a_wrong_number_of_replies_is_an_error():
    class Short:
        def act(self, requests):
            return ["only one"] * (len(requests) + 1)

    result = evaluate(Short(), "test/Backwards-v0", episodes=2, seed=0)
    assert "one reply for each of the 1 requests, got 2 replies" in result.records[0].error


@pytest.mark.parametrize(
    "bad, error",
    [
        (lambda text: 1 / 0, ZeroDivisionError),
        (lambda text: None, TypeError),
        (lambda t: "x" * 16_385, ReplyTooLong),
    ],
)
def test_errors_can_be_raised(bad, error):
    with pytest.raises(error):
        evaluate(as_agent(bad), "test/Backwards-v0", episodes=2, seed=0, on_error="raise")


@pytest.mark.parametrize(
    "change, message",
    [
        ({"episodes": 0}, "episodes must be at least 1"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"on_error": "ignore"}, "on_error"),
        ({"split": "tset"}, "unknown split 'tset'"),
        ({"env_kwargs": {"split": "test"}}, "beside env_kwargs, not inside"),
        ({"env_kwargs": {"colour": 1}}, "colour"),
    ],
)
def test_bad_arguments_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        evaluate(reverser, "test/Backwards-v0", **{"episodes": 1, "seed": 0, **change})


@pytest.mark.parametrize("view", ["tokens", "choice"])
def test_views_are_refused(view):
    with pytest.raises(ValueError, match=r"Evaluate on 'textgym/Translation-v0'"):
        evaluate(reverser, f"textgym/Translation-{view}-v0", episodes=1, seed=0)


def test_foreign_environments_are_refused():
    gym.register("test/Foreign-v0", entry_point=Foreign)
    with pytest.raises(ValueError, match="it makes a Foreign"):
        evaluate(reverser, "test/Foreign-v0", episodes=1, seed=0)
    del gym.registry["test/Foreign-v0"]


def test_something_without_act_is_refused():
    with pytest.raises(TypeError, match="as_agent"):
        evaluate(str.upper, "test/Backwards-v0", episodes=1, seed=0)


def test_json_round_trip():
    result = evaluate(as_agent(lambda t: 7 if t == "lamp" else t), "test/Backwards-v0", episodes=8, seed=0)
    assert Result.from_json(result.to_json()) == result
    assert result.to_json()["fingerprint"] == "0123456789abcdef"
    assert result.to_json()["interval"] == list(result.interval)


def test_a_result_with_replies_that_utf8_cannot_hold_is_saved(tmp_path):
    result = evaluate(as_agent(lambda text: "né\udfff"), "test/Backwards-v0", episodes=2, seed=0)
    result.save(tmp_path / "result.json")
    text = (tmp_path / "result.json").read_text("utf-8")
    assert "né\\udfff" in text
    assert Result.from_json(json.loads(text)) == result


def test_progress_goes_to_standard_error(capsys):
    evaluate(reverser, "test/Backwards-v0", episodes=2, seed=0, progress=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "100%" in captured.err


@pytest.mark.parametrize(
    "error",
    [
        AgentMisfit("not its sizes"),
        AgentUnavailable("no server"),
        MissingExtra("no package"),
        SandboxUnavailable("no process"),
    ],
)
@pytest.mark.parametrize("returned", [True, False])
def test_what_is_not_the_agents_fault_is_never_scored(error, returned):
    class Stranded:
        def act(self, requests):
            if returned:
                return [error] * len(requests)
            raise error

    with pytest.raises(type(error), match="no"):
        evaluate(Stranded(), "test/Backwards-v0", episodes=4, seed=0, on_error="score")
