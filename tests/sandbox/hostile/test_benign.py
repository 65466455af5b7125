"""Honest programs, rich in the standard library, pass; made wrong by one change, they do not."""

import pytest

from textgym.sandbox import Case

# Name: program, arguments, what it returns, and a change that makes it wrong.
PROGRAMS = {
    "dataclasses": (
        "from dataclasses import dataclass, field, asdict, replace\n@dataclass(order=True, frozen=True)\nclass P:\n    x: int\n    tags: tuple = field(default=(), compare=False)\ndef f(n):\n    ps = sorted([P(n), P(1, ('a',)), replace(P(2), x=0)])\n    return [asdict(p) for p in ps], P(1) == P(1, ('b',)), hash(P(2)) == hash(P(2))",
        (3,), ([{"x": 0, "tags": ()}, {"x": 1, "tags": ("a",)}, {"x": 3, "tags": ()}], True, True), ("sorted", "list"),
    ),
    "enum": (
        "from enum import Enum, IntEnum, Flag, auto\nclass Color(Enum):\n    RED = auto()\n    BLUE = 'b'\nclass Bit(Flag):\n    A = 1\n    B = 2\nclass N(IntEnum):\n    ONE = 1\ndef f(x):\n    return Color.RED.value, Color('b').name, (Bit.A | Bit.B).value, N.ONE + x, [c.name for c in Color]",
        (1,), (1, "BLUE", 3, 2, ["RED", "BLUE"]), ("Bit.A | Bit.B", "Bit.A & Bit.B"),
    ),
    "collections": (
        "from collections import *\ndef f(s):\n    d = defaultdict(list)\n    for i, c in enumerate(s): d[c].append(i)\n    q = deque(s, maxlen=3); q.rotate(1)\n    P = namedtuple('P', 'x y')\n    return Counter(s).most_common(2), dict(d), list(q), P(1, 2)._asdict(), list(OrderedDict.fromkeys(s)), dict(ChainMap({'a': 1}, {'a': 2, 'b': 3}))",
        ("abca",), ([("a", 2), ("b", 1)], {"a": [0, 3], "b": [1], "c": [2]}, ["a", "b", "c"], {"x": 1, "y": 2}, ["a", "b", "c"], {"a": 1, "b": 3}), ("rotate(1)", "rotate(2)"),
    ),
    "re": (
        "import re\ndef f(s):\n    words = re.findall(r'\\b[a-z]+\\b', s, re.I)\n    return words, re.sub(r'(\\w+) (\\w+)', r'\\2 \\1', s), bool(re.fullmatch(r'(?P<y>\\d{4})-\\d\\d', '2020-01')), re.split(r'[,;]\\s*', 'a, b;c')",
        ("Hello world",), (["Hello", "world"], "world Hello", True, ["a", "b", "c"]), ("re.I", "0"),
    ),
    "json": (
        "import json\ndef f(x):\n    text = json.dumps(x, sort_keys=True, indent=1)\n    return text, json.loads(text) == x, json.loads('[1e3, null, true, \"\\\\u00e9\"]')",
        ({"b": [1, 2.5], "a": None},), ('{\n "a": null,\n "b": [\n  1,\n  2.5\n ]\n}', True, [1000.0, None, True, "é"]), ("indent=1", "indent=2"),
    ),
    "itertools": (
        "from itertools import *\ndef f(n):\n    return list(permutations(range(n), 2)), list(accumulate(range(n))), [(k, len(list(g))) for k, g in groupby('aabccc')], list(islice(cycle('ab'), 3)), list(chain.from_iterable([[1], [2]])), list(zip_longest('a', 'bc')), list(pairwise('abc'))",
        (3,), ([(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)], [0, 1, 3], [("a", 2), ("b", 1), ("c", 3)], ["a", "b", "a"], [1, 2], [("a", "b"), (None, "c")], [("a", "b"), ("b", "c")]), ("permutations", "combinations"),
    ),
    "functools": (
        "from functools import *\n@lru_cache(maxsize=None)\ndef fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\n@singledispatch\ndef kind(x): return 'other'\n@kind.register\ndef _(x: int): return 'int'\n@total_ordering\nclass A:\n    def __init__(self, x): self.x = x\n    def __eq__(self, o): return self.x == o.x\n    def __lt__(self, o): return self.x < o.x\ndef f(n):\n    return fib(n), fib.cache_info().hits > 0, reduce(lambda a, b: a * b, range(1, 6)), partial(pow, 2)(5), kind(1), kind('a'), A(2) >= A(1), sorted([3, 1], key=cmp_to_key(lambda a, b: b - a))",
        (80,), (23416728348467685, True, 120, 32, "int", "other", True, [3, 1]), ("b - a", "a - b"),
    ),
    "heapq": ("import heapq\ndef f(xs):\n    h = list(xs); heapq.heapify(h); heapq.heappush(h, 0)\n    return [heapq.heappop(h) for _ in range(3)], heapq.nlargest(2, xs), list(heapq.merge([1, 4], [2]))", ([5, 1, 3],), ([0, 1, 3], [5, 3], [1, 2, 4]), ("nlargest", "nsmallest")),
    "bisect": ("import bisect\ndef f(xs, x):\n    i = bisect.bisect_left(xs, x), bisect.bisect_right(xs, x)\n    bisect.insort(xs, x)\n    return i, xs", ([1, 2, 2, 3], 2), ((1, 3), [1, 2, 2, 2, 3]), ("bisect_left", "bisect_right")),
    "math": ("import math\ndef f(n):\n    return math.factorial(n), math.gcd(12, 18), math.comb(n, 2), math.isqrt(n), math.hypot(3, 4), round(math.sin(math.pi / 2), 9), math.prod([2, 3]), math.inf > n, math.lcm(4, 6)", (5,), (120, 6, 10, 2, 5.0, 1.0, 6, True, 12), ("comb", "perm")),
    "random": ("import random\ndef f(seed):\n    rng = random.Random(seed)\n    xs = list(range(5)); rng.shuffle(xs)\n    random.seed(seed)\n    return rng.random() == random.Random(seed).random(), sorted(xs), random.randint(0, 10 ** 6), random.Random(seed).choices('ab', k=2) == random.Random(seed).choices('ab', k=2)", (0,), (False, [0, 1, 2, 3, 4], 885440, True), ("10 ** 6", "10 ** 5")),
    "decimal": ("from decimal import *\ndef f(a, b):\n    with localcontext() as c:\n        c.prec = 5\n        x = Decimal(1) / Decimal(3)\n    return Decimal(a) + Decimal(b), str(x), Decimal('2.675').quantize(Decimal('0.01'), ROUND_HALF_UP)", ("0.1", "0.2"), (__import__("decimal").Decimal("0.3"), "0.33333", __import__("decimal").Decimal("2.68")), ("prec = 5", "prec = 6")),
    "fractions": ("from fractions import Fraction\ndef f(a, b):\n    return Fraction(a, b) + Fraction(1, 3), Fraction('0.125'), Fraction(3.5).limit_denominator(10), sum([Fraction(1, 10)] * 10) == 1", (1, 6), (__import__("fractions").Fraction(1, 2), 0.125, 3.5, True), ("'0.125'", "'0.126'")),
    "datetime": ("from datetime import *\ndef f(y):\n    d = date(y, 2, 28) + timedelta(days=1)\n    return d.isoformat(), d.weekday(), datetime(y, 1, 1, tzinfo=timezone.utc).isoformat(), datetime.strptime('2020-03-04', '%Y-%m-%d').strftime('%d/%m/%y'), (date(2020, 3, 1) - date(2020, 2, 1)).days", (2024,), ("2024-02-29", 3, "2024-01-01T00:00:00+00:00", "04/03/20", 29), ("days=1", "days=2")),
    "statistics": ("import statistics as s\ndef f(xs):\n    return s.mean(xs), s.median(xs), s.mode([1, 1, 2]), round(s.stdev(xs), 6), s.pvariance(xs)", ([1, 2, 3, 4],), (2.5, 2.5, 1, 1.290994, 1.25), ("stdev", "pstdev")),
    "typing": ("from typing import *\nfrom collections.abc import Callable\nT = TypeVar('T')\nclass Box(Generic[T]):\n    def __init__(self, x: T) -> None: self.x = x\nclass Shape(Protocol):\n    def area(self) -> float: ...\nclass Row(TypedDict):\n    a: int\ndef f(x: Optional[List[int]]) -> Union[int, None]:\n    row: Row = {'a': len(x or [])}\n    return Box[int](row['a']).x, get_type_hints(f)['return'] == Optional[int], Literal['a'].__args__", ([1, 2],), (2, True, ("a",)), ("len(x or [])", "1")),
    "abc": ("from abc import ABC, abstractmethod\nclass Shape(ABC):\n    @property\n    @abstractmethod\n    def area(self): ...\nclass Square(Shape):\n    def __init__(self, a): self.a = a\n    @property\n    def area(self): return self.a ** 2\ndef f(a):\n    try: Shape()\n    except TypeError: return Square(a).area, isinstance(Square(1), Shape)", (3,), (9, True), ("** 2", "* 2")),
    "contextlib": ("from contextlib import *\nimport io\n@contextmanager\ndef tag(name, out):\n    out.append('<' + name)\n    try: yield name\n    finally: out.append(name + '>')\ndef f(n):\n    out = []\n    with tag(n, out) as t, suppress(ZeroDivisionError): out.append(t); 1 / 0\n    s = io.StringIO()\n    with redirect_stdout(s): print('hi')\n    with ExitStack() as stack: stack.callback(out.append, 'end')\n    return out, s.getvalue()", ("a",), (["<a", "a", "a>", "end"], "hi\n"), ("'end'", "'x'")),
    "copy": ("import copy\ndef f(x):\n    a, b = copy.copy(x), copy.deepcopy(x)\n    x[0].append(9)\n    return a, b", ([[1]],), ([[1, 9]], [[1]]), ("copy.deepcopy", "copy.copy")),
    "string": ("import string\ndef f(s):\n    return string.Template('$a!').substitute(a=s), s.translate(str.maketrans('abc', 'xyz')), string.ascii_lowercase[:3], string.capwords('a b'), '{:>5}|{:.2f}|{!r}'.format(s, 1.005, s), f'{s=}'", ("cab",), ("cab!", "zxy", "abc", "A B", "  cab|1.00|'cab'", "s='cab'"), (":>5", ":<5")),
    "textwrap": ("import textwrap\ndef f(s):\n    return textwrap.wrap(s, 6), textwrap.dedent('  a\\n   b'), textwrap.shorten(s, 10, placeholder='..'), textwrap.indent('a\\nb', '> ')", ("the quick fox",), (["the", "quick", "fox"], "a\n b", "the..", "> a\n> b"), ("s, 6", "s, 9")),
    "recursion": ("import sys\nsys.setrecursionlimit(20000)\ndef depth(n): return 0 if n == 0 else 1 + depth(n - 1)\ndef hanoi(n, a, b, c): return [] if n == 0 else hanoi(n - 1, a, c, b) + [(a, c)] + hanoi(n - 1, b, a, c)\ndef f(n): return depth(5000), hanoi(n, 'a', 'b', 'c')", (2,), (5000, [("a", "b"), ("a", "c"), ("b", "c")]), ("depth(5000)", "depth(500)")),
    "generators": ("def up(n):\n    i = 0\n    while True:\n        got = yield i\n        i = got if got is not None else i + 1\n        if i > n: return 'done'\ndef outer(n):\n    result = yield from up(n)\n    yield result\ndef f(n):\n    g = up(9); next(g)\n    return list(outer(n)), g.send(7), (x * x for x in range(n)), {x: y for x, y in zip('ab', range(2))}", (2,), ([0, 1, 2, "done"], 7, iter([0, 1]), {"a": 0, "b": 1}), ("x * x", "x + x + 1")),
    "classes": ("class V:\n    __slots__ = ('x',)\n    made = 0\n    def __init__(self, x): self.x = x; type(self).made += 1\n    def __add__(self, o): return type(self)(self.x + o.x)\n    def __repr__(self): return f'V({self.x})'\n    def __eq__(self, o): return isinstance(o, V) and self.x == o.x\n    def __getitem__(self, i): return self.x[i] if isinstance(self.x, list) else self.x\n    def __call__(self): return self.x\n    @classmethod\n    def zero(cls): return cls(0)\n    @staticmethod\n    def two(): return 2\nclass W(V):\n    __slots__ = ()\n    def __init__(self, x): super().__init__(x)\ndef f(n):\n    return repr(V(n) + W(2)), V.zero() == V(0), V(n)(), V.two(), W.mro()[1].__name__, V.made", (3,), ("V(5)", True, 3, 2, "V", 5), ("x + o.x", "x - o.x")),
    "asyncio": ("import asyncio\nasync def work(n):\n    await asyncio.sleep(0)\n    return n * n\nasync def main(n):\n    q = asyncio.Queue()\n    for x in await asyncio.gather(*map(work, range(n))): q.put_nowait(x)\n    return [await q.get() for _ in range(n)]\ndef f(n): return asyncio.run(main(n))", (3,), [0, 1, 4], ("n * n", "n")),
    "operator_and_struct": ("import operator, struct, hashlib, base64, zlib, binascii\ndef f(b):\n    return operator.itemgetter(1)('ab'), struct.pack('>HI', 1, 2), hashlib.sha256(b).hexdigest()[:8], base64.b64encode(b), zlib.decompress(zlib.compress(b)) == b, binascii.crc32(b)", (b"abc",), ("b", b"\0\1\0\0\0\2", "ba7816bf", b"YWJj", True, 891568578), (">HI", "<HI")),
    "exceptions": ("class Mine(ValueError):\n    pass\ndef g(x):\n    try:\n        if x: raise Mine('no')\n        return 'ok'\n    except ValueError as e: return type(e).__name__, str(e), e.__cause__\n    finally: log.append(x)\nlog = []\ndef f(x): return g(x), g(0), log", (1,), (("Mine", "no", None), "ok", [1, 0]), ("raise Mine('no')", "raise ValueError('no')")),
    "pattern_matching": ("def f(xs):\n    out = []\n    for x in xs:\n        match x:\n            case {'k': v, **rest}: out.append(('dict', v, rest))\n            case [a, *others] if a > 0: out.append((a, others))\n            case str() | bytes(): out.append('text')\n            case _: out.append(None)\n    return out", ([{"k": 1, "z": 2}, [3, 4], "s", [-1]],), [("dict", 1, {"z": 2}), (3, [4]), "text", None], ("a > 0", "a > 3")),
    "parsing": ("import ast, csv, io, shlex, urllib.parse, html, difflib, unicodedata\ndef f(s):\n    return ast.literal_eval(s), list(csv.reader(io.StringIO('a,\"b,c\"'))), shlex.split(\"a 'b c'\"), urllib.parse.parse_qs('a=1&a=2'), html.escape('<'), difflib.SequenceMatcher(None, 'abcd', 'bcde').ratio(), unicodedata.normalize('NFD', 'é')", ("[1, (2,)]",), ([1, (2,)], [["a", "b,c"]], ["a", "b c"], {"a": ["1", "2"]}, "&lt;", 0.75, "e\u0301"), ("NFD", "NFC")),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_honest_program_passes_and_a_wrong_one_does_not(box, name):
    program, arguments, answer, (right, wrong) = PROGRAMS[name]
    assert right in program
    changed = program.replace(right, wrong)
    verdicts = [
        box.check_cases(source, entry_point="f", cases=[Case(arguments, answer)], timeout_s=10.0)
        for source in (program, changed)
    ]
    assert (verdicts[0].status, verdicts[0].detail) == ("passed", "")
    assert verdicts[1].status == "failed"
