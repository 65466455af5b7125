"""What the native vector environment of the token view adds to the contract of every id."""

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

import textgym
from textgym.envs.text_env import TextEnv
from textgym.errors import ReplyTooLong
from textgym.protocols import Example
from textgym.tasks.base import Task, Turn
from textgym.tokenization import load_tokenizer
from textgym.vector import TokensVectorEnv
from textgym.wrappers.tokens import TokenSettings, TokensView


class Echo(Task):
    """Two turns; the first is answered with what was said."""

    source, finite, max_turns = "test", True, 2

    def __init__(self):
        self.judged = []

    def examples(self, split):
        return [Example(id="test/0", prompt="go")]

    def fingerprint(self):
        return "0" * 16

    def judge(self, batch):
        self.judged.append([talk[-1]["content"] for _, talk in batch])
        return [
            Turn(talk[-1]["content"], 0.5, False) if len(talk) == 2 else Turn(None, 0.5, True)
            for _, talk in batch
        ]


def vector(tokenizer, rows=2, *, max_new_tokens=4, mode=AutoresetMode.SAME_STEP):
    task, settings = Echo(), TokenSettings(tokenizer, max_new_tokens=max_new_tokens, context_length=64)
    return TokensVectorEnv([lambda: TokensView(TextEnv(task), settings)] * rows, autoreset_mode=mode), task


def ids_of(tokenizer, letters):
    """One id for each letter; a full stop is the end-of-turn id."""
    chat = load_tokenizer(tokenizer)
    return np.array([chat.end_of_turn_id if c == "." else chat.encode(c)[0] for c in letters])


def test_turns_that_end_in_one_step_are_judged_together_and_no_others(byte_tokenizer):
    venv, task = vector(byte_tokenizer, 3)
    venv.reset(seed=0)
    # Row 1 ends its turns with the end-of-turn id, row 2 by using up its budget of four.
    for letters in ("abc", "d.f", "..g", "j.x"):
        venv.step(ids_of(byte_tokenizer, letters))
    assert task.judged == [["b"], ["ad", ""], ["", "cfgx"]]


def test_infos_and_rewards_are_empty_inside_turns(byte_tokenizer):
    venv, _ = vector(byte_tokenizer)
    venv.reset(seed=0)
    _, rewards, terminated, truncated, infos = venv.step(ids_of(byte_tokenizer, "ab"))
    assert infos == {}
    assert not rewards.any()
    assert not (terminated | truncated).any()
    _, rewards, _, _, infos = venv.step(ids_of(byte_tokenizer, ".b"))
    assert rewards.tolist() == [0.5, 0.0]
    assert infos["_turn_ended"].tolist() == [True, False]


def test_observations_that_were_handed_out_never_change(byte_tokenizer):
    venv, _ = vector(byte_tokenizer)
    held = [venv.reset(seed=0)[0]]
    kept = [{name: array.copy() for name, array in held[0].items()}]
    for letters in ("ab", "..", "cd", ".e", "fg", "hi", "jk") * 2:
        observations, *_, infos = venv.step(ids_of(byte_tokenizer, letters))
        for shown in (observations, *[o for o in infos.get("final_obs", ()) if o is not None]):
            held.append(shown)
            kept.append({name: array.copy() for name, array in shown.items()})
    for shown, copied in zip(held, kept, strict=True):
        for name in shown:
            np.testing.assert_array_equal(shown[name], copied[name])


def test_ids_end_at_the_length_and_are_padded_with_zeros(byte_tokenizer):
    venv, _ = vector(byte_tokenizer)
    start = int(venv.reset(seed=0)[0]["length"][0, 0])
    observations, *_ = venv.step(ids_of(byte_tokenizer, "ab"))
    assert observations["length"].tolist() == [[start + 1], [start + 1]]
    assert observations["tokens"][:, start].tolist() == ids_of(byte_tokenizer, "ab").tolist()
    assert not observations["tokens"][:, start + 1 :].any()


@pytest.mark.parametrize(
    "actions, message",
    [
        ([1, 260], "260 for row 1"),
        ([-1, 0], "-1 for row 0"),
        ([1.0, 2.0], "integers of shape"),
        ([1], r"of shape \(1,\)"),
        (["a", "b"], "integers of shape"),
    ],
)
def test_what_is_no_token_id_is_refused_and_changes_nothing(byte_tokenizer, actions, message):
    venv, _ = vector(byte_tokenizer)
    venv.reset(seed=0)
    before = textgym.get_state(venv)
    with pytest.raises(ValueError, match=message):
        venv.step(np.array(actions))
    assert textgym.get_state(venv) == before


def test_the_actions_of_rows_that_are_reset_are_not_looked_at(byte_tokenizer):
    venv, _ = vector(byte_tokenizer, mode=AutoresetMode.NEXT_STEP)
    venv.reset(seed=0)
    for letters in (".a", ".b"):
        _, _, terminated, _, _ = venv.step(ids_of(byte_tokenizer, letters))
    assert terminated.tolist() == [True, False]
    observations, *_ = venv.step(np.array([-7, ids_of(byte_tokenizer, "c")[0]]))
    assert observations["length"][0] < observations["length"][1]


@pytest.mark.parametrize(
    "step",
    [
        lambda venv, ids: venv.step(ids),
        lambda venv, ids: venv.envs[0].step(int(ids[0])),
    ],
    ids=["vector", "single"],
)
def test_a_reply_that_is_too_long_leaves_the_ids_as_they_were(byte_tokenizer, monkeypatch, step):
    monkeypatch.setattr("textgym.envs.text_env.MAX_REPLY", 2)
    venv, _ = vector(byte_tokenizer)
    venv.reset(seed=0)
    for letters in ("aa", "b.", "cc"):
        venv.step(ids_of(byte_tokenizer, letters))
    before = textgym.get_state(venv)
    with pytest.raises(ReplyTooLong, match="3 characters; at most 2"):
        step(venv, ids_of(byte_tokenizer, ".d"))
    assert textgym.get_state(venv) == before


def test_a_judge_that_fails_leaves_the_ids_as_they_were(byte_tokenizer, monkeypatch):
    venv, task = vector(byte_tokenizer)
    venv.reset(seed=0)
    before = textgym.get_state(venv)
    with monkeypatch.context() as patch:
        patch.setattr(task, "judge", lambda batch: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            venv.step(ids_of(byte_tokenizer, "a."))
    assert textgym.get_state(venv) == before


def test_views_with_different_settings_are_refused(byte_tokenizer):
    task = Echo()
    budgets = iter((3, 4))

    def make():
        settings = TokenSettings(byte_tokenizer, max_new_tokens=next(budgets), context_length=64)
        return TokensView(TextEnv(task), settings)

    with pytest.raises(ValueError, match="same settings"):
        TokensVectorEnv([make, make])
