"""A language model as the wording of a user: the same request, the same words."""

import pickle

import gymnasium as gym
import pytest

pytestmark = pytest.mark.train
pytest.importorskip("torch")
pytest.importorskip("transformers")

from textgym.errors import InvalidValue, UnknownName  # noqa: E402
from textgym.llm.user_words import LanguageModelWords  # noqa: E402
from textgym.protocols import Message, Request  # noqa: E402

ASKED = (Message(role="user", content="Say it differently: In the north, please."),)


def test_words_depend_on_the_request_alone_and_differ_from_seed_to_seed():
    words = LanguageModelWords("tiny", max_new_tokens=12, temperature=1.0)
    requests = [Request(ASKED, 0, turn, seed) for seed, turn in ((1, 0), (2, 0), (1, 1))]
    said = words.act(requests)
    assert pickle.loads(pickle.dumps(words)).act(requests) == said
    assert words.act(requests[1:2]) == said[1:2]
    assert len(set(said)) == 3


def test_words_are_told_apart_by_their_arguments():
    assert LanguageModelWords("tiny").name == "lm:tiny"
    assert LanguageModelWords("tiny") == LanguageModelWords("tiny")
    assert LanguageModelWords("tiny") != LanguageModelWords("tiny", max_new_tokens=12)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"model": ""}, "model must name a language model"),
        ({"model": "tiny", "max_new_tokens": 0}, "max_new_tokens must be at least 1"),
        ({"model": "tiny", "temperature": 0.0}, "temperature must be above 0"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    with pytest.raises(InvalidValue, match=message):
        LanguageModelWords(**arguments)


@pytest.mark.parametrize(
    "model, message",
    [("/no/folder", "unknown language model '/no/folder'"), ("FOLDER", "has no config.json")],
)
def test_a_model_that_cannot_be_is_refused_when_the_user_is_made(model, message, tmp_path):
    with pytest.raises(UnknownName, match=message):
        gym.make("textgym/Dialogue-v0", user=f"lm:{model.replace('FOLDER', str(tmp_path))}")
