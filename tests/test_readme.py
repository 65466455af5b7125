"""The README's Python runs as it stands, its commands exist, its tables are true, and the pages' links lead somewhere."""

import re
import shlex
from importlib.util import find_spec
from pathlib import Path
from runpy import run_path

import pytest
import typer

from textgym.cli import app
from textgym.registration import DECISIONS, FAMILIES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = (
    "README.md",
    "CHANGELOG.md",
    "docs/dialogue_decisions.md",
    "docs/performance.md",
    "docs/sandbox.md",
    "docs/summarization.md",
    "docs/text_tasks.md",
    "leaderboard/README.md",
    "textgym/data/README.md",
)
COMMANDS = ("README.md", "docs/dialogue_decisions.md", "docs/summarization.md", "leaderboard/README.md")


@pytest.mark.train
def test_python_blocks_run_in_order():
    pytest.importorskip("stable_baselines3")
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 4
    names: dict = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    assert 0 <= names["result"].mean_return <= 1


@pytest.mark.parametrize("page", COMMANDS)
def test_every_textgym_command_can_be_typed(page):
    group = typer.main.get_command(app)
    lines = re.findall(r"^(?:\$ )?textgym (.+)$", typed(page), re.MULTILINE)
    assert lines
    for line in lines:
        name, *arguments = shlex.split(line, comments=True)
        group.commands[name].make_context(name, arguments).close()
        for path in re.findall(r"agents/\w+\.py", line):
            assert (ROOT / path).exists(), path


@pytest.mark.train
def test_every_python_command_can_be_typed(monkeypatch):
    pytest.importorskip("sb3_contrib")
    monkeypatch.syspath_prepend(ROOT / "agents")
    pages = "\n".join((ROOT / page).read_text("utf-8") for page in PAGES)
    quoted = [" ".join(code.split()) for code in re.findall(r"`((?:\.venv/bin/)?python [^`]+)`", pages)]
    shell = "\n".join([*map(typed, PAGES), *quoted])
    lines = set(re.findall(r"^(?:\.venv/bin/)?python (.+)$", shell, re.MULTILINE))
    assert len(lines) > 10
    for line in lines:
        script, *arguments = shlex.split(line, comments=True)
        if script == "-m":
            assert find_spec(arguments[0]), line
        elif script != "-c":
            assert (ROOT / script).exists(), line
            if script.startswith("agents/"):
                recipe = typer.Typer()
                recipe.command()(run_path(str(ROOT / script))["main"])
                typer.main.get_command(recipe).make_context(script, arguments).close()


def typed(page):
    """What a page's blocks of code that are not Python hold, continued lines as one."""
    text = (ROOT / page).read_text("utf-8").replace("\\\n", " ")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return "\n".join(block for language, block in blocks if language != "python")


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_left_to_fill_in(page):
    assert re.findall(r"@[A-Z_]+@", (ROOT / page).read_text("utf-8")) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_leads_to_a_file(page):
    text = (ROOT / page).read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if not re.match(r"[a-z]+:", link)]
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_every_family_is_in_the_table():
    for family in FAMILIES:
        assert f"`textgym/{family.name}-v0`" in README


def test_every_decision_has_a_row_of_baselines():
    table = README[README.index("| decisions | random |") :].partition("\n\n")[0]
    rows = re.findall(r"^\| (\w+)", table, re.MULTILINE)
    assert set(rows) == {"decisions", *(decision.name for decision in DECISIONS)}


def test_file_map_names_what_exists():
    table = README[README.index("## Files") :]
    for cell in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE):
        folder = ""
        for path in re.findall(r"`([^`]+)`", cell):
            folder = str(Path(path).parent) if "/" in path.rstrip("/") else folder
            assert any((ROOT / base / path).exists() for base in ("", folder, "textgym")), path


def test_every_make_target_named_here_exists():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in set(re.findall(r"`?make ([a-z-]+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
