"""What the native vector environment of the text view adds to the contract of every id."""

import copy
import pickle

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import TimeLimit

import textgym
from textgym.envs.text_env import TextEnv
from textgym.errors import ReplyTooLong
from textgym.protocols import Example
from textgym.tasks.base import Task, Turn
from textgym.vector import TextVectorEnv, TokensVectorEnv
from textgym.wrappers.tokens import TokenSettings, TokensView


class Patience(Task):
    """The user answers until the agent says "bye"; remembers how many conversations each call judged."""

    source, finite, max_turns = "test", True, 9

    def __init__(self):
        self.judged = []

    def examples(self, split):
        return [Example(id=f"test/{i}", prompt=f"prompt {i}") for i in range(50)]

    def fingerprint(self):
        return "0" * 16

    def judge(self, batch):
        self.judged.append(len(batch))
        return [_answer(conversation[-1]["content"]) for _, conversation in batch]


def _answer(said):
    if said == "fail":
        raise RuntimeError("the judge fails")
    return Turn(None, 1.0, True) if said == "bye" else Turn(f"{said}?", 0.1, False)


def vector(rows=3, mode=AutoresetMode.NEXT_STEP):
    task = Patience()
    return TextVectorEnv([lambda: TextEnv(task)] * rows, autoreset_mode=mode), task


def test_all_turns_of_a_step_are_judged_in_one_call():
    venv, task = vector()
    venv.reset(seed=0)
    venv.step(("a", "bye", "c"))
    # Row 1 is reset in this step: it has no turn to judge.
    venv.step(("d", "ignored", "bye"))
    venv.step(("bye", "bye", "ignored"))
    assert task.judged == [3, 2, 2]


def test_a_step_of_resets_alone_does_not_call_the_judge():
    venv, task = vector()
    venv.reset(seed=0)
    venv.step(("bye",) * 3)
    _, rewards, terminated, _, _ = venv.step((None,) * 3)
    assert task.judged == [3]
    assert not rewards.any()
    assert not terminated.any()


@pytest.mark.parametrize(
    "refused, error", [("x" * 16_385, ReplyTooLong), (7, TypeError), ("fail", RuntimeError)]
)
def test_an_action_that_is_refused_leaves_every_row_as_it_was(refused, error):
    venv, _ = vector()
    venv.reset(seed=0)
    before = textgym.get_state(venv)
    with pytest.raises(error):
        venv.step(("a", "b", refused))
    assert textgym.get_state(venv) == before
    observations, *_ = venv.step(("a", "b", "c"))
    assert observations == ("a?", "b?", "c?")


@pytest.mark.parametrize("actions", [("a", "b"), ("a", "b", "c", "d"), "abc"])
def test_there_must_be_one_action_for_each_row(actions):
    venv, _ = vector()
    venv.reset(seed=0)
    with pytest.raises(ValueError, match="3 strings"):
        venv.step(actions)


def test_environments_of_different_tasks_are_refused():
    with pytest.raises(ValueError, match="one and the same task"):
        TextVectorEnv([lambda: TextEnv(Patience())] * 2)


@pytest.mark.parametrize("vector_env", [TextVectorEnv, TokensVectorEnv])
def test_wrapped_environments_are_refused(vector_env):
    view = "-tokens" if vector_env is TokensVectorEnv else ""
    with pytest.raises(TypeError, match=r"without wrappers.*got <TimeLimit"):
        vector_env([lambda: TimeLimit(gym.make(f"textgym/Translation{view}-v0").unwrapped, 5)])


def test_a_token_view_over_a_wrapper_is_refused():
    settings = TokenSettings("tiny", max_new_tokens=4, context_length=64)
    with pytest.raises(TypeError, match=r"text environments without wrappers.*got <TimeLimit"):
        TokensVectorEnv([lambda: TokensView(TimeLimit(TextEnv(Patience()), 5), settings)])


def test_one_environment_in_two_rows_is_refused():
    env = TextEnv(Patience())
    with pytest.raises(ValueError, match="new environment at each call"):
        TextVectorEnv([lambda: env] * 2)


def test_no_environment_is_refused():
    with pytest.raises(ValueError, match="at least 1 environment, got 0"):
        TextVectorEnv([])


def test_the_options_of_a_reset_are_the_callers():
    venv, _ = vector(mode=AutoresetMode.DISABLED)
    venv.reset(seed=0)
    options = {"reset_mask": np.array([True, False, False]), "index": 7}
    observations, _ = venv.reset(options=options)
    assert observations[0] == "prompt 7"
    assert set(options) == {"reset_mask", "index"}


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda venv: pickle.loads(pickle.dumps(venv))])
@pytest.mark.parametrize("view, action", [("", ("Hund", "Haus")), ("-tokens", np.array([5, 6]))])
def test_a_copy_goes_on_by_itself(view, action, duplicate):
    venv = gym.make_vec(f"textgym/Translation{view}-v0", num_envs=2)
    venv.reset(seed=0)
    twin, shown = duplicate(venv), repr(venv.observations())
    stepped = repr(twin.step(action)[:4])
    assert repr(venv.observations()) == shown
    assert repr(venv.step(action)[:4]) == stepped != shown


@pytest.mark.parametrize("rows, mode", [(2, AutoresetMode.NEXT_STEP), (3, AutoresetMode.SAME_STEP)])
def test_a_snapshot_of_another_vector_environment_is_refused(rows, mode):
    venv, _ = vector()
    venv.reset(seed=0)
    with pytest.raises(ValueError, match="3 rows in autoreset mode NextStep"):
        textgym.set_state(vector(rows, mode)[0], textgym.get_state(venv))


def test_a_vector_environment_of_gymnasium_has_no_snapshot():
    with pytest.raises(TypeError, match="SyncVectorEnv cannot be part of a snapshot"):
        textgym.get_state(SyncVectorEnv([lambda: TextEnv(Patience())]))
