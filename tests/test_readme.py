"""The README's Python runs as it stands, and its tables are true."""

import re
from pathlib import Path

import pytest

from textgym.registration import FAMILIES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.train
def test_python_blocks_run_in_order():
    pytest.importorskip("stable_baselines3")
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 2
    names: dict = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    assert 0 <= names["result"].mean_return <= 1


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
