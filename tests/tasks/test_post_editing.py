"""Messages, estimates, reward and metrics of post-editing."""

import json
from dataclasses import replace
from statistics import NormalDist
from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER

from textgym.protocols import Example
from textgym.tasks.draft_fixes import (
    candidate_revisions,
    drop_repeats,
    fixed,
    match_end,
    restore_placeholders,
)
from textgym.tasks.post_editing import (
    ESTIMATE_EDGES,
    MAX_TURNS,
    PostEditingTask,
    estimate_quality,
    read_prompt,
    read_revision,
)
from textgym.tasks.translation import TranslationTask

TASK = PostEditingTask()
REFERENCE = "Der Hund von %(name)s schläft heute."
DRAFT = "Die Hund Hund von schläft heute."
DOG = Example(
    "x",
    "Revise the German translation.\nSource: The dog of %(name)s sleeps today.\n"
    f"Draft: {DRAFT}\nEstimate: 3 of 5",
    (REFERENCE,),
    seed=7,
    data={"source": "The dog of %(name)s sleeps today.", "language": "de", "draft": DRAFT, "errors": ()},
)


def play(*messages, example=DOG):
    """The turns of an episode."""
    talk, turns = [{"role": "user", "content": example.prompt}], []
    for message in messages:
        talk.append({"role": "assistant", "content": message})
        turns += TASK.judge([(example, tuple(talk))])
        talk.append({"role": "user", "content": str(turns[-1].reply)})
    return turns


def chrf(text):
    return CHRF().sentence_score(text, [REFERENCE]).score


def test_leaving_the_draft_earns_its_quality():
    (turn,) = play("STOP")
    assert turn.reward == pytest.approx(chrf(DRAFT) / 100)
    assert turn.terminated
    assert turn.metrics["chrf"] == turn.metrics["draft_chrf"] == chrf(DRAFT)
    assert (turn.metrics["improvement"], turn.metrics["hter"], turn.metrics["turns"]) == (0.0, 0.0, 1.0)
    assert turn.metrics["placeholders"] == 0.0


def test_the_reference_in_one_message_earns_one():
    (turn,) = play(f"{REFERENCE}\nSTOP")
    assert turn.reward == pytest.approx(1.0)
    assert turn.metrics["improvement"] == pytest.approx(100 - chrf(DRAFT))
    # Die -> Der, one Hund dropped, %(name)s put in: 3 edits of 6 words.
    assert turn.metrics["hter"] == pytest.approx(50.0)
    assert turn.metrics["hter"] == TER().sentence_score(DRAFT, [REFERENCE]).score
    assert (turn.metrics["exact"], turn.metrics["placeholders"]) == (1.0, 1.0)


@pytest.mark.parametrize("waiting", range(1, MAX_TURNS))
def test_each_message_after_the_first_costs_two_hundredths(waiting):
    turns = play(*["Der Hund."] * waiting, f"{REFERENCE}\nSTOP")
    assert [t.reward for t in turns[:-1]] == [0.0] * waiting
    assert turns[-1].reward == pytest.approx(1.0 - 0.02 * waiting)
    assert turns[-1].metrics["turns"] == waiting + 1


def test_the_fifth_message_is_the_last():
    turns = play(*["Der Hund."] * 4, REFERENCE)
    assert [t.terminated for t in turns] == [False] * 4 + [True]
    assert [t.reply.split("\n")[1] for t in turns[:-1]] == [f"Messages left: {n}" for n in (4, 3, 2, 1)]
    assert turns[-1].reward == pytest.approx(0.92)


@pytest.mark.parametrize("wrong", ["x", "Wo ist das?", REFERENCE[::-1], "\ud800", "Die " * 2000])
def test_a_worse_text_earns_what_the_draft_would(wrong):
    (turn,) = play(f"{wrong}\nSTOP")
    assert turn.reward == pytest.approx(chrf(DRAFT) / 100)
    assert turn.metrics["improvement"] < 0


def test_the_last_text_counts_and_a_message_without_text_leaves_it():
    better = "Der Hund von schläft heute."
    assert play(REFERENCE, better, "STOP")[-1].metrics["chrf"] == chrf(better)
    assert play(better, "", " \n ", "STOP")[-1].metrics["chrf"] == chrf(better)
    assert play("", "STOP")[-1].metrics["chrf"] == chrf(DRAFT)


