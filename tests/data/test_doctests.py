"""Functions with examples in their docstrings, read from modules that are never run."""

import sys

import pytest

from textgym.data.base import SPLITS
from textgym.data.doctests import doctest_source
from textgym.errors import MalformedData, MissingExtra

MODULE = '''
import re
from collections import Counter as Count
from unknown_package import thing

raise RuntimeError("a module that is run")

LIMIT = 3
TWICE = 1
TWICE = 2


def helper(x):
    return x[:LIMIT]


def alone(x: int) -> int:
    """Double.

    >>> alone(2)
    4

    Words between.

    >>> alone(
    ...     3)
    6
    """
    return 2 * x


def needs(text, pattern=re.compile("a")):
    """Use the module.

    >>> from my_module import needs
    >>> data = "aab"
    >>> needs(data)
    [('a', 2)]
    """
    return list(Count(helper(text)).items())[:1] if pattern else None


def foreign(x):
    """Use another package.

    >>> foreign(1)
    1
    """
    return thing(x)


def rebound(x):
    """Use what is defined twice.

    >>> rebound(1)
    2
    """
    return TWICE


def other(x):
    """Show something else.

    >>> alone(2)
    4
    """
    return x


def silent(x):
    """Show nothing.

    >>> silent(2)
    """


@staticmethod
def decorated(x):
    """
    >>> decorated(1)
    1
    """
    return x


def optioned(x):
    """
    >>> optioned(1) # doctest: +ELLIPSIS
    ...1
    """
    return x


class Class:
    def method(self):
        """
        >>> method(1)
        1
        """
        return 1
'''


@pytest.fixture
def records(tmp_path, monkeypatch):
    (tmp_path / "my_module.py").write_text(MODULE, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    source = doctest_source.__wrapped__("my_module")
    assert "my_module" not in sys.modules
    return {r.fields["entry_point"]: r for split in SPLITS for r in source.records(split)}


def test_only_functions_that_stand_for_themselves_are_kept(records):
    assert sorted(records) == ["alone", "needs"]
    assert records["alone"].id == "doctest:my_module/my_module.alone"


def test_a_record_holds_signature_and_docstring_without_the_body(records):
    fields = records["alone"].fields
    assert fields["prompt"].startswith("def alone(x: int) -> int:\n")
    assert fields["prompt"].endswith('6\n    """\n')
    assert fields["tests"] == ">>> alone(2)\n4\n>>> alone(\n...     3)\n6"
    assert fields["solution"] == fields["prompt"] + "    return 2 * x\n"


def test_the_solution_has_the_definitions_that_it_needs(records):
    fields = records["needs"].fields
    imports = "from collections import Counter as Count\nimport re\n"
    assert fields["prompt"].startswith(imports + "\n\ndef needs(")
    assert fields["solution"].startswith(imports + "\n\nLIMIT = 3\n\n\ndef helper(x):")
    assert "TWICE" not in fields["solution"]
    # The package's own function must not be imported by a test of another one.
    assert fields["tests"] == ">>> data = \"aab\"\n>>> needs(data)\n[('a', 2)]"


def test_functions_of_which_one_contains_the_other_are_one_group(tmp_path, monkeypatch):
    words = (
        "apple",
        "river",
        "stone",
        "cloud",
        "tiger",
        "piano",
        "maple",
        "ocean",
        "lemon",
        "horse",
        "candle",
        "bridge",
    )
    parts = []
    for i, word in enumerate(words):
        # Each odd one calls the one before it.
        result = f"len(2 * {words[i - 1]}(x))" if i % 2 else f"x.replace({word!r}, '')"
        shown = repr("") if i % 2 == 0 else "0"
        # So much of its own that it is no near-duplicate of what it calls.
        own = "".join(f"    {word}_{n} = {word!r} * {n}\n" for n in range(12 * (i % 2)))
        parts.append(
            f'def {word}(x):\n    """Of {word}.\n\n    >>> {word}("")\n    {shown}\n    """\n{own}    return {result}\n'
        )
    (tmp_path / "linked_module.py").write_text("\n\n".join(parts), "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    source = doctest_source.__wrapped__("linked_module")
    group = {r.fields["entry_point"]: r.group for split in SPLITS for r in source.records(split)}
    assert all(group[a] == group[b] for a, b in zip(words[::2], words[1::2], strict=True))
    assert len(set(group.values())) == 6


def test_a_part_of_a_package_is_read_without_importing_the_package(tmp_path, monkeypatch):
    folder = tmp_path / "my_package" / "part"
    folder.mkdir(parents=True)
    (tmp_path / "my_package" / "__init__.py").write_text("raise RuntimeError", "utf-8")
    for path in (folder / "inner.py", tmp_path / "my_package" / "single.py"):
        path.write_text(MODULE, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for name, prefix in (
        ("my_package.part", "my_package.part.inner"),
        ("my_package.single", "my_package.single"),
    ):
        source = doctest_source.__wrapped__(name)
        ids = {record.id for split in SPLITS for record in source.records(split)}
        assert ids == {f"doctest:{name}/{prefix}.{function}" for function in ("alone", "needs")}


def test_a_package_without_such_functions_says_so(tmp_path, monkeypatch):
    (tmp_path / "empty_module.py").write_text("x = 1\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MalformedData, match="doctest:stdlib"):
        doctest_source.__wrapped__("empty_module")


@pytest.mark.parametrize(
    "package", ["no_such_package", "../etc", "json.no_such", "json.../x", "statistics.mean", "_socket", "sys"]
)
def test_what_is_no_package_is_refused(package):
    with pytest.raises(MissingExtra, match=r"reads the Python package"):
        doctest_source.__wrapped__(package)


def test_the_standard_library_has_some():
    source = doctest_source("stdlib")
    names = {r.fields["entry_point"] for split in SPLITS for r in source.records(split)}
    assert {"median", "mean"} <= names
    assert len(names) > 20
