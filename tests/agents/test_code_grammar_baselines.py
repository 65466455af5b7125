"""The baselines of textgym/CodeGrammar-v0: each does what its name says."""

from pathlib import Path
from runpy import run_path

import numpy as np
import pytest

import textgym
from textgym import Request
from textgym.data.expressions.derivation import text_of
from textgym.data.expressions.grammar import PRODUCTIONS
from textgym.tasks.code.grammar_task import PRODUCTION_FEATURES
from textgym.tasks.code.specification import Specification

AGENTS = Path(__file__).parents[2] / "agents"
ENV_ID = "textgym/CodeGrammar-v0"
SEARCH = run_path(str(AGENTS / "code_grammar_search.py"))
SMALLEST = run_path(str(AGENTS / "code_grammar_smallest.py"))


def played(name, episodes=60, difficulty=0.0):
    return textgym.evaluate(
        str(AGENTS / f"{name}.py"),
        ENV_ID,
        episodes=episodes,
        seed=0,
        on_error="raise",
        env_kwargs={"difficulty": difficulty},
    )


def asked(annotation, *cases, left=8):
    """The text of a first state."""
    lines = [line for call, result in cases for line in (f">>> f({call})", result)]
    hole = f"return <{annotation}?>"
    return "\n".join(
        [f"Write f(xs: list[int], n: int) -> {annotation}:", *lines, hole, f"Productions left: {left}."]
    )


def searched(text, limit=5_000):
    return text_of(SEARCH["Search"](Specification.of(text), limit).run())


def test_reference_beats_search_beats_smallest_beats_chance():
    chance, smallest, search, reference = (
        played(name)
        for name in (
            "random_decisions",
            "code_grammar_smallest",
            "code_grammar_search",
            "code_grammar_reference",
        )
    )
    assert reference.mean_return == reference.metric_means["passed"] == 1.0
    assert search.interval[0] > smallest.interval[1]
    assert smallest.mean_return > chance.mean_return
    assert {r.metric_means["illegal_actions"] for r in (smallest, search, reference)} == {0.0}


@pytest.mark.parametrize(
    "annotation, cases, expression",
    [
        ("int", [("[1, 5, 2], 3", "8"), ("[4, 4], 1", "8"), ("[0], 7", "0")], "sum(xs)"),
        ("int", [("[1, 5, 2], 3", "6"), ("[4, 0], 1", "2"), ("[0], 7", "14")], "(n + n)"),
        ("list[int]", [("[1, 5, 2], 3", "[1, 2]"), ("[4, 3, 0], 4", "[3, 0]")], "[x for x in xs if (x < n)]"),
        ("list[int]", [("[1, 5], 3", "[3, 15]"), ("[4, 0], 2", "[8, 0]")], "[(x * n) for x in xs]"),
        ("bool", [("[1, 5], 1", "True"), ("[4, 0], 2", "False"), ("[2, 2], 2", "True")], "(n in xs)"),
    ],
)
def test_the_search_finds_the_smallest_expression(annotation, cases, expression):
    assert searched(asked(annotation, *cases)) == expression


def test_what_passes_most_examples_is_taken_where_nothing_passes_all():
    cases = [("[3, 1], 2", "4"), ("[5, 5], 1", "10"), ("[2, 2, 2], 9", "987")]
    assert searched(asked("int", *cases, left=3)) == "sum(xs)"


def test_the_search_keeps_within_the_productions_left_and_the_limit():
    cases = [("[3, 1], 2", "8"), ("[5, 6], 1", "12")]
    search = SEARCH["Search"](Specification.of(asked("int", *cases, left=2)), 5_000)
    assert len(search.run()) <= 2
    short = SEARCH["Search"](Specification.of(asked("int", *cases)), 10)
    assert short.run()
    assert short.tried == 10


def test_the_best_fact_is_the_largest_share_that_is_legal():
    choose = run_path(str(AGENTS / "code_grammar_learning.py"))["BestFact"]().act
    rows = np.zeros((2, 7 + len(PRODUCTIONS) * len(PRODUCTION_FEATURES)), np.float32)
    shares = rows[:, 7:].reshape(2, len(PRODUCTIONS), -1)[:, :, PRODUCTION_FEATURES.index("share")]
    shares[0, [3, 4, 5]] = 1, 0.4, 0.6
    masks = np.zeros((2, len(PRODUCTIONS)), bool)
    masks[0, [4, 5, 6]] = masks[1, 8] = True
    requests = [Request(({"role": "user", "content": ""},), episode, 0, 0) for episode in range(2)]
    assert choose(rows, masks, requests) == [5, 8]


@pytest.mark.slow
@pytest.mark.train
def test_the_recipe_trains_prints_and_draws(tmp_path, capsys):
    pytest.importorskip("sb3_contrib")
    main = run_path(str(AGENTS / "code_grammar_learning.py"))["main"]
    main(out=tmp_path, seeds=1, timesteps=2048, episodes=8)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Difficulty 0.0, ")
    rows = [[cell.strip() for cell in line.split("|")] for line in lines if line.startswith("| ")]
    assert [row[1] for row in rows] == [
        "agent",
        *("random_decisions", "code_grammar_smallest", "code_grammar_search", "best_fact"),
        "MaskablePPO, seed 0",
    ]
    # The same episodes for all: the gain is the difference of the returns.
    smallest, search = float(rows[2][2]), float(rows[3][2])
    assert float(rows[3][5].split()[0]) == pytest.approx(search - smallest, abs=0.0015)
    assert rows[2][5] == ""
    assert (tmp_path / "code_grammar.png").read_bytes().startswith(b"\x89PNG")


def test_the_best_of_the_smallest():
    best = SMALLEST["best_of_smallest"]
    assert text_of(best(asked("int", ("[1, 5], 3", "3"), ("[4], 2", "7"), ("[0], 5", "5")))) == "n"
    assert text_of(best(asked("int", ("[1, 5], 3", "2"), ("[4], 2", "7"), ("[0], 5", "2")))) == "2"
    assert text_of(best(asked("list[int]", ("[1, 5], 3", "[5, 1]")))) == "xs"
    cases = [("[1, 5], 3", "True"), ("[4, 1], 2", "False"), ("[0], 5", "True")]
    assert text_of(best(asked("bool", *cases))) == "(2 < n)"
