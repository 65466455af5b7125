"""Results of translation carry corpus scores of the replies, by sacrebleu."""

from dataclasses import replace
from pathlib import Path

import gymnasium as gym
import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

import textgym
from textgym.evaluation.example_order import example_indices
from textgym.evaluation.records import Result
from textgym.evaluation.samples import evaluate_samples

AGENTS = Path(__file__).parents[2] / "agents"


def references(env_id, result):
    """The reference of each record, found by its id among fixed examples."""
    env, found = gym.make(env_id, split="test"), {}
    wanted = {record.example_id for record in result.records}
    number, seed = len(result.records), result.seed
    for index in example_indices(env.unwrapped.task, "test", episodes=number, seed=seed, repeats=False):
        example = env.reset(options={"index": index})[1]["example"]
        found[example.id] = example.references[0]
    assert set(found) == wanted
    return [found[record.example_id] for record in result.records]


def word_scores(result):
    """BLEU and chrF; the third score is that of the tokenizer's subwords."""
    assert [name.partition("|")[0] for name in result.corpus_scores] == ["BLEU", "spBLEU-tiny", "chrF2"]
    return [score for name, score in result.corpus_scores.items() if not name.startswith("spBLEU")]


def expected(texts, answers):
    return [BLEU().corpus_score(texts, [answers]).score, CHRF().corpus_score(texts, [answers]).score]


def test_translation():
    env_id = "textgym/Translation-v0"
    result = textgym.evaluate(str(AGENTS / "copy_source.py"), env_id, episodes=12, seed=3)
    texts = [record.replies[-1] for record in result.records]
    assert word_scores(result) == expected(texts, references(env_id, result))
    assert all(f"  corpus {name}: " in result.summary() for name in result.corpus_scores)
    assert Result.from_json(result.to_json()) == result


def test_a_failed_reply_is_an_empty_one():
    env_id = "textgym/Translation-v0"

    def agent(message):
        if "a" not in message.split("\n")[1].split()[0]:
            raise RuntimeError("no")
        return message

    result = textgym.evaluate(agent, env_id, episodes=12, seed=3)
    assert 0 < result.errors < 12
    texts = [record.replies[-1].strip() if record.replies else "" for record in result.records]
    assert word_scores(result) == expected(texts, references(env_id, result))


def test_post_editing_scores_the_last_text_without_the_stop_line():
    env_id = "textgym/PostEditing-v0"
    result = textgym.evaluate(str(AGENTS / "simple_fixes.py"), env_id, episodes=12, seed=3)
    texts = [record.replies[-1].removesuffix("\nSTOP") for record in result.records]
    assert word_scores(result) == expected(texts, references(env_id, result))
    kept = textgym.evaluate(str(AGENTS / "keep_draft.py"), env_id, episodes=12, seed=3)
    assert word_scores(kept)[1] < word_scores(result)[1]


def test_simultaneous_translation_scores_what_was_written():
    env_id = "textgym/SimultaneousTranslation-v0"
    result = textgym.evaluate(str(AGENTS / "wait_k.py:wait_2"), env_id, episodes=12, seed=3)
    texts = [
        " ".join(name.removeprefix("WRITE ") for name in record.replies if name.startswith("WRITE "))
        for record in result.records
    ]
    assert word_scores(result) == expected(texts, references(env_id, result))
    offline = textgym.evaluate(str(AGENTS / "wait_k.py:offline"), env_id, episodes=12, seed=3)
    assert word_scores(offline) == pytest.approx([100, 100])


class Copier:
    """Leaves out as many characters of the source as its seed says."""

    def act(self, requests):
        return [r.conversation[-1]["content"].split("\n")[1][r.seed % 9 :] for r in requests]


def test_of_several_samples_the_first_of_each_example_is_scored():
    env_id = "textgym/Translation-v0"
    options = {"episodes": 12, "seed": 3}
    result = evaluate_samples(Copier(), env_id, samples=3, **options)
    first = replace(result, records=result.records[:12])
    texts = [record.replies[-1] for record in first.records]
    assert word_scores(result) == expected(texts, references(env_id, first))
    assert texts != [record.replies[-1] for record in result.records[12:24]]
    assert result.corpus_scores == textgym.evaluate(Copier(), env_id, **options).corpus_scores
    assert all(f"  corpus {name}: " in result.summary() for name in result.corpus_scores)


def test_other_tasks_have_none_and_their_files_stay_as_they_were():
    result = textgym.evaluate(str(AGENTS / "copy_source.py"), "textgym/Summarization-v0", episodes=2, seed=0)
    assert result.corpus_scores == {}
    assert "corpus" not in result.summary()
    assert "corpus_scores" not in result.to_json()
