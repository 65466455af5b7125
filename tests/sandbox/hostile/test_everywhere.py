"""The corpus as root and as another user, on a plain system and under the filter of Docker's default profile."""

import importlib.util
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
HONEST = "def f(x):\n    return x + 1"
HONEST_TEST = "def check(c):\n    assert c(3) == 4"


def surroundings():
    """The module that runs a sandbox in other surroundings."""
    spec = importlib.util.spec_from_file_location(
        "surroundings_tests", Path(__file__).parents[1] / "test_surroundings.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EVERYWHERE = pytest.mark.parametrize(
    ("user", "kind"), [(user, kind) for user in ("root", "user") for kind in ("plain", "container")]
)


@EVERYWHERE
@pytest.mark.parametrize(
    "corpus",
    ["escapes", *(pytest.param(name, marks=pytest.mark.slow) for name in ("forgeries", "odd", "exhaustion"))],
)
def test_nothing_passes_and_nothing_outside_changes(corpus, user, kind, outside, attacks_of):
    # Without a namespace of names there is no other name to give.
    attacks = [
        a for a in attacks_of(corpus) if not (kind == "container" and a.name == "name_of_this_machine")
    ]
    attacks = [a for a in attacks if not a.is_slow]
    if corpus == "escapes":
        test = "def check(c):\n    answer = c(3)\n    raise AssertionError(f'answer: {answer!r}')"
    else:
        test = f"def check(c):\n    assert c(3) == {outside.answer!r}\n    assert c(10) == {outside.answer!r}"
    jobs = []
    for attack in attacks:
        source = attack.source.replace("{NUL}", "\0").replace("{SURROGATE}", "\ud800")
        options = {"entry_point": "f", "timeout_s": attack.timeout_s}
        jobs.append({"program": outside.prelude() + source, "test": test, **options})
        jobs.append({"program": HONEST, "entry_point": "f", "test": HONEST_TEST, "timeout_s": 10.0})
    verdicts, report = surroundings().judged(jobs, user=user, kind=kind)
    assert report["seccomp"] == "on"
    assert [verdict["passed"] for verdict in verdicts[1::2]] == [True] * len(attacks)
    wrong = {
        attack.name: verdict
        for attack, verdict in zip(attacks, verdicts[::2], strict=True)
        if verdict["passed"]
        or "AssertionError: answer:" in verdict["detail"]
        or not re.search(attack.refused or "|EPERM|EACCES", f"{verdict['status']}: {verdict['detail']}")
    }
    assert wrong == {}
    outside.check_untouched()
