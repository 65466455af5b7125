from textgym.data import stdlib
from textgym.data.base import SPLITS, normalise
from textgym.data.stdlib import MAX_CODE_CHARS, MIN_WORDS, stdlib_source

MODULE = '''
class Cage:
    @property
    def size(self, scale=(1,
2)):
        """Return the size of the cage.

        More words.
        """
        # why
        return 3

    def open(self):
        """Open the cage door."""
        raise NotImplementedError

    def close(self):
        """Close."""
        return 1

def undocumented(x):
    return x

async def feed(animal):
    """Give the animal some food."""
    await animal.eat()
'''


def test_functions_are_found_with_code_and_first_docstring_line():
    found = list(stdlib._functions(MODULE))
    assert found[0] == (
        4,
        "def size(self, scale=(1,\n2)):\n    # why\n    return 3",
        "Return the size of the cage.",
    )


def test_stubs_short_lines_and_undocumented_functions_are_left_out():
    lines = [target for _, _, target in stdlib._functions(MODULE)]
    assert lines == ["Return the size of the cage.", "Give the animal some food."]


def test_long_functions_are_left_out():
    body = "\n".join(f"    value_{i} = {i}" for i in range(200))
    assert list(stdlib._functions(f'def long():\n    """Return nothing at all."""\n{body}\n')) == []


def test_no_group_is_in_two_splits_and_no_first_line_either():
    groups = [{r.group for r in stdlib_source().records(split)} for split in SPLITS]
    lines = [{normalise(r.fields["target"]) for r in stdlib_source().records(split)} for split in SPLITS]
    for sets in (groups, lines):
        assert len(set.union(*sets)) == sum(map(len, sets))


def test_a_known_function_is_there_without_its_docstring():
    by_target = {r.fields["target"]: r for s in SPLITS for r in stdlib_source().records(s)}
    record = by_target["Discard all session cookies."]
    assert record.id.startswith("stdlib/http/cookiejar.py:")
    assert record.fields["source"].startswith("def clear_session_cookies(self):")
    assert "Note that the" not in record.fields["source"]


def test_there_are_thousands_of_records_within_the_limits():
    records = [r for split in SPLITS for r in stdlib_source().records(split)]
    assert len(records) > 3000
    assert all(len(r.fields["source"]) <= MAX_CODE_CHARS for r in records)
    assert all(len(normalise(r.fields["target"]).split()) >= MIN_WORDS for r in records)
