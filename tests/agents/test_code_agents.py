"""The baselines for code do what their names say."""

from pathlib import Path
from runpy import run_path

import numpy as np
import pytest

import textgym
from textgym.protocols import Request
from textgym.tasks.code.generation import CodeGenerationTask

AGENTS = Path(__file__).parents[2] / "agents"


def reply(agent, *contents):
    talk = tuple({"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(contents))
    return agent.act([Request(talk, 0, 0, 0)])[0]


def test_sentences_are_translated_with_their_constants():
    translator = run_path(str(AGENTS / "code_template.py"))["SentenceTranslator"]

    def example(signature, *steps):
        sentences = "\n    ".join(sentence for sentence, _ in steps)
        prompt = f'{signature}\n    """Compute from x:\n    {sentences}\n    Return the result.\n    """\n'
        return prompt, "\n".join([signature, *(line for _, line in steps)]) + "\n"

    above = ("Keep the numbers greater than 3.", "    numbers = [n for n in numbers if n > 3]")
    helper = "def shift(text, places):\n    return places\n\n\n"
    shift = ("Shift by 2 places.", "    return shift(text, 2)")
    known = [
        example(
            "def solve(numbers: list[int]) -> int:", above, ("Add the numbers up.", "    return sum(numbers)")
        ),
        example("def solve(words: list[str]) -> str:", ('Join with "-".', '    return "-".join(words)')),
    ]
    prompt, program = example("def solve(text: str) -> str:", shift)
    agent = translator([*known, (prompt, helper + program)])
    asked, expected = example(
        "def solve(numbers: list[int], k: int) -> int:",
        (above[0].replace("3", "k"), above[1].replace("3", "k")),
        ("Add the numbers up.", "    return sum(numbers)"),
    )
    assert agent.program(asked) == expected
    asked, expected = example(
        "def solve(words: list[str]) -> str:", ('Join with "+".', '    return "+".join(words)')
    )
    assert agent.program(asked) == expected
    assert agent.program(prompt.replace("2", "5")) == helper + program.replace("2", "5")
    assert agent.program(prompt.replace("Shift", "Move")) is None
    assert reply(agent, "Hello") == "Hello"


@pytest.mark.parametrize("env_id", ["textgym/CodeGeneration-v0", "textgym/CodeRepair-v0"])
def test_templates_of_the_train_split_solve_most_of_the_test_split(env_id):
    result = textgym.evaluate(str(AGENTS / "code_template.py"), env_id, episodes=30, seed=0, on_error="raise")
    assert result.mean_return > 0.8


def test_search_sends_what_passes_most_examples():
    search = run_path(str(AGENTS / "code_search.py"))["ExampleSearch"]
    programs = [f"def f(x):\n    return {body}\n" for body in ("0 if x else 2", "x + 1", "2 * x", "1 / 0")]
    agent = search([lambda talks, k, seeds: [programs]])
    prompt = 'Write the Python function:\ndef f(x):\n    """Double.\n\n    >>> f(1)\n    2\n    >>> f(2)\n    4\n    """\n'
    assert reply(agent, prompt) == programs[2]
    assert reply(agent, prompt, programs[2], "It fails.") == programs[1]
    assert reply(agent, "Hello") == "Hello"


def test_search_repairs_a_changed_number():
    make_agent = run_path(str(AGENTS / "code_search.py"))["make_agent"]
    agent = make_agent("textgym/CodeRepair-v0", {"difficulty": 0.0})
    spec = 'def solve(n: int) -> int:\n    """Add 7.\n\n    >>> solve(1)\n    8\n    >>> solve(5)\n    12\n    """\n'
    broken = "def solve(n: int) -> int:\n    return n + 6\n"
    prompt = f"Repair the Python function:\n{spec}\nThis program is wrong:\n```python\n{broken}```\n"
    assert reply(agent, prompt) == broken.replace("6", "7")


def test_retrieved_solutions_are_programs_of_the_same_name():
    """Retrieval works across generated functions because all of them are called `solve`."""
    task, rng = CodeGenerationTask(), np.random.default_rng(0)
    assert {task.generate(rng, "train", d / 9).data["entry_point"] for d in range(10)} == {"solve"}
