"""Agents of decision ids: records, errors, and the fit of agent and id."""

import re

import numpy as np
import pytest

import textgym
from textgym import evaluation
from textgym.errors import AgentError
from textgym.evaluation.play import play
from textgym.protocols import plays

ENV = "textgym/ExtractiveSummarization-v0"
TEXT = "textgym/Summarization-v0"


def first_legal(observation, mask):
    return int(np.argmax(mask))


class Recorder:
    """Takes the first legal action and keeps what it was given."""

    def __init__(self):
        self.calls, self.ended, self.met = [], [], {}

    def act(self, observations, masks, requests):
        self.calls.append((observations, masks, list(requests)))
        return [int(np.argmax(mask)) for mask in masks]

    def end(self, episodes):
        self.ended += episodes


def test_an_agent_gets_vectors_masks_and_the_text_of_the_state():
    agent = Recorder()
    result = textgym.evaluate(agent, ENV, episodes=5, seed=1, batch_size=2)
    observations, masks, requests = agent.calls[0]
    assert (observations.shape, observations.dtype) == ((2, 146), np.float32)
    assert (masks.shape, masks.dtype) == ((2, 17), np.bool_)
    [message] = requests[0].conversation
    assert message["role"] == "user"
    assert message["content"].startswith("Summarize in at most 30 words:\n1. ")
    assert message["content"].endswith("Picked: none. Words left: 30.")
    assert sorted(agent.ended) == [r.episode for r in result.records] == list(range(5))


def test_records_hold_names_returns_and_metrics():
    result = textgym.evaluate(textgym.as_decision_agent(first_legal), ENV, episodes=6, seed=0)
    for record in result.records:
        assert record.replies[0].startswith("1. ")
        assert record.turns == len(record.replies)
        mean = (record.metrics["rouge1"] + record.metrics["rouge2"]) / 2
        assert record.return_ == pytest.approx(mean)
        assert record.metrics["illegal_actions"] == 0
    assert result.errors == 0
    assert type(result).from_json(result.to_json()) == result


@pytest.mark.parametrize("batch_size", [1, 4])
def test_records_do_not_depend_on_the_batch_size(batch_size):
    agent = textgym.as_decision_agent(first_legal)
    runs = [textgym.evaluate(agent, ENV, episodes=5, seed=2, batch_size=b).records for b in (batch_size, 32)]
    assert [(r.example_id, r.return_, r.replies) for r in runs[0]] == [
        (r.example_id, r.return_, r.replies) for r in runs[1]
    ]


def test_a_function_is_lifted_by_the_kind_of_the_id():
    assert textgym.evaluate(first_legal, ENV, episodes=2, seed=0).errors == 0
    assert plays(textgym.load_agent(first_legal, env_id=ENV)) == {"decision"}
    assert plays(textgym.load_agent(str.upper, env_id=TEXT)) == {"text"}


def test_an_illegal_action_is_played_as_in_the_environment():
    result = textgym.evaluate(lambda observation, mask: 3, ENV, episodes=5, seed=0, on_error="raise")
    assert result.errors == 0
    assert result.metric_means["illegal_actions"] > 0
    assert all(reply == "stop" or reply[0].isdigit() for r in result.records for reply in r.replies)


@pytest.mark.parametrize(
    "answer, message",
    [
        (17, r"ValueError: the action must lie in \[0, 17\), got 17"),
        (-1, r"ValueError: the action must lie in \[0, 17\), got -1"),
        ("stop", "TypeError: the agent must answer with an int, got str"),
        (True, "TypeError: the agent must answer with an int, got bool"),
        (1.0, "TypeError: the agent must answer with an int, got float"),
    ],
)
def test_what_is_no_action_scores_the_minimum_or_raises(answer, message):
    result = textgym.evaluate(lambda observation, mask: answer, ENV, episodes=2, seed=0)
    assert [r.return_ for r in result.records] == [0.0, 0.0]
    assert all(re.match(message, r.error) for r in result.records)
    with pytest.raises((ValueError, TypeError), match=message.partition(": ")[2]):
        textgym.evaluate(lambda observation, mask: answer, ENV, episodes=2, seed=0, on_error="raise")


def test_one_failing_episode_leaves_the_others_alone():
    class Sometimes(Recorder):
        def act(self, observations, masks, requests):
            if any(r.episode == 2 for r in requests):
                raise RuntimeError("no")
            return super().act(observations, masks, requests)

    result = textgym.evaluate(Sometimes(), ENV, episodes=5, seed=0)
    assert [r.error for r in result.records] == [None, None, "RuntimeError: no", None, None]


def test_an_agent_of_the_other_kind_is_refused_both_ways():
    text, decision = textgym.as_agent(str.upper), textgym.as_decision_agent(first_legal)
    with pytest.raises(TypeError, match=r"is a decision environment.*plays text ids"):
        textgym.evaluate(text, ENV, episodes=1, seed=0)
    with pytest.raises(TypeError, match=r"is a text environment.*plays decision ids"):
        textgym.evaluate(decision, TEXT, episodes=1, seed=0)
    with pytest.raises(TypeError, match="needs an agent with act"):
        evaluation.evaluate(object(), ENV, episodes=1, seed=0)


def test_the_kind_of_an_agent_is_read_off_its_arguments():
    class Both:
        def act(self, *args):
            return []

    assert plays(textgym.as_agent(str)) == {"text"}
    assert plays(Recorder()) == {"decision"}
    assert plays(Both()) == {"text", "decision"}
    assert plays(3) == frozenset()


def test_an_oracle_meets_every_example():
    class Oracle(Recorder):
        def meet(self, episode, example):
            self.met[episode] = example.id

    oracle = Oracle()
    records = textgym.evaluate(oracle, ENV, episodes=4, seed=0).records
    assert oracle.met == {r.episode: r.example_id for r in records}


def test_a_file_with_make_agent_plays_decisions(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def make_agent(env_id):\n    return lambda observation, mask: int(mask.argmax())\n")
    mine = textgym.evaluate(str(path), ENV, episodes=3, seed=0).records
    other = textgym.evaluate(first_legal, ENV, episodes=3, seed=0).records
    assert [r.replies for r in mine] == [r.replies for r in other]
    with pytest.raises(AgentError, match="cannot be told to sample"):
        textgym.load_agent(str(path), env_id=ENV, deterministic=False)


def test_a_kind_of_observation_is_refused():
    with pytest.raises(ValueError, match="leave observation"):
        textgym.evaluate(first_legal, ENV, episodes=1, seed=0, env_kwargs={"observation": "tokens"})


def test_a_person_picks_among_named_legal_actions():
    shown, typed = [], iter(["99", "first", "0", "16"])
    total = play(ENV, read=lambda: next(typed), write=shown.append, seed=1)
    assert shown[0].startswith("Summarize in at most 30 words:\n1. ")
    assert shown[1].startswith("[0] 1. ")
    assert shown[1].endswith("[16] stop")
    assert [text[:11] for text in shown[2:4]] == ["type one of"] * 2
    assert "[0]" not in shown[5]
    assert shown[-1].startswith(f"return: {total:.4f}\n  rouge1: ")
    assert total > 0


def test_a_person_may_leave():
    def read():
        raise EOFError

    assert play(ENV, read=read, write=lambda text: None, seed=0) is None
