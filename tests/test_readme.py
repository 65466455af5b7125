"""The README's Python runs as it stands, its commands exist, its tables are true, and the pages' links lead somewhere."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from textgym.cli import app
from textgym.registration import FAMILIES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = (
    "README.md",
    "CHANGELOG.md",
    "docs/summarization.md",
    "docs/text_tasks.md",
    "leaderboard/README.md",
    "textgym/data/README.md",
)


@pytest.mark.train
def test_python_blocks_run_in_order():
    pytest.importorskip("stable_baselines3")
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 4
    names: dict = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    assert 0 <= names["result"].mean_return <= 1


@pytest.mark.parametrize("page", ["README.md", "leaderboard/README.md"])
def test_every_textgym_command_can_be_typed(page):
    group = typer.main.get_command(app)
    text = (ROOT / page).read_text("utf-8").replace("\\\n", " ")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    shell = "\n".join(block for language, block in blocks if language != "python")
    lines = re.findall(r"^(?:\$ )?textgym (.+)$", shell, re.MULTILINE)
    assert lines
    for line in lines:
        name, *arguments = shlex.split(line, comments=True)
        group.commands[name].make_context(name, arguments).close()


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
