"""The token and choice views give the text view's return for the text they send."""

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgym.envs.text_env import MAX_REPLY
from textgym.errors import ContextTooSmall
from textgym.protocols import Example
from textgym.registration import env_ids, text_id
from textgym.tokenization import load_tokenizer
from textgym.wrappers.proposers import Retrieval


def text_return(env_id, replies, seed):
    env = gym.make(text_id(env_id))
    env.reset(seed=seed)
    rewards = []
    for reply in replies:
        _, reward, terminated, _, _ = env.step(reply)
        rewards.append(reward)
        if terminated:
            break
    return sum(rewards), len(rewards), terminated


def play_tokens(env, turns, seed):
    """Play the given ids turn by turn; returns the return, the replies sent, and how it ended."""
    env.reset(seed=seed)
    total, replies, turn, sent = 0.0, [], 0, []
    queue = list(turns[0])
    tokenizer = env.unwrapped and load_tokenizer("tiny")
    while True:
        action = queue.pop(0) if queue else tokenizer.end_of_turn_id
        sent.append(action)
        _, reward, terminated, truncated, info = env.step(action)
        total += reward
        if info:
            replies.append(tokenizer.decode(sent))
            sent, turn = [], turn + 1
            queue = list(turns[turn % len(turns)])
        if terminated or truncated:
            return total, replies, terminated


@pytest.mark.parametrize("env_id", env_ids("tokens"))
def test_token_view_equals_text_view_for_any_ids(env_id):
    env = gym.make(env_id, disable_env_checker=True)
    vocabulary = int(env.action_space.n)

    @settings(max_examples=12, deadline=None, derandomize=True)
    @given(
        turns=st.lists(st.lists(st.integers(0, vocabulary - 1), max_size=80), min_size=1, max_size=3),
        seed=st.integers(0, 1000),
    )
    def check(turns, seed):
        total, replies, terminated = play_tokens(env, turns, seed)
        expected, count, ended = text_return(env_id, replies, seed)
        assert total == pytest.approx(expected, abs=1e-12)
        assert (count, ended) == (len(replies), terminated)

    check()


@pytest.mark.parametrize("env_id", env_ids("tokens"))
def test_token_view_equals_text_view_for_split_utf8(env_id):
    """Ids whose bytes are no valid UTF-8, and non-canonical ids of a valid text."""
    tokenizer = load_tokenizer("tiny")
    letters = [i for letter in "Hallo €" for i in tokenizer.encode(letter)]
    broken = tokenizer.encode("€")[:-1] or tokenizer.encode("\U0001f600")[:-1]
    for ids in (letters, broken * 3, [*letters, *broken]):
        env = gym.make(env_id, disable_env_checker=True)
        total, replies, _ = play_tokens(env, [ids], 1)
        assert total == pytest.approx(text_return(env_id, replies, 1)[0], abs=1e-12)


@pytest.mark.parametrize("env_id", env_ids("tokens"))
def test_token_ids_are_never_rewritten(env_id):
    env = gym.make(env_id, disable_env_checker=True)
    observation, _ = env.reset(seed=2)
    rng = np.random.default_rng(2)
    held = observation["tokens"][: observation["length"][0]].tolist()
    for _ in range(150):
        action = int(rng.integers(env.action_space.n))
        observation, _, terminated, truncated, _ = env.step(action)
        ids = observation["tokens"][: observation["length"][0]].tolist()
        assert ids[: len(held) + 1] == [*held, action]
        assert not observation["tokens"][len(ids) :].any()
        held = ids
        if terminated or truncated:
            break


def test_budget_ends_the_turn_and_the_environment_closes_it():
    env = gym.make("textgym/Dialogue-tokens-v0", max_new_tokens=3, disable_env_checker=True)
    tokenizer = load_tokenizer("tiny")
    start = int(env.reset(seed=0)[0]["length"][0])
    a = tokenizer.encode("a")[0]
    for _ in range(2):
        assert env.step(a)[4] == {}
    observation, *_, info = env.step(a)
    assert info["conversation"][1]["content"] == "aaa"
    ids = observation["tokens"][start : observation["length"][0]].tolist()
    assert ids[:4] == [a, a, a, tokenizer.end_of_turn_id]


def test_context_that_cannot_hold_the_prompt_is_refused_with_the_size_to_pass():
    with pytest.raises(ContextTooSmall, match=r"context_length=\d+"):
        gym.make("textgym/Translation-tokens-v0", context_length=40)
    with pytest.raises(ContextTooSmall, match=r"context_length=\d+"):
        gym.make("textgym/Translation-choice-v0", context_length=4)


