import gymnasium as gym
import numpy as np
import pytest

from textgym.errors import UnknownName
from textgym.metrics.language_identification import language_probability
from textgym.tasks.translation import TranslationTask

pytest.importorskip("py3langid")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Das ist ein altes Haus.", "de"),
        ("Los niños comen en una casa vieja.", "es"),
        ("Isto não é uma casa.", "pt_BR"),
    ],
)
def test_sentences_are_in_their_language(text, language):
    assert language_probability(text, language) > 0.9
    assert language_probability(text, "fr") < 0.1


def test_nothing_is_in_no_language():
    assert language_probability("", "de") < 0.1


def test_as_a_metric_of_translations():
    task = TranslationTask(identify_language=True)
    example = task.generate(np.random.default_rng(0), "train", 0.5)
    right = task.score(example, example.references[0])[1]["language"]
    copied = task.score(example, example.data["source"])[1]["language"]
    assert right > 0.9 > 0.1 > copied
    assert "language" not in TranslationTask().score(example, "Ja.")[1]


@pytest.mark.parametrize("env_id", ["textgym/PostEditing-v0", "textgym/PostEditing-choice-v0"])
def test_as_a_metric_of_post_editing(env_id):
    env = gym.make(env_id, identify_language=True, language="fr", split="test")
    _, info = env.reset(seed=0)
    while "metrics" not in info:
        *_, info = env.step("STOP" if "choice" not in env_id else 0)
    draft, metrics = info["example"].data["draft"], info["metrics"]
    assert metrics["language"] == language_probability(draft, "fr") > 0.5


def test_as_a_metric_of_simultaneous_translation():
    env = gym.make("textgym/SimultaneousTranslation-v0", identify_language=True, split="test")
    _, info = env.reset(seed=0)
    while "metrics" not in info:
        *_, info = env.step(0)
    written = env.unwrapped.state.text
    assert info["metrics"]["language"] == language_probability(written, "de") > 0.5


def test_a_language_that_cannot_be_told_is_refused(tmp_path):
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"source": "A dog.", "target": "Qa."}', encoding="utf-8")
    with pytest.raises(UnknownName, match="'Klingon' cannot be identified; give one of"):
        TranslationTask(f"jsonl:{path}", language="Klingon", identify_language=True)
