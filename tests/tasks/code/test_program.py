"""Which program a reply stands for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textgym.tasks.code.program import program_of

PROMPT = 'import math\n\ndef helper(x):\n    return x\n\ndef f(x: int) -> int:\n    """Double.\n\n    >>> f(2)\n    4\n    """\n'
BEFORE = PROMPT[: PROMPT.index("def f(")]
WHOLE = "def f(x):\n    return 2 * x\n"


def program(reply):
    return program_of(reply, prompt=PROMPT, entry_point="f")


@pytest.mark.parametrize(
    "reply, expected",
    [
        # Whole programs, bare and fenced.
        (WHOLE, BEFORE + WHOLE),
        (f"```python\n{WHOLE}```", BEFORE + WHOLE),
        (f"```\n{WHOLE}```\n", BEFORE + WHOLE),
        (f"Sure!\n\n```Python\n{WHOLE}```\nThat is it.", BEFORE + WHOLE),
        (f"```py\n{WHOLE}", BEFORE + WHOLE),
        (WHOLE.replace("\n", "\r\n"), BEFORE + WHOLE),
        ("f = lambda x: 2 * x", BEFORE + "f = lambda x: 2 * x"),
        ("f: object = abs", BEFORE + "f: object = abs"),
        ("async def f(x): ...", BEFORE + "async def f(x): ..."),
        ("class f: ...", BEFORE + "class f: ..."),
        (f"~~~python\n{WHOLE}~~~", BEFORE + WHOLE),
        (f"```python3.11\n{WHOLE}```", BEFORE + WHOLE),
        (f"\ufeff{WHOLE}", BEFORE + WHOLE),
        # The last fence that defines the function counts, others do not.
        (f"```python\nf(2)\n```\nthen\n```python\n{WHOLE}```", BEFORE + WHOLE),
        (f"```text\noutput\n```\n```python\n{WHOLE}```", BEFORE + WHOLE),
        (f"Original:\n```python\ndef f(x): return 0\n```\nFixed:\n```python\n{WHOLE}```", BEFORE + WHOLE),
        (f"```python\n{WHOLE}```\n```python\nf(2)\n```", BEFORE + WHOLE),
        ("  ```python\n  def f(x):\n      return 2 * x\n  ```", BEFORE + WHOLE),
        # Bodies.
        ("    return 2 * x", PROMPT + "    return 2 * x"),
        ("return 2 * x", PROMPT + "    return 2 * x"),
        ("y = x\nreturn y + x", PROMPT + "    y = x\n    return y + x"),
        ("y = x\n    return y + x", PROMPT + "    y = x\n    return y + x"),
        ("if x:\n    return 2 * x\n", PROMPT + "    if x:\n        return 2 * x\n"),
        ("for i in x:\n    pass", PROMPT + "    for i in x:\n        pass"),
        ("for i in x:  # go\n    pass", PROMPT + "    for i in x:  # go\n        pass"),
        ("if x:\n        return 1\n    return 2", PROMPT + "    if x:\n        return 1\n    return 2"),
        (
            "for i in x:  # go\n        y\n    return 2",
            PROMPT + "    for i in x:  # go\n        y\n    return 2",
        ),
        ("```python\nreturn 2 * x\n```", PROMPT + "    return 2 * x\n"),
        ("\n    return 2 * x\n", PROMPT + "\n    return 2 * x\n"),
        ("", PROMPT),
        # A name that only begins or ends like it is another one.
        ("def ff(x): return 1", PROMPT + "    def ff(x): return 1"),
        ("f == 3", PROMPT + "    f == 3"),
    ],
)
def test_the_rules(reply, expected):
    assert program(reply) == expected


def test_a_prompt_without_the_function_is_no_part_of_the_program():
    assert program_of("x = 1", prompt="Write f, which doubles.", entry_point="f") == "x = 1"
    assert program_of(WHOLE, prompt="Write f, which doubles.", entry_point="f") == WHOLE


@given(st.text())
def test_any_text_gives_a_program(reply):
    assert isinstance(program(reply), str)
