"""The demo on a small setup: what it prints, what it keeps, and how it goes on."""

import dataclasses
import importlib
import json
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

pytestmark = [
    pytest.mark.train,
    # The progress bar of Stable-Baselines3 is one of tqdm's experiments.
    pytest.mark.filterwarnings("ignore:rich is experimental"),
]
pytest.importorskip("stable_baselines3")

AGENTS = Path(__file__).parents[2] / "agents"
TIMESTEPS = 32


@pytest.fixture(scope="module")
def demo():
    """The module; it finds its neighbours as a script does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(AGENTS))
        yield importlib.import_module("demo")
        for name in ("demo", "demo_report", "ppo"):
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def setup(demo, byte_model):
    recipe = demo.Recipe(
        title="a small one",
        env_id="textgym/Translation-choice-v0",
        env_kwargs={"difficulty": 0.0},
        view_kwargs={"tokenizer": byte_model, "context_length": 400, "candidates": 3},
        timesteps=TIMESTEPS,
        n_envs=2,
        options={
            "n_steps": 8,
            "batch_size": 8,
            "n_epochs": 1,
            "policy_kwargs": {"language_model": byte_model},
        },
    )
    return demo.Setup(
        recipe, second_metric="chrf", baselines={"copy": "copy_source.py"}, rival="copy", episodes=6
    )


@pytest.fixture(scope="module")
def start(demo, setup):
    """Runs the demo with the small setup in a folder."""

    def invoke(folder, *arguments, chosen=setup, **patches):
        app = typer.Typer()
        app.command()(demo.main)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(demo, "SETUPS", {"small": chosen})
            for name, value in patches.items():
                patch.setattr(demo, name, value)
            return CliRunner().invoke(app, ["--out", str(folder), *arguments])

    return invoke


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


def _stop(*_, **__):
    raise KeyboardInterrupt


def _times(folder):
    return {file.name: file.stat().st_mtime_ns for file in folder.rglob("*.json")}


@pytest.fixture(scope="module")
def stopped(start, folder):
    """A demo that was stopped when training began, and the times of the files that it left."""
    return start(folder, train=_stop), _times(folder)


@pytest.fixture(scope="module")
def finished(stopped, start, folder):
    """The same command again."""
    return start(folder)


def test_a_stopped_demo_says_that_it_goes_on(stopped, folder):
    done, left = stopped
    assert done.exit_code == 130
    assert "the same command goes on from there" in done.output
    assert set(left) == {
        "origin.json",
        "copy.json",
        "bound.json",
        "before-greedy.json",
        "before-sampled.json",
    }
    assert not (folder / "table.md").exists()


def test_held_out_examples_come_from_the_split_that_is_asked_for(start, tmp_path):
    start(tmp_path, "--split", "validation", train=_stop)
    results = [json.loads(file.read_text()) for file in tmp_path.rglob("*.json")]
    splits = [result["split"] for result in results if "records" in result]
    assert splits == ["validation"] * 3
    assert start(tmp_path / "other", "--split", "dev").exit_code == 2


def test_the_same_command_reuses_finished_steps(stopped, finished, folder):
    assert finished.exit_code == 0, finished.output
    now = _times(folder)
    steps = {name: time for name, time in stopped[1].items() if name != "origin.json"}
    assert {name: now[name] for name in steps} == steps
    evaluated = [name for name in ("copy", "before-greedy", "after-greedy") if f": {name}" in finished.output]
    assert evaluated == ["after-greedy"]


def test_a_finished_demo_plays_and_learns_nothing_again(finished, start, folder, demo, monkeypatch):
    from stable_baselines3 import PPO

    table = (folder / "table.md").read_text("utf-8")
    monkeypatch.setattr(demo.textgym, "evaluate", _stop)
    monkeypatch.setattr(PPO, "learn", _stop)
    assert start(folder).exit_code == 0
    assert (folder / "table.md").read_text("utf-8") == table


def test_the_table_has_a_row_for_every_agent(finished, folder):
    lines = (folder / "table.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    assert {len(row) for row in cells} == {7}
    assert [row[0] for row in cells[2:]] == [
        "copy",
        "always the best candidate (bound)",
        "untrained policy, greedy, seed 0",
        "PPO, greedy, seed 0",
        "untrained policy, sampled, seed 0",
        "PPO, sampled, seed 0",
    ]
    scores = {row[0]: float(row[1]) for row in cells[2:]}
    assert scores["PPO, greedy, seed 0"] <= scores["always the best candidate (bound)"]
    gain = float(cells[5][4].split()[0])
    assert gain == pytest.approx(
        scores["PPO, greedy, seed 0"] - scores["untrained policy, greedy, seed 0"], abs=0.11
    )
    assert all(row[0] in finished.output for row in cells[2:])
    assert (folder / "learning.png").stat().st_size > 1000


def test_the_curve_of_a_run_ends_with_its_last_step(demo, finished, folder):
    from textgym.algorithms.trained_run import learning_curve

    curve = learning_curve(folder / "small" / "seed-0")
    assert list(curve)[-1] == TIMESTEPS
    assert all(0 <= value <= 1 for value in curve.values())


def test_results_of_another_setup_are_not_taken_up(finished, start, setup, folder):
    done = start(folder, chosen=dataclasses.replace(setup, episodes=7))
    assert done.exit_code == 1
    assert "another setup" in done.output


def test_an_unknown_setup_names_the_known_ones(start, folder):
    done = start(folder, "--only", "smal")
    assert done.exit_code == 2
    assert "small" in done.output
