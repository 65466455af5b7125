"""Prompt, reward and metrics of translation."""

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from textgym.data.base import SPLITS, split_of
from textgym.errors import MalformedData, UnknownName
from textgym.protocols import Conversation, Example
from textgym.tasks.translation import TranslationTask

TASKS = {language: TranslationTask(language=language) for language in ("de", "es", "fr")}
DOG = Example(
    "x",
    "Translate into German:\nThe dog of %(name)s sleeps.",
    ("Der Hund von %(name)s schläft.", "%(name)ss Hund schläft."),
    data={"source": "The dog of %(name)s sleeps.", "language": "de"},
)


def judge(example, reply):
    conversation: Conversation = (
        {"role": "user", "content": example.prompt},
        {"role": "assistant", "content": reply},
    )
    (turn,) = TASKS["de"].judge([(example, conversation)])
    return turn


def write(path, *rows):
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return f"jsonl:{path}"


def row(source, target, **rest):
    return {"source": source, "target": target, "split": "train", **rest}


@pytest.mark.parametrize(("language", "name"), [("de", "German"), ("es", "Spanish"), ("fr", "French")])
def test_prompt_of_generated_sentences(language, name):
    example = TASKS[language].generate(np.random.default_rng(3), "test", 0.5)
    assert example.prompt == f"Translate into {name}:\n{example.data['source']}"
    assert split_of(example.group) == "test"
    assert Example.from_json(json.loads(json.dumps(example.to_json()))) == example


def test_german_is_the_default():
    assert TranslationTask().language == "de"


@pytest.mark.parametrize("reply", ["Der Hund von %(name)s schlief.", "Hund", " Der Hund schläft.\n", ""])
def test_scores_are_those_of_sacrebleu(reply):
    turn, references = judge(DOG, reply), list(DOG.references)
    expected = CHRF().sentence_score(reply.strip(), references).score
    assert turn.metrics["chrf"] == expected
    assert turn.reward == expected / 100
    assert turn.metrics["bleu"] == BLEU(effective_order=True).sentence_score(reply.strip(), references).score
    assert (turn.terminated, turn.reply) == (True, None)


@pytest.mark.parametrize("reference", DOG.references)
def test_every_reference_earns_one(reference):
    turn = judge(DOG, f"  {reference}\n")
    assert turn.reward == pytest.approx(1.0)
    assert (turn.metrics["exact"], turn.metrics["placeholders"]) == (1.0, 1.0)


def test_lost_and_invented_placeholders_are_seen():
    assert judge(DOG, "Der Hund von Anna schläft.").metrics["placeholders"] == 0.0
    assert judge(DOG, "Der Hund von %(name)s schläft %s.").metrics["placeholders"] == 0.5
    assert judge(DOG, "Der Hund von %(Name)s schläft.").metrics["exact"] == 0.0


@pytest.mark.parametrize(
    "reply, share",
    [
        ('<b>Fett</b> &amp; <a href="%(url)s">mehr</a>', 1.0),
        ('<a href="%(url)s">mehr</a> &amp; <b>fett</b>', 1.0),
        ("Fett & mehr", 0.0),
        ('<b>Fett &amp; <a href="%(url)s">mehr</a>', 4 / 5),
        ('<b>Fett</b> und <a href="%(url)s">mehr</a>', 4 / 5),
        ('<b>Fett</b> &amp; <a href="x">mehr</a>', 4 / 6),
        ('<b>Fett</b> &amp; <i></i><a href="%(url)s">mehr</a>', 5 / 7),
    ],
)
def test_lost_and_invented_markup_is_seen(reply, share):
    bold = replace(DOG, data={"source": '<b>Bold</b> &amp; <a href="%(url)s">more</a>', "language": "de"})
    assert judge(bold, reply).metrics["markup"] == share


def test_without_markup_on_either_side_it_is_kept():
    assert judge(DOG, "Hund, 3 < 4 > 2 & mehr").metrics["markup"] == 1.0
    assert judge(DOG, "<b>Hund</b>").metrics["markup"] == 0.0


@pytest.mark.parametrize(
    "reply, share",
    [
        ("{0:.2f} von {user.name}, {name!r}", 1.0),
        ("{0:.1f} von {user.name}, {name!r}", 2 / 4),
        ("{0} von {user.name}, {name!r}", 2 / 4),
        ("{user.name}, {name!r}", 2 / 3),
        ("{user.name}, {name!r}, {name!r}", 2 / 4),
        ("", 0.0),
    ],
)
def test_format_fields_are_placeholders(reply, share):
    fields = replace(DOG, data={"source": "{0:.2f} by {user.name}, {name!r}", "language": "de"})
    assert judge(fields, reply).metrics["placeholders"] == share