@pytest.mark.parametrize(
    "message, text, stop",
    [
        ("STOP", None, True),
        (" STOP \n", None, True),
        ("Der Hund.\nSTOP", "Der Hund.", True),
        ("Der Hund.\n\nSTOP\n", "Der Hund.", True),
        ("Der Hund. STOP", "Der Hund. STOP", False),
        ("STOP\nDer Hund.", "STOP\nDer Hund.", False),
        ("stop", "stop", False),
        ("", None, False),
    ],
)
def test_messages(message, text, stop):
    revision = read_revision(message, DRAFT)
    assert (revision.text, revision.stop) == (text, stop)


def test_an_estimate_is_a_bucket_of_noisy_chrf():
    texts = [REFERENCE, DRAFT, "Der Hund", "x"]
    for text in texts:
        estimates = [estimate_quality(replace(DOG, seed=seed), text) for seed in range(400)]
        quality = chrf(text) / 100
        noise = NormalDist(quality, 0.05)
        for level, edge in enumerate(ESTIMATE_EDGES, 2):
            share = np.mean([e >= level for e in estimates])
            assert share == pytest.approx(1 - noise.cdf(edge), abs=0.09)


def test_asking_again_tells_nothing_new():
    first, second = play("Der Hund schläft.", "Der  Hund\nschläft. ")
    assert first.reply.split("\n")[0] == second.reply.split("\n")[0]
    # Near a threshold another draw of the noise would show.
    near = REFERENCE.replace("heute", "morgen")
    assert len({estimate_quality(replace(DOG, seed=seed), near) for seed in range(20)}) > 1
    for seed in range(20):
        example = replace(DOG, seed=seed)
        assert estimate_quality(example, near) == estimate_quality(example, near.replace(" ", " \n ") + " ")


def test_the_last_text_is_measured_as_a_translation():
    text = "Die Hund von %(name)s schlief."
    metrics = play(DRAFT, f"{text}\nSTOP")[-1].metrics
    assert (metrics["length_ratio"], metrics["placeholders"], metrics["exact"]) == (30 / 36, 1.0, 0.0)
    of_translation = TranslationTask().score(DOG, text)[1]
    assert {name: metrics[name] for name in of_translation} == of_translation
    assert play("STOP")[0].metrics["length_ratio"] == len(DRAFT) / 36
    assert "language" not in metrics


def in_form(form, example):
    """The same example, as a file in that form of Unicode would hold it."""
    data = {**example.data, **{name: normalize(form, example.data[name]) for name in ("source", "draft")}}
    references = tuple(normalize(form, text) for text in example.references)
    return replace(example, prompt=normalize(form, example.prompt), references=references, data=data)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**5), st.sampled_from(("de", "es", "fr")), st.sampled_from(("NFC", "NFD")))
def test_the_form_of_unicode_makes_no_difference(seed, language, form):
    example = PostEditingTask(language=language).generate(np.random.default_rng(seed), "train", 1.0)
    (reference,), draft = example.references, example.data["draft"]
    for text in (reference, draft, f"{draft} é {{größe}}", "Ärger " * len(draft), example.data["source"]):
        composed = [normalize("NFC", message) for message in (text, f"{text}\nSTOP")]
        expected = play(*composed, example=example)
        other = [normalize(form, message) for message in composed]
        assert play(*other, example=in_form("NFD", example)) == expected
        assert play(*other, example=example) == expected


def test_a_placeholder_is_kept_in_any_form_of_unicode():
    data = {**DOG.data, "source": "The {größe} sleeps.", "draft": "Das {größe} schläft."}
    example = replace(DOG, data=data, references=("Die {größe} schläft.",))
    for form in ("NFC", "NFD"):
        (turn,) = play("STOP", example=in_form(form, example))
        assert turn.metrics["placeholders"] == 1.0


def test_drafts_of_a_file_are_the_same_in_any_form_of_unicode(tmp_path):
    targets = [
        "Können müde Bären für schöne Vögel böse Gänse jagen?",
        "Kannst du das Öl im Kühlschrank prüfen?",
    ]
    found = []
    for form in ("NFC", "NFD"):
        rows = [{"source": f"Row {i}.", "target": t, "split": "train"} for i, t in enumerate(targets * 10)]
        (tmp_path / form).mkdir()
        path = tmp_path / form / "a.jsonl"
        path.write_text("\n".join(json.dumps(r | {"target": normalize(form, r["target"])}) for r in rows))
        found.append(PostEditingTask(f"jsonl:{path}", language="de").examples("train"))
    composed, decomposed = found
    assert decomposed[0].references != composed[0].references
    assert [e.prompt for e in decomposed] == [e.prompt for e in composed]


