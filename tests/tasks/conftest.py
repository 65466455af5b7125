"""A folder of files in the forms that sources take, as users bring them."""

import json

import pytest

DOUBLE = 'def double(x):\n    """Twice x.\n\n    >>> double(2)\n    4\n    """\n'
PAIRS = [
    {"source": "The old dog sleeps near the river.", "target": "Der alte Hund schläft am Fluss."},
    {"source": "Where is the blue house?", "target": "Wo ist das blaue Haus?"},
    {"source": "Two birds sing in the tree.", "target": "Zwei Vögel singen im Baum."},
]
TALKS = [
    [
        "Is there a bank near here, please?",
        "Yes, it is five blocks from here.",
        "That is too far for me to walk.",
    ]
]
FUNCTIONS = [
    {
        "prompt": DOUBLE,
        "entry_point": "double",
        "tests": ">>> double(3)\n6\n>>> double('a')\n'aa'",
        "solution": f"{DOUBLE}    return x + x",
        "broken": f"{DOUBLE}    return x",
    },
    {
        "prompt": 'def least(xs):\n    """The smallest."""\n',
        "entry_point": "least",
        "tests": "def check(candidate):\n    assert candidate([3, 1, 2]) == 1",
        "solution": "def least(xs):\n    return min(xs)",
        "broken": "def least(xs):\n    return max(xs)",
    },
]
IN_WORDS = {
    "text": "Add two numbers.",
    "code": "def plus(a, b):\n    return a + b",
    "test_list": ["assert plus(2, 3) == 5", "assert plus(-1, 1) == 0"],
}
REPORT = "The old bridge fell on Monday. Nobody was hurt. The town closed two roads and will build a new one."
QUERIES = [
    {"source": REPORT, "query": "What fell?", "target": "The old bridge of the town, on Monday."},
    {
        "source": REPORT,
        "query": "What did the town do?",
        "target": "It closed two roads and builds a new bridge.",
    },
]
FILES = {
    "pairs": PAIRS,
    "functions": FUNCTIONS,
    "talks": [{"said": talk} for talk in TALKS],
    "said": [{"context": "A: Hello\nB: How are you today?", "target": "I am fine, thank you."}],
    "words": [IN_WORDS],
    "queries": QUERIES,
}
#: One file of a database in the schema of MultiWOZ.
RESTAURANTS = [
    {
        "name": f"house of {i:02d} spoons",
        "food": ("indian", "north indian", "gastropub", "thai")[i % 4],
        "area": ("north", "south", "east")[i % 3],
        "pricerange": ("cheap", "moderate", "expensive")[i // 4 % 3],
        "address": f"{i + 1} Regent Street",
        "phone": f"012233{i:05d}",
        "postcode": f"cb{i % 9 + 1}1ab",
    }
    for i in range(60)
]


@pytest.fixture(scope="session")
def source_files(tmp_path_factory):
    """`NAME/test.jsonl` for each of `FILES`, and `multiwoz/restaurant_db.json`."""
    root = tmp_path_factory.mktemp("sources")
    for name, rows in FILES.items():
        (root / name).mkdir()
        lines = [json.dumps({**row, "split": "test"} if name != "words" else row) for row in rows]
        (root / name / "test.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (root / "multiwoz").mkdir()
    (root / "multiwoz" / "restaurant_db.json").write_text(json.dumps(RESTAURANTS), encoding="utf-8")
    return root
