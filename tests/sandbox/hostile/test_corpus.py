"""Each hostile program of the corpus is contained, in every way in which a program can be judged."""

import re

import pytest

from textgym.sandbox import Case, CaseJob, DoctestJob, TestJob

# An attack that fails for such a reason has not been tried.
ACCIDENT = re.compile(
    r"NameError|SyntaxError|IndentationError|ImportError|ModuleNotFound|UnboundLocal|CodecRegistry"
)


def judged(arena, attack, outside, test, modes=("check",)):
    """Verdicts by mode."""
    program, token = outside.prelude() + attack.source, outside.answer
    program = program.replace("{NUL}", "\0").replace("{SURROGATE}", "\ud800")
    options = {"program": program, "entry_point": "f", "timeout_s": attack.timeout_s}
    jobs = {
        "check": TestJob(test=test, **options),
        "one by one": TestJob(test=f"def check(c):\n    for i in (3, 10):\n        assert c(i) == {token!r}", **options),
        "objects": TestJob(test=f"def check(c):\n    assert {token!r} == c(3)\n    assert c(10) in [{token!r}]", objects=True, **options),
        "mutable": TestJob(test=f"def check(c):\n    x = [3]\n    c(x)\n    assert x == [{token!r}]", mutable_arguments=True, **options),
        "callback": TestJob(test=f"def check(c):\n    assert c(lambda *a: {token!r}.upper()) == {token!r}", **options),
        "cases": CaseJob(cases=[Case((3,), token), Case((10,), token)], **options),
        "arguments": CaseJob(cases=[Case((10,), None, args_after=[token])], **options),
        "exceptions": CaseJob(cases=[Case((3,), raises="BytesWarning")], **options),
        "doctest": DoctestJob(examples=f">>> f(3)\n{token!r}\n>>> print(f(10))\n{token}\n", **options),
    }  # fmt: skip
    return dict(zip(modes, arena.map([jobs[mode] for mode in modes]), strict=True))


EVERY_MODE = (
    "check",
    "one by one",
    "objects",
    "mutable",
    "callback",
    "cases",
    "arguments",
    "exceptions",
    "doctest",
)


def assert_contained(attack, verdict):
    assert not verdict.passed, verdict
    assert verdict.status in ("failed", "crashed", "timeout", "error")
    said = f"{verdict.status}: {verdict.detail}"
    assert re.search(attack.refused, said), said
    if not re.search("error|Import", attack.refused):
        assert not ACCIDENT.search(said), said


@pytest.mark.parametrize_corpus("exhaustion")
def test_exhaustion(attack, arena, outside):
    verdicts = judged(arena, attack, outside, f"def check(c):\n    assert c(3) == {outside.answer!r}")
    assert_contained(attack, verdicts["check"])
    assert verdicts["check"].cpu_s < attack.timeout_s + 5
    assert verdicts["check"].peak_bytes < 640 << 20


@pytest.mark.parametrize_corpus("forgeries")
def test_forgery(attack, arena, outside):
    test = f"def check(c):\n    assert c(3) == {outside.answer!r}\n    assert c(10) == {outside.answer!r}"
    verdicts = judged(arena, attack, outside, test, EVERY_MODE)
    assert_contained(attack, verdicts["check"])
    assert [verdict for verdict in verdicts.values() if verdict.passed] == []


@pytest.mark.parametrize_corpus("escapes")
def test_escape(attack, arena, outside):
    """Here the answer is no secret: a program that says "ESCAPED" has."""
    if not attack.refused:
        attack = type(attack)(**{**vars(attack), "refused": "PermissionError|EACCES|EPERM"})
    test = "def check(c):\n    answer = c(3)\n    raise AssertionError(f'answer: {answer!r}')"
    verdict = judged(arena, attack, outside, test)["check"]
    assert "AssertionError: answer:" not in verdict.detail
    assert_contained(attack, verdict)


@pytest.mark.parametrize_corpus("odd")
def test_odd_program(attack, arena, outside):
    test = f"def check(c):\n    assert c(3) == {outside.answer!r}\n    assert c(10) == {outside.answer!r}"
    verdicts = judged(arena, attack, outside, test, EVERY_MODE)
    assert_contained(attack, verdicts["check"])
    assert [verdict for verdict in verdicts.values() if verdict.passed] == []


@pytest.mark.parametrize_corpus("scripts")
def test_script(attack, arena, outside):
    result = arena.run(outside.prelude() + attack.source, "one\ntwo\n" * 10, timeout_s=attack.timeout_s)
    assert re.fullmatch(attack.refused, result.status), result
    assert outside.answer not in result.stdout
    assert len(result.stdout) <= 1 << 20
    assert len(result.stderr) <= 1 << 16
    assert (result.status == "ok") == (result.exit_code == 0 and not result.detail)
    assert not ACCIDENT.search(result.stderr), result.stderr
