"""Steps that begin with one number."""

from textgym.data.programs.step import Step


def _digit_sum(n: int) -> int:
    return sum(int(d) for d in str(abs(n)))


def _digital_root(n: int) -> int:
    n = abs(n)
    while n > 9:
        n = _digit_sum(n)
    return n


_ROOT = """\
def digital_root(n):
    return n if n < 10 else digital_root(sum(int(d) for d in str(n)))
"""

NUMBER_STEPS = (
    Step(
        "plus",
        "number",
        "number",
        ("Add {k} to the number.", "Increase the number by {k}."),
        "{x} + {k}",
        lambda x, k: x + k,
        tuple(range(2, 20)),
    ),
    Step(
        "times",
        "number",
        "number",
        ("Multiply the number by {k}.",),
        "{x} * {k}",
        lambda x, k: x * k,
        tuple(range(2, 12)),
    ),
    Step(
        "modulo",
        "number",
        "number",
        ("Take the remainder of the number modulo {k}.",),
        "{x} % {k}",
        lambda x, k: x % k,
        (3, 4, 5, 6, 7, 8, 9, 10, 11),
    ),
    Step(
        "quotient",
        "number",
        "number",
        ("Divide the number by {k} and round down.",),
        "{x} // {k}",
        lambda x, k: x // k,
        (2, 3, 4, 5),
    ),
    Step(
        "square",
        "number",
        "number",
        ("Square the number.", "Multiply the number by itself."),
        "{x} * {x}",
        lambda x, k: x * x,
    ),
    Step(
        "at most",
        "number",
        "number",
        ("Take {k} instead if the number is greater than {k}.",),
        "min({x}, {k})",
        min,
        (5, 8, 10, 12, 15, 20),
        level=0.2,
    ),
    Step(
        "digit sum",
        "number",
        "number",
        ("Add up the decimal digits of the number, without its sign.",),
        "sum(int(d) for d in str(abs({x})))",
        lambda x, k: _digit_sum(x),
        level=0.2,
    ),
    Step(
        "digital root",
        "number",
        "number",
        ("Drop the sign, then replace the number by the sum of its decimal digits until one digit is left.",),
        "digital_root(abs({x}))",
        lambda x, k: _digital_root(x),
        level=0.5,
        helper=_ROOT,
    ),
    Step(
        "binary",
        "number",
        "text",
        ("Write the number in binary digits, without its sign.",),
        "bin(abs({x}))[2:]",
        lambda x, k: bin(abs(x))[2:],
        level=0.2,
    ),
    Step(
        "digits",
        "number",
        "numbers",
        ("List the decimal digits of the number from left to right, without its sign.",),
        "[int(d) for d in str(abs({x}))]",
        lambda x, k: [int(d) for d in str(abs(x))],
        level=0.2,
    ),
    Step(
        "divides",
        "number",
        "flag",
        ("Tell whether {k} divides the number.",),
        "{x} % {k} == 0",
        lambda x, k: x % k == 0,
        (2, 3, 4, 5),
    ),
    Step(
        "mirrored",
        "number",
        "flag",
        ("Tell whether the decimal digits of the number, without its sign, read the same backwards.",),
        "str(abs({x})) == str(abs({x}))[::-1]",
        lambda x, k: str(abs(x)) == str(abs(x))[::-1],
        level=0.4,
    ),
)