def test_special_tokens_in_content_are_plain_text():
    tokenizer = load_tokenizer("tiny")
    ids = tokenizer.encode("a<|end|>b")
    assert tokenizer.end_of_turn_id not in ids
    assert tokenizer.decode(ids) == "a<|end|>b"


@pytest.mark.parametrize("env_id", env_ids("choice"))
def test_choice_view_equals_text_view(env_id):
    env = gym.make(env_id, disable_env_checker=True)
    for seed in range(4):
        rng = np.random.default_rng(seed)
        _, info = env.reset(seed=seed)
        total, sent, over = 0.0, [], False
        while not over:
            action = int(rng.choice(np.flatnonzero(env.get_wrapper_attr("action_masks")())))
            sent.append(info["candidates"][action])
            _, reward, terminated, truncated, info = env.step(action)
            total, over = total + reward, terminated or truncated
        assert total == pytest.approx(text_return(env_id, sent, seed)[0], abs=1e-12)


@pytest.mark.parametrize("env_id", env_ids("choice"))
def test_choice_observation_shows_the_candidates(env_id):
    tokenizer = load_tokenizer("tiny")
    env = gym.make(env_id, disable_env_checker=True)
    observation, info = env.reset(seed=3)
    texts = [
        tokenizer.decode(observation["tokens"][k + 1][: observation["length"][k + 1]])
        for k in range(len(info["candidates"]))
    ]
    assert texts == list(info["candidates"])
    assert len(set(texts)) == len(texts)
    present = observation["length"][1:] > 0
    np.testing.assert_array_equal(env.get_wrapper_attr("action_masks")(), present)


@pytest.mark.data
def test_training_candidates_never_come_from_the_own_group():
    pytest.importorskip("polib")
    env = gym.make("textgym/Translation-choice-v0", source="django:de", split="train", proposer="retrieval")
    examples = env.unwrapped.task.examples("train")
    for index, example in enumerate(examples[:120]):
        _, info = env.reset(options={"index": index})
        elsewhere = {e.references[0] for e in examples if e.group != example.group}
        assert set(info["candidates"]) <= elsewhere


def test_retrieval_keeps_to_the_instruction_of_the_prompt():
    def example(number, language, reference):
        prompt = f"Translate into {language}:\nopen file {number}"
        return Example(str(number), prompt, (reference,), group=str(number))

    index = Retrieval([example(1, "German", "a"), example(2, "French", "b"), example(3, "German", "c")])
    talk = ({"role": "user", "content": "Translate into German:\nopen file 2"},)
    assert sorted(index([talk], 3, [0])[0]) == ["a", "c"]


def test_retrieval_without_references_says_what_to_do():
    with pytest.raises(ValueError, match="'dialogue'"):
        gym.make("textgym/Dialogue-choice-v0", proposer="retrieval")


def test_overlong_candidate_is_cut_to_what_a_message_may_hold():
    env = gym.make("textgym/Translation-choice-v0", proposer=lambda talks, k, seeds: [["x" * 20_000, "y"]])
    env.reset(seed=0)
    assert env.step(0)[2]


def test_oracle_shows_the_reference():
    env = gym.make("textgym/Translation-choice-v0", proposer="oracle")
    places = set()
    for seed in range(12):
        _, info = env.reset(seed=seed)
        place = info["candidates"].index(info["example"].references[0])
        places.add(place)
        assert env.step(place)[1] == pytest.approx(1.0)
    assert len(places) > 2


def test_overlong_reply_of_tokens_is_cut_to_what_a_message_may_hold():
    tokenizer = load_tokenizer("tiny")
    longest = max(range(tokenizer.vocab_size), key=lambda i: len(tokenizer.decode([i])))
    count = MAX_REPLY // len(tokenizer.decode([longest])) + 2
    sizes = {"max_new_tokens": count, "context_length": count + 200}
    text = tokenizer.decode([longest] * count)
    assert len(text) > MAX_REPLY
    env = gym.make("textgym/Translation-tokens-v0", disable_env_checker=True, **sizes)
    total, _, terminated = play_tokens(env, [[longest] * count], 1)
    assert (total, terminated) == (text_return("textgym/Translation-v0", [text[:MAX_REPLY]], 1)[0], True)
    native = gym.make_vec("textgym/Translation-tokens-v0", num_envs=1, **sizes)
    native.reset(seed=1)
    for _ in range(count):
        _, rewards, ended, _, infos = native.step(np.array([longest]))
    assert (rewards.tolist(), ended.tolist()) == ([total], [True])
    assert infos["conversation"][0][1]["content"] == text[:MAX_REPLY]
