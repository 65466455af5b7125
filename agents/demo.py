"""The main job: train PPO agents with a language model inside and set their scores beside the other agents here.

    python agents/demo.py --out runs/demo                 one seed, a few minutes
    python agents/demo.py --seeds 3 --out runs/seeds      the table of the README

Two agents are trained: one picks among retrieved candidates for real sentences (choice view), one writes
translations of generated sentences token by token (token view). Each is evaluated on held-out examples before
and after training, greedy and sampled. Every finished step leaves a file in the folder, so a demo that was
stopped goes on where it was; a training that was stopped goes on from its last checkpoint.
"""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast

import gymnasium as gym
import matplotlib
import numpy as np
import typer
from ppo import RECIPES, Recipe
from rich.console import Console
from rich.table import Table

import textgym
from textgym.algorithms.train import build_model, train
from textgym.envs.text_env import TextEnv
from textgym.evaluation import Difference, Result, paired_difference
from textgym.evaluation.example_order import example_indices
from textgym.evaluation.whole_file import write_whole
from textgym.protocols import Message
from textgym.registration import text_id

AGENTS = Path(__file__).parent
EVALUATION_SEED = 1
MODES = ("greedy", "sampled")


@dataclass(frozen=True)
class Setup:
    """One PPO agent and what it is compared with.

    Args:
        recipe: How it is trained, from `ppo.py`.
        second_metric: A metric that is not the reward and must not fall.
        baselines: Specs for `textgym.load_agent`, by the names they get; a file is one of this folder.
        episodes: Held-out episodes.
    """

    recipe: Recipe
    second_metric: str
    baselines: dict[str, str]
    episodes: int = 500


COMMON = {"random words": "random_words.py", "copy the source": "copy_source.py"}
SETUPS = {
    "docstrings": Setup(
        RECIPES["docstrings"],
        second_metric="rouge2",
        baselines={
            **COMMON,
            "retrieval (the first candidate)": "retrieval.py",
            "tiny, zero-shot, writes freely": "hf:tiny",
        },
    ),
    "sentences": Setup(
        RECIPES["sentences"],
        second_metric="exact",
        baselines={**COMMON, "retrieval": "retrieval.py"},
    ),
}


@dataclass(frozen=True)
class Scores:
    """Results of one setup.

    Args:
        baselines: By name.
        bound: Mean return of always picking the best candidate; None where there are no candidates.
        before: Of the untrained policy, by (mode, seed); modes are `"greedy"` and `"sampled"`.
        after: Of the trained policy, likewise.
    """

    baselines: dict[str, Result]
    bound: float | None
    before: dict[tuple[str, int], Result]
    after: dict[tuple[str, int], Result]


def main(
    out: Annotated[Path, typer.Option(help="Folder for results, models, table and picture.")] = Path(
        "runs/demo"
    ),
    seeds: Annotated[int, typer.Option(help="Number of training seeds.", min=1)] = 1,
    only: Annotated[str, typer.Option(help="Run one setup by its name.")] = "",
) -> None:
    """Train, evaluate, print the table, write the picture."""
    console = Console(width=120)
    chosen = {name: setup for name, setup in SETUPS.items() if only in ("", name)}
    if not chosen:
        raise typer.BadParameter(f"unknown setup {only!r}; choose one of {', '.join(SETUPS)}")
    try:
        tables = {n: rows(setup, run(setup, range(seeds), out / n, console)) for n, setup in chosen.items()}
    except KeyboardInterrupt:
        console.print(f"\nStopped. Finished steps are kept in {out}; the same command goes on from there.")
        raise typer.Exit(130) from None
    for name, table in tables.items():
        show(chosen[name], table, console)
    write_whole(out / "table.md", "\n".join(markdown(chosen[n], table) for n, table in tables.items()))
    picture(chosen, range(seeds), out)
    console.print(f"Table: {out / 'table.md'}   picture: {out / 'learning.png'}")


def run(setup: Setup, seeds: range, folder: Path, console: Console) -> Scores:
    """Every result of a setup; what is already in the folder is read back."""
    console.print(f"[bold]{setup.recipe.title}[/bold]  ({setup.recipe.env_id})")
    baselines = {
        name: evaluated(setup, spec if ":" in spec else str(AGENTS / spec), folder / f"{name}.json", console)
        for name, spec in setup.baselines.items()
    }
    scores = Scores(baselines, best_candidate(setup, folder / "best-candidate.json"), {}, {})
    for seed in seeds:
        home = folder / f"seed-{seed}"
        kwargs = {**setup.recipe.env_kwargs, **setup.recipe.view_kwargs}
        start = build_model(setup.recipe.env_id, seed=seed, env_kwargs=kwargs, options=setup.recipe.options)
        for mode in MODES:
            scores.before[mode, seed] = evaluated(setup, start, home / f"before-{mode}.json", console, mode)
        console.print(f"  training seed {seed}: {setup.recipe.timesteps} steps")
        model = train(
            setup.recipe.env_id,
            home,
            timesteps=setup.recipe.timesteps,
            seed=seed,
            n_envs=setup.recipe.n_envs,
            env_kwargs=kwargs,
            options=setup.recipe.options,
            progress=True,
        )
        for mode in MODES:
            scores.after[mode, seed] = evaluated(setup, model, home / f"after-{mode}.json", console, mode)
    return scores


