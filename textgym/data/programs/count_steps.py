"""Steps that begin with a small whole number, many of them recursive."""

from textgym.data.programs.step import Step


def _fibonacci(n: int) -> int:
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def _factorial(n: int) -> int:
    result = 1
    for factor in range(2, n + 1):
        result *= factor
    return result


def _collatz(n: int) -> int:
    steps = 0
    while n > 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def _coin_sums(n: int) -> int:
    ways = [1] + [0] * n
    for coin in (1, 2, 5):
        for amount in range(coin, n + 1):
            ways[amount] += ways[amount - coin]
    return ways[n]


def _doubling(n: int, k: int) -> int:
    value = k
    for i in range(1, n + 1):
        value = 2 * value + i
    return value


_FIBONACCI = """\
def fibonacci(n):
    return n if n < 2 else fibonacci_pair(n)[0]


def fibonacci_pair(n):
    if n == 0:
        return 0, 1
    a, b = fibonacci_pair(n - 1)
    return b, a + b
"""
_FACTORIAL = """\
def factorial(n):
    return 1 if n < 2 else n * factorial(n - 1)
"""
_COLLATZ = """\
def collatz(n):
    if n <= 1:
        return 0
    return 1 + collatz(n // 2 if n % 2 == 0 else 3 * n + 1)
"""
_COINS = """\
def coin_sums(n, coins):
    if n == 0:
        return 1
    if n < 0 or not coins:
        return 0
    return coin_sums(n - coins[0], coins) + coin_sums(n, coins[1:])
"""
_DOUBLING = """\
def doubling(n, start):
    return start if n == 0 else 2 * doubling(n - 1, start) + n
"""

COUNT_STEPS = (
    Step(
        "fibonacci",
        "count",
        "number",
        (
            "Take the n-th Fibonacci number, where the 0th is 0 and the 1st is 1.",
            "Begin with 0 and 1, let each further number be the sum of the two before it, and take number n counted from 0.",
        ),
        "fibonacci({x})",
        lambda x, k: _fibonacci(x),
        level=0.3,
        helper=_FIBONACCI,
    ),
    Step(
        "factorial",
        "count",
        "number",
        (
            "Multiply all whole numbers from 1 to n with each other.",
            "Take the factorial of n.",
        ),
        "factorial({x})",
        lambda x, k: _factorial(x),
        level=0.2,
        helper=_FACTORIAL,
    ),
    Step(
        "collatz",
        "count",
        "number",
        (
            "Count how often n must be halved if it is even, else replaced by 3 * n + 1, until it is at most 1.",
        ),
        "collatz({x})",
        lambda x, k: _collatz(x),
        level=0.5,
        helper=_COLLATZ,
    ),
    Step(
        "coin sums",
        "count",
        "number",
        ("Count the ways to pay the amount n with coins of 1, 2 and 5, whatever their order.",),
        "coin_sums({x}, [1, 2, 5])",
        lambda x, k: _coin_sums(x),
        level=0.8,
        helper=_COINS,
    ),
    Step(
        "doubling",
        "count",
        "number",
        ("Begin with {k} and, for i from 1 to n, replace the number by twice itself plus i.",),
        "doubling({x}, {k})",
        _doubling,
        (1, 2, 3, 5, 7),
        level=0.5,
        helper=_DOUBLING,
    ),
    Step(
        "triangle",
        "count",
        "number",
        ("Add up the whole numbers from 1 to n.", "Sum everything from 1 to n."),
        "sum(range(1, {x} + 1))",
        lambda x, k: x * (x + 1) // 2,
    ),
    Step(
        "power sum",
        "count",
        "number",
        ("Add up the powers of {k} with the exponents from 0 to n.",),
        "sum({k} ** i for i in range({x} + 1))",
        lambda x, k: sum(k**i for i in range(x + 1)),
        (2, 3, 4, 5),
        level=0.3,
    ),
    Step(
        "multiples",
        "count",
        "numbers",
        ("List the first n multiples of {k}, beginning with {k}.",),
        "[{k} * i for i in range(1, {x} + 1)]",
        lambda x, k: [k * i for i in range(1, x + 1)],
        (2, 3, 4, 5, 6, 7, 8, 9),
    ),
    Step(
        "countdown",
        "count",
        "numbers",
        ("List the numbers from n down to 0.", "Count down from n to 0 and list the numbers."),
        "list(range({x}, -1, -1))",
        lambda x, k: list(range(x, -1, -1)),
    ),
    Step(
        "divisors",
        "count",
        "numbers",
        ("List the positive divisors of n in ascending order.",),
        "[d for d in range(1, {x} + 1) if {x} % d == 0]",
        lambda x, k: [d for d in range(1, x + 1) if x % d == 0],
        level=0.2,
    ),
    Step(
        "primes",
        "count",
        "numbers",
        ("List the prime numbers up to n in ascending order.",),
        "[p for p in range(2, {x} + 1) if all(p % d for d in range(2, p))]",
        lambda x, k: [p for p in range(2, x + 1) if all(p % d for d in range(2, p))],
        level=0.4,
    ),
    Step(
        "is prime",
        "count",
        "flag",
        ("Tell whether n is a prime number.",),
        "{x} > 1 and all({x} % d for d in range(2, {x}))",
        lambda x, k: x > 1 and all(x % d for d in range(2, x)),
        level=0.3,
    ),
    Step(
        "stairs",
        "count",
        "text",
        ("Write the digit {k} n times in a row.",),
        '"{k}" * {x}',
        lambda x, k: str(k) * x,
        (1, 2, 3, 4, 5, 6, 7, 8, 9),
        level=0.1,
    ),
)
