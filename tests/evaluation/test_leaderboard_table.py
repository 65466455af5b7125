import pytest

from textgym.errors import MalformedData
from textgym.evaluation.leaderboard_table import BEGIN, END, leaderboard_table, load_folder, main, with_table
from textgym.evaluation.submission import run_suite
from textgym.evaluation.suite import Suite, SuiteTask
from textgym.protocols import as_agent

TASK = SuiteTask("words", "test/Backwards-v0", episodes=8, seed=1, fingerprint="0123456789abcdef")
SUITE = Suite("words-v0", (TASK,))


def _submission(name, function, suite=SUITE):
    return run_suite(lambda *_: as_agent(function), suite, name=name)


def test_the_best_score_comes_first():
    table = leaderboard_table([_submission("low", str), _submission("high", lambda t: t[::-1])], SUITE)
    assert table.splitlines() == [
        "| agent | score, 95 % interval | words | failed episodes |",
        "|---|---|---|---|",
        "| high | 100.0 [100.0, 100.0] | 100.0 | 0 |",
        "| low | 25.0 [25.0, 25.0] | 25.0 | 0 |",
    ]


def test_other_suites_are_left_out():
    other = Suite("words-v0", (SuiteTask(**{**TASK.__dict__, "seed": 2}),))
    assert (
        len(leaderboard_table([_submission("a", str, other), _submission("b", str)], SUITE).splitlines()) == 3
    )


def test_only_the_part_between_the_markers_changes():
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    once = with_table(page, "| new |")
    assert once == f"before\n{BEGIN}\n\n| new |\n\n{END}\nafter\n"
    assert with_table(once, "| new |") == once


def test_a_page_without_markers_is_an_error():
    with pytest.raises(MalformedData, match="end of leaderboard"):
        with_table(f"{BEGIN}\n", "")


def test_a_page_is_rewritten(tmp_path):
    (tmp_path / "page.md").write_text(f"{BEGIN}\n{END}\n")
    main(str(tmp_path / "page.md"), str(tmp_path))
    assert "| agent | score" in (tmp_path / "page.md").read_text()


def test_a_folder_is_read_by_name(tmp_path):
    for name in ("b", "a"):
        _submission(name, str).save(tmp_path)
    assert [s.agent for s in load_folder(tmp_path)] == ["a", "b"]