def test_length_ratio_counts_characters():
    assert judge(DOG, "x" * 60).metrics["length_ratio"] == 60 / len("Der Hund von %(name)s schläft.")


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**5), st.floats(0, 1), st.sampled_from(sorted(TASKS)))
def test_wrong_answers_score_below_the_reference(seed, difficulty, language):
    rng = np.random.default_rng(seed)
    example = TASKS[language].generate(rng, "train", difficulty)
    (reference,) = example.references
    best = judge(example, reference)
    assert best.reward == pytest.approx(1.0)
    assert best.metrics["placeholders"] == 1.0
    words = reference.split()
    wrong = {
        "empty": "",
        "copied source": example.data["source"],
        "copied prompt": example.prompt,
        "truncated": reference[: len(reference) // 2],
        "last word lost": " ".join(words[:-1]),
        "doubled": f"{reference} {reference}",
        "upper case": reference.upper(),
    }
    shuffled = " ".join(str(w) for w in rng.permutation(words))
    if shuffled != reference:
        wrong["shuffled"] = shuffled
    for name, reply in wrong.items():
        assert judge(example, reply).reward < 0.99, name


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text_is_scored_within_bounds(reply):
    turn = judge(DOG, reply)
    assert 0.0 <= turn.reward <= 1.0
    assert all(np.isfinite(value) for value in turn.metrics.values())


@pytest.mark.parametrize("reply", ["\ud800 Hund", "\x00", "Der Hund\u202e schläft", "e\u0301" * 20])
def test_odd_text_scores_below_the_reference(reply):
    assert judge(DOG, reply).reward < 0.9


def test_a_megabyte_is_scored():
    assert judge(DOG, "Der Hund schläft. " * 58_255).reward < 0.5


def test_a_file_with_a_language_for_all(tmp_path):
    source = write(tmp_path / "a.jsonl", row("A dog.", "Een hond."), row("A cat.", "Een kat."))
    for language in ("nl", "Dutch"):
        examples = TranslationTask(source, language=language).examples("train")
        assert [e.prompt for e in examples] == [
            "Translate into Dutch:\nA dog.",
            "Translate into Dutch:\nA cat.",
        ]


def test_a_file_with_a_language_in_each_line(tmp_path):
    rows = [row("A dog.", "Een hond.", language="nl"), row("A dog.", "Un perro.", language="es")]
    dutch, spanish = TranslationTask(write(tmp_path / "a.jsonl", *rows)).examples("train")
    assert (dutch.references, spanish.references) == (("Een hond.",), ("Un perro.",))
    assert spanish.prompt == "Translate into Spanish:\nA dog."
    assert dutch.group == spanish.group


def test_targets_of_one_sentence_are_references_together(tmp_path):
    rows = [row("A dog.", "Ein Hund."), row("A cat.", "Eine Katze."), row("A dog.", "Irgendein Hund.")]
    examples = TranslationTask(write(tmp_path / "a.jsonl", *rows), language="de").examples("train")
    assert [e.references for e in examples] == [("Ein Hund.", "Irgendein Hund."), ("Eine Katze.",)]


def test_a_file_without_language_is_an_error(tmp_path):
    source = write(tmp_path / "a.jsonl", row("A dog.", "Een hond."))
    with pytest.raises(ValueError, match="pass language='de'"):
        TranslationTask(source)


def test_an_empty_target_is_an_error(tmp_path):
    source = write(tmp_path / "a.jsonl", row("A dog.", " "))
    with pytest.raises(MalformedData, match=r"the target of record 'a\.jsonl:1' must hold a translation"):
        TranslationTask(source, language="nl")


def test_a_missing_field_names_the_line(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"source": "A dog."}', encoding="utf-8")
    with pytest.raises(MalformedData, match=r"a\.jsonl:1"):
        TranslationTask(f"jsonl:{path}", language="nl")


@pytest.mark.parametrize(
    "arguments",
    [
        {"language": "it"},
        {"language": "Klingon"},
        {"source": "no-such"},
        {"source": "jsonl:", "language": "de"},
    ],
)
def test_unknown_names(arguments):
    with pytest.raises(UnknownName):
        TranslationTask(**arguments)


def test_unknown_language_of_a_file(tmp_path):
    source = write(tmp_path / "a.jsonl", row("A dog.", "Een hond."))
    with pytest.raises(UnknownName, match="unknown language 'dutsch'"):
        TranslationTask(source, language="dutsch")


def test_pickle_is_small_and_gives_the_same_examples(tmp_path):
    rows = [row(f"A dog {'abcdefgh'[i]}.", "Een hond. " * 500) for i in range(8)]
    task = TranslationTask(write(tmp_path / "a.jsonl", *rows), language="nl")
    task.examples("train")
    pickled = pickle.dumps(task)
    assert len(pickled) < 1000
    assert pickle.loads(pickled).examples("train") == task.examples("train")


def test_fingerprint_follows_examples_and_language(tmp_path):
    first = write(tmp_path / "a.jsonl", row("A dog.", "Een hond."))
    second = write(tmp_path / "b.jsonl", row("A dog.", "Een kat."))
    prints = {TranslationTask(s, language="nl").fingerprint() for s in (first, second)}
    assert len(prints | {task.fingerprint() for task in TASKS.values()}) == 5
    assert TranslationTask(language="fr").fingerprint() == TASKS["fr"].fingerprint()


@pytest.mark.data
class TestCatalogues:
    @pytest.fixture(autouse=True)
    def _installed(self):
        pytest.importorskip("django")
        pytest.importorskip("polib")

    def test_references_keep_the_placeholders(self):
        task = TranslationTask("django:de")
        examples = [e for split in SPLITS for e in task.examples(split)]
        assert len(examples) > 300
        assert any("%(" in e.prompt for e in examples)
        for example in examples:
            turn = judge(example, example.references[0])
            assert turn.reward == pytest.approx(1.0)
            assert turn.metrics["placeholders"] == 1.0

    def test_regional_language(self):
        example = TranslationTask("django:pt_BR").examples("test")[0]
        assert example.prompt.startswith("Translate into Brazilian Portuguese:\n")

    def test_other_language_is_an_error(self):
        with pytest.raises(ValueError, match="leave language out, got 'fr'"):
            TranslationTask("django:de", language="fr")