def test_a_draft_is_never_a_reference_in_another_form(tmp_path):
    swapped = "müde. Kurz"
    targets = ("Kurz müde.", normalize("NFD", swapped))
    rows = [{"source": f"Row {i}.", "target": t, "split": "train"} for i in range(60) for t in targets]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    examples = PostEditingTask(f"jsonl:{tmp_path / 'a.jsonl'}", language="de").examples("train")
    drafts = {e.data["draft"] for e in examples}
    assert f"{swapped} Kurz" in drafts
    assert swapped not in drafts


def test_the_environment_never_says_a_word_of_the_reference():
    for seed in range(20):
        example = TASK.generate(np.random.default_rng(seed), "train", 1.0)
        source, draft = read_prompt(example.prompt)
        known = set(source.split()) | set(draft.split()) | set(example.prompt.split("\n")[0].split())
        lost = set(example.references[0].split()) - known
        said = " ".join([example.prompt, *(t.reply for t in play("a", "b", "c", example=example))]).split()
        assert not lost & set(said)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**5), st.floats(0, 1), st.sampled_from(("de", "es", "fr")))
def test_wrong_answers_score_below_the_reference(seed, difficulty, language):
    task = PostEditingTask(language=language)
    rng = np.random.default_rng(seed)
    example = task.generate(rng, "train", difficulty)
    (reference,) = example.references

    def reward(text):
        talk = (
            {"role": "user", "content": example.prompt},
            {"role": "assistant", "content": f"{text}\nSTOP"},
        )
        return task.judge([(example, talk)])[0].reward

    assert reward(reference) == pytest.approx(1.0)
    floor = reward("")
    words = reference.split()
    wrong = {
        "draft": example.data["draft"],
        "source": example.data["source"],
        "prompt": example.prompt,
        "truncated": reference[: len(reference) // 2],
        "doubled": f"{reference} {reference}",
        "megabyte": "Der Hund " * 120_000,
    }
    shuffled = " ".join(str(w) for w in rng.permutation(words))
    if shuffled != reference:
        wrong["shuffled"] = shuffled
    for name, text in wrong.items():
        assert floor <= reward(text) < 0.995, name


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text_is_scored_within_bounds(message):
    turn = play(message)[0]
    if turn.terminated:
        assert turn.reward == pytest.approx(chrf(DRAFT) / 100)
    last = play(f"{message}\nSTOP")[0]
    assert 0 <= last.reward <= 1
    assert all(np.isfinite(v) for v in last.metrics.values())


def test_examples_carry_drafts_and_survive_json():
    example = TASK.generate(np.random.default_rng(3), "test", 0.5)
    source, draft = read_prompt(example.prompt)
    assert (source, draft) == (example.data["source"], example.data["draft"])
    assert draft not in example.references
    assert Example.from_json(json.loads(json.dumps(example.to_json()))) == example
    assert read_prompt("Translate into German:\nA dog.") is None


def test_a_source_may_hold_what_looks_like_a_field(tmp_path):
    row = {"source": "Type {draft} and {source}", "target": "Tippe {draft} und {source}", "split": "train"}
    (tmp_path / "a.jsonl").write_text(json.dumps(row), encoding="utf-8")
    task = PostEditingTask(f"jsonl:{tmp_path / 'a.jsonl'}", language="de")
    (example,) = task.examples("train")
    assert read_prompt(example.prompt) == (row["source"], example.data["draft"])
    assert task.examples("train") is PostEditingTask(f"jsonl:{tmp_path / 'a.jsonl'}", language="de").examples(
        "train"
    )


def test_fixes_by_hand():
    assert drop_repeats("Der der Hund Hund, schläft.") == "Der Hund, schläft."
    assert drop_repeats("Der Hund schläft.") == "Der Hund schläft."
    assert restore_placeholders("Open %(file)s now.", "Öffne jetzt.") == "Öffne %(file)s jetzt."
    assert restore_placeholders("No.", "Nein.") == "Nein."
    assert match_end("Is it?", "ist es.") == "Ist es?"
    assert match_end("is it", "ist es.") == "ist es."
    assert (
        fixed("The dog of %(name)s sleeps.", "der Hund Hund von schläft.") == "Der Hund von %(name)s schläft."
    )


def test_candidates_begin_with_stop_and_are_distinct():
    for k in (1, 2, 8):
        offered = candidate_revisions(({"role": "user", "content": DOG.prompt},), k, 3)
        assert offered[0] == "STOP"
        assert len(offered) == len(set(offered)) == k
    assert offered[1] == "Die Hund von %(name)s schläft heute.\nSTOP"