def evaluated(setup: Setup, spec: Any, file: Path, console: Console, mode: str = "greedy") -> Result:
    """Evaluate on held-out examples, or read the result of an earlier call."""
    if file.exists():
        return Result.from_json(json.loads(file.read_text("utf-8")))
    env_id = text_id(setup.recipe.env_id)
    console.print(f"  evaluating {file.stem}")
    agent = textgym.load_agent(
        spec, env_id=env_id, env_kwargs=setup.recipe.env_kwargs, deterministic=mode == "greedy"
    )
    result = textgym.evaluate(
        agent,
        env_id,
        episodes=setup.episodes,
        seed=EVALUATION_SEED,
        env_kwargs=setup.recipe.env_kwargs,
        batch_size=64,
        on_error="raise",
    )
    result.save(file)
    return result


def best_candidate(setup: Setup, file: Path) -> float | None:
    """Mean return of always picking the candidate that the judge likes best; None without candidates."""
    if "-choice-" not in setup.recipe.env_id:
        return None
    if not file.exists():
        env = gym.make(
            setup.recipe.env_id, split="test", **setup.recipe.env_kwargs, **setup.recipe.view_kwargs
        )
        task = cast(TextEnv, env.unwrapped).task
        best = []
        for index in example_indices(
            task, "test", episodes=setup.episodes, seed=EVALUATION_SEED, repeats=False
        ):
            _, info = env.reset(options={"index": index})
            talks = [
                (*info["conversation"], Message(role="assistant", content=c)) for c in info["candidates"]
            ]
            best.append(max(turn.reward for turn in task.judge([(info["example"], talk) for talk in talks])))
        write_whole(file, json.dumps({"mean_return": float(np.mean(best))}))
    return json.loads(file.read_text("utf-8"))["mean_return"]


def rows(setup: Setup, scores: Scores) -> list[list[str]]:
    """The table: score, interval and second metric of each agent; for trained ones the paired gain over the start."""
    table = [
        [
            "agent",
            "reward x 100",
            "95 % interval",
            setup.second_metric,
            "gain over its start",
            setup.second_metric,
        ]
    ]
    table += [[name, *_cells(setup, result), "", ""] for name, result in scores.baselines.items()]
    if scores.bound is not None:
        table.append(["always the best candidate (bound)", f"{100 * scores.bound:.1f}", "", "", "", ""])
    for (mode, seed), after in scores.after.items():
        before = scores.before[mode, seed]
        gains = [_gain(paired_difference(after, before), 100)]
        gains.append(_gain(paired_difference(after, before, metric=setup.second_metric), 1))
        table.append([f"untrained policy, {mode}, seed {seed}", *_cells(setup, before), "", ""])
        table.append([f"PPO, {mode}, seed {seed}", *_cells(setup, after), *gains])
    return table


def show(setup: Setup, table: list[list[str]], console: Console) -> None:
    """Print the table."""
    printed = Table(title=f"{setup.recipe.title}: {setup.episodes} held-out episodes")
    for heading in table[0]:
        printed.add_column(heading, justify="left" if heading == "agent" else "right")
    for row in table[1:]:
        printed.add_row(*row)
    console.print(printed)


def markdown(setup: Setup, table: list[list[str]]) -> str:
    """The table for a page."""
    lines = [f"| {' | '.join(row)} |" for row in table]
    lines.insert(1, "|---|" + "---:|" * (len(table[0]) - 1))
    title = f"{setup.recipe.title} (`{setup.recipe.env_id}`, {setup.episodes} held-out episodes)"
    return "\n".join([title, "", *lines, ""])


def picture(setups: dict[str, Setup], seeds: range, out: Path) -> None:
    """Mean return of the sampled training episodes over environment steps, one panel a setup."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(setups), figsize=(7 * len(setups), 4.5), squeeze=False)
    for panel, (name, setup) in zip(panels[0], setups.items(), strict=True):
        for seed in seeds:
            folder = out / name / f"seed-{seed}"
            line = panel.plot(*learning_curve(folder), label=f"training episodes, sampled, seed {seed}")[0]
            for mode, style in zip(MODES, ("o", "x"), strict=True):
                ends = [
                    json.loads((folder / f"{when}-{mode}.json").read_text("utf-8"))["mean_return"]
                    for when in ("before", "after")
                ]
                label = f"held out, {mode}, seed {seed}"
                panel.plot([0, setup.recipe.timesteps], ends, style, color=line.get_color(), label=label)
        panel.set(title=setup.recipe.title, xlabel="environment steps", ylabel="return")
        panel.legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(out / "learning.png", dpi=110)
    pyplot.close(figure)


def learning_curve(folder: Path) -> tuple[list[int], list[float]]:
    """Environment steps and mean training returns, from the logs of a run."""
    points = {}
    for file in folder.glob("log-*/progress.csv"):
        with file.open(newline="") as lines:
            for row in csv.DictReader(lines):
                points[int(row["time/total_timesteps"])] = float(row["rollout/ep_rew_mean"])
    return sorted(points), [points[step] for step in sorted(points)]


def _cells(setup: Setup, result: Result) -> list[str]:
    low, high = result.interval
    second = result.metric_means[setup.second_metric]
    return [f"{100 * result.mean_return:.1f}", f"{100 * low:.1f} to {100 * high:.1f}", f"{second:.3f}"]


def _gain(difference: Difference, factor: int) -> str:
    digits = 1 if factor == 100 else 3
    low, high = difference.interval
    return (
        f"{factor * difference.mean:+.{digits}f} ({factor * low:+.{digits}f} to {factor * high:+.{digits}f})"
    )


if __name__ == "__main__":
    typer.run(main)
