"""A learned reward on the token and the choice view earns what it earns on the text view."""

import gymnasium as gym
import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from textgym.envs.text_env import TextEnv
from textgym.protocols import Example
from textgym.tasks.base import Task, Turn
from textgym.vector import TokensVectorEnv
from textgym.wrappers import LearnedReward
from textgym.wrappers.choice import ChoiceSettings, ChoiceView
from textgym.wrappers.tokens import TokenSettings, TokensView

REPLIES = ("abcd", "ef")
CASES = pytest.mark.parametrize(
    "mode, when", [("replace", "episode"), ("replace", "turn"), ("add", "turn"), ("shape", "turn")]
)


class TwoTurns(Task):
    """Pays 0.5 for each of two turns."""

    source, finite, max_turns = "test", True, 2

    def examples(self, split):
        return [Example(id="test/0", prompt="go")]

    def fingerprint(self):
        return "0" * 16

    def judge(self, batch):
        return [Turn(None, 0.5, True) if len(talk) == 4 else Turn("on", 0.5, False) for _, talk in batch]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    """A folder with a tokenizer of bytes."""
    folder = tmp_path_factory.mktemp("bytes")
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytes_only = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(alphabet)}, merges=[]))
    bytes_only.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_only.decoder = decoders.ByteLevel()
    bytes_only.add_special_tokens(["<|end|>", "<|user|>", "<|assistant|>"])
    bytes_only.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text('{"eos_token": "<|end|>"}')
    (folder / "chat_template.jinja").write_text(
        "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"
        "{% if add_generation_prompt %}<|assistant|>{% endif %}"
    )
    return str(folder)


def letters(conversations, examples):
    sums = [sum(len(m["content"]) for m in c if m["role"] == "assistant") for c in conversations]
    return np.array(sums, np.float32)


def rewards_at_turn_ends(env, actions):
    env.reset(seed=0)
    steps = [env.step(action) for action in actions]
    assert {reward for _, reward, _, _, info in steps if not info.get("turn_ended")} <= {0.0}
    assert [terminated for _, _, terminated, _, _ in steps] == [False] * (len(steps) - 1) + [True]
    return [reward for _, reward, _, _, info in steps if info.get("turn_ended")]


@CASES
def test_the_token_view_earns_the_same(tokenizer, mode, when):
    expected = rewards_at_turn_ends(
        LearnedReward(TextEnv(TwoTurns()), letters, mode=mode, when=when), REPLIES
    )
    view = TokensView(TextEnv(TwoTurns()), TokenSettings(tokenizer, max_new_tokens=8, context_length=64))
    ids = [i for reply in REPLIES for i in (*view.tokenizer.encode(reply), view.tokenizer.end_of_turn_id)]
    assert rewards_at_turn_ends(LearnedReward(view, letters, mode=mode, when=when), ids) == expected


@CASES
def test_the_choice_view_earns_the_same(tokenizer, mode, when):
    def proposer(conversations, k, seeds):
        return [list(REPLIES) for _ in conversations]

    expected = rewards_at_turn_ends(
        LearnedReward(TextEnv(TwoTurns()), letters, mode=mode, when=when), REPLIES
    )
    settings = ChoiceSettings(tokenizer, candidates=2, context_length=64, proposer=proposer)
    env = LearnedReward(ChoiceView(TextEnv(TwoTurns()), settings), letters, mode=mode, when=when)
    assert rewards_at_turn_ends(env, [0, 1]) == expected
    env.reset(seed=0)
    assert env.get_wrapper_attr("action_masks")().tolist() == [True, True]


@pytest.mark.parametrize("kind", [gym.vector.SyncVectorEnv, TokensVectorEnv])
@pytest.mark.parametrize("autoreset", list(gym.vector.AutoresetMode))
def test_a_vector_of_token_views_is_scored_at_turn_ends_only(tokenizer, autoreset, kind):
    asked = []

    def counting(conversations, examples):
        asked.append(len(conversations))
        return letters(conversations, examples)

    task = TwoTurns()

    def make():
        return TokensView(TextEnv(task), TokenSettings(tokenizer, max_new_tokens=3, context_length=64))

    venv = LearnedReward(kind([make] * 2, autoreset_mode=autoreset), counting, when="turn")
    venv.reset(seed=0)
    a, end = make().tokenizer.encode("a")[0], make().tokenizer.end_of_turn_id
    # Row 0 uses up its budget of three tokens; row 1 ends its turns at the second.
    rewards = [venv.step(np.array(actions))[1] for actions in ([a, a], [a, end], [a, a], [a, end])]
    np.testing.assert_array_equal(rewards, [[0, 0], [0, 1], [3, 0], [0, 2]])
    assert asked == [1, 1, 1]
