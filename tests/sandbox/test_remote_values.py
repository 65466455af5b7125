"""Objects, functions and changed arguments between a test and a program in another process."""

import pytest


def check(box, program, test, entry_point="f", **options):
    return box.check(program, entry_point=entry_point, test=test, timeout_s=5.0, **options)


class TestObjects:
    STACK = """
class Stack:
    limit = 3
    def __init__(self, items=()):
        self.items = list(items)
    def push(self, x):
        self.items.append(x)
        return self
    def __len__(self):
        return len(self.items)
    def __getitem__(self, i):
        return self.items[i]
    def __setitem__(self, i, x):
        self.items[i] = x
    def __str__(self):
        return f"<{self.items}>"
    def __iter__(self):
        return iter(self.items)
"""

    def test_a_class_is_tested_by_its_methods(self, box):
        test = """
def check(Stack):
    s = Stack([1])
    assert s.push(2).push(3) == s
    assert len(s) == 3 and s[2] == 3 and str(s) == "<[1, 2, 3]>" and list(s) == [1, 2, 3]
    s[0] = 7
    s.limit = 9
    assert s.items == [7, 2, 3] and s.limit == 9 and bool(s)
    other = Stack()
    assert other != s and not other and other.push(s).items[0] == s
    try:
        s.pop()
    except AttributeError:
        pass
    else:
        assert False
"""
        assert check(box, self.STACK, test, "Stack", objects=True).passed
        wrong = self.STACK.replace("append(x)", "insert(0, x)")
        assert not check(box, wrong, test, "Stack", objects=True).passed

    def test_iterators_of_the_program_end(self, box):
        program = "class Up:\n    def __init__(self): self.n = 0\n    def __iter__(self): return self\n    def __next__(self):\n        self.n += 1\n        if self.n > 3: raise StopIteration\n        return self.n"
        assert check(
            box, program, "def check(Up):\n    assert list(Up()) == [1, 2, 3]", "Up", objects=True
        ).passed

    def test_without_asking_no_object_crosses(self, box):
        assert not check(box, self.STACK, "def check(S):\n    assert S() is not None", "Stack").passed

    @pytest.mark.parametrize(
        "claim",
        [
            "c(3) == 4",
            "4 == c(3)",
            "c(3) in (4, 5)",
            "4 in c(3)",
            "abs(c(3) - 4) < 1e-6",
            "4 - c(3) == 0",
            "c(3) <= 4 <= c(3)",
            "not (c(3) < 4 or c(3) > 4)",
            "c(3) + 0 == 4",
            "int(c(3)) == 4",
            "round(c(3)) == 4",
            "math.isclose(c(3), 4)",
            "{4: True}.get(c(3), False)",
            "c(3) | 4",
            "divmod(c(3), 4) == (0, 3)",
            "c(3) @ 4",
            "c(3).real == 4",
            "c(3).value == 4",
            "c(3)() == 4",
            "str(c(3)) == '4'",
            "max(c(3), 4) == 4",
            "sum([c(3)]) == 4",
            "[*c(3)] == [4]",
            "hash(c(3)) == hash(4)",
        ],
    )
    def test_an_object_that_is_equal_to_everything_is_equal_to_nothing_here(self, box, claim):
        forged = """
class Yes:
    def __getattr__(self, name): return Yes()
    def __call__(self, *a, **k): return Yes()
for name in "eq lt le gt ge contains add radd sub rsub or ror and matmul abs".split():
    setattr(Yes, f"__{name}__", lambda self, *a: True if name in ("eq", "le", "ge", "contains") else Yes())
Yes.__hash__ = lambda self: hash(4)
Yes.__ne__ = lambda self, other: False
def f(x):
    return Yes()
"""
        assert not check(box, forged, f"import math\ndef check(c):\n    assert {claim}", objects=True).passed


class TestCallbacks:
    def test_functions_of_the_test_are_called_back(self, box):
        program = "def f(g, xs):\n    return [g(x) for x in xs]"
        test = "seen = []\ndef check(c):\n    assert c(lambda x: seen.append(x) or 2 * x, [1, 2]) == [2, 4]\n    assert seen == [1, 2]"
        assert check(box, program, test).passed

    def test_builtin_functions_are_named(self, box):
        program = "def f(g, xs):\n    return [g(x) for x in xs]"
        test = "import math\ndef check(c):\n    assert c(len, ['ab', '']) == [2, 0]\n    assert c(math.sqrt, [4]) == [2.0]\n    assert c(int, ['3']) == [3]"
        assert check(box, program, test).passed

    def test_their_exceptions_reach_the_program(self, box):
        program = "def f(g):\n    try:\n        g()\n    except KeyError as e:\n        return str(e)"
        test = "def check(c):\n    def g():\n        raise KeyError('gone')\n    assert 'gone' in c(g)"
        assert check(box, program, test).passed

    def test_a_callback_may_call_the_program(self, box):
        program = "def f(n, g=None):\n    return g(n) if g else n + 1"
        test = "def check(c):\n    assert c(3, lambda n: c(n) * 10) == 40\n    assert c(1) == 2"
        assert check(box, program, test).passed

    @pytest.mark.parametrize("builtin", ["eval", "exec", "open", "__import__", "getattr"])
    def test_a_builtin_runs_in_the_program_and_not_here(self, box, builtin):
        # `__name__` of the scope in which it is evaluated would be __tests__ in the driver.
        program = "def f(g):\n    return g.__name__, g is getattr(__import__('builtins'), g.__name__)"
        assert check(box, program, f"def check(c):\n    assert c({builtin}) == ({builtin!r}, True)").passed

    def test_bound_methods_of_builtins_do_not_cross(self, box):
        verdict = check(box, "def f(g):\n    return 1", "def check(c):\n    assert c([].append) == 1")
        assert "not plain data" in verdict.detail


class TestMutation:
    SORT = "def f(xs):\n    xs.sort()\n"

    def test_arguments_change_if_the_test_asks_for_it(self, box):
        test = "def check(c):\n    xs = inner = [3, 1, 2]\n    assert c(xs) is None\n    assert inner == [1, 2, 3]"
        assert check(box, self.SORT, test, mutable_arguments=True).passed
        assert not check(box, self.SORT, test).passed

    def test_nested_containers_keep_their_identity(self, box):
        program = "def f(grid, *, seen, raw, queue):\n    grid[0][0] = 9\n    grid.append([5])\n    seen['a'].add(2)\n    del seen['b']\n    raw[0] = 65\n    queue.popleft()"
        test = """
from collections import deque
def check(c):
    row, members = [1], {1}
    grid, seen, raw, queue = [row], {"a": members, "b": 0}, bytearray(b"xy"), deque([1, 2])
    c(grid, seen=seen, raw=raw, queue=queue)
    assert row == [9] and grid == [[9], [5]] and members == {1, 2} and seen == {"a": {1, 2}}
    assert raw == b"Ay" and queue == deque([2])
"""
        assert check(box, program, test, mutable_arguments=True).passed

    def test_an_argument_cannot_become_of_another_type(self, box):
        # Unable to do so honestly, the program replaces what encodes its arguments.
        program = (
            "import gc, sys\ndef f(xs):\n    sys.modules['textgym.sandbox.wire'].encode = lambda *a: 5\n"
        )
        test = "def check(c):\n    xs = [1]\n    c(xs)\n    assert xs == [1]"
        assert "came back as int" in check(box, program, test, mutable_arguments=True).detail
