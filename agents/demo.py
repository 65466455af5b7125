"""The main job: train PPO agents with a language model inside and set their scores beside the other agents here.

    python agents/demo.py --out runs/demo                 one seed, a few minutes
    python agents/demo.py --seeds 3 --out runs/seeds      the table of the README

Two agents are trained: one picks among retrieved candidates for real sentences (choice view), one writes
translations of generated sentences token by token (token view). Each is evaluated on held-out examples before
and after training, greedy and sampled. Every finished step leaves a file in the folder, so a demo that was
stopped goes on where it was; a training that was stopped goes on from its last checkpoint.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import gymnasium as gym
import matplotlib
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

import textgym
from textgym.algorithms.train import build_model, train
from textgym.evaluation import Result, paired_difference
from textgym.evaluation.example_order import example_indices
from textgym.registration import text_id

AGENTS = Path(__file__).parent
EVALUATION_SEED = 1


@dataclass(frozen=True)
class Setup:
    """One PPO agent and what it is compared with.

    Args:
        name: Folder and row name.
        title: What is learned, for people.
        env_id: The view it is trained on.
        env_kwargs: Arguments of the text environment.
        view_kwargs: Arguments of the view.
        timesteps: Environment steps of the training; the number of episodes is fixed by them.
        episodes: Held-out episodes.
        options: Arguments of PPO.
        n_envs: Parallel environments.
        second_metric: A metric that is not the reward and must not fall.
        baselines: Specs for `textgym.load_agent` and the names they get.
    """

    name: str
    title: str
    env_id: str
    env_kwargs: dict[str, Any]
    view_kwargs: dict[str, Any]
    timesteps: int
    episodes: int
    options: dict[str, Any]
    n_envs: int
    second_metric: str
    baselines: dict[str, str]


SETUPS = (
    Setup(
        name="docstrings",
        title="real sentences: pick the docstring line of a standard library function",
        env_id="textgym/Summarization-choice-v0",
        env_kwargs={"source": "stdlib"},
        view_kwargs={"proposer": "retrieval", "context_length": 1024},
        timesteps=4096,
        episodes=500,
        options={
            "n_steps": 16,
            "batch_size": 64,
            "n_epochs": 2,
            "learning_rate": 3e-4,
            "gamma": 1.0,
            "gae_lambda": 1.0,
        },
        n_envs=16,
        second_metric="rouge2",
        baselines={
            "random words": "random_words.py",
            "copy the source": "copy_source.py",
            "retrieval's first candidate": "retrieval.py",
            "tiny, zero-shot": "hf:tiny",
        },
    ),
    Setup(
        name="sentences",
        title="generated sentences: write the German translation token by token",
        env_id="textgym/Translation-tokens-v0",
        env_kwargs={"source": "generated", "difficulty": 0.3},
        view_kwargs={"max_new_tokens": 40, "context_length": 128},
        timesteps=40_000,
        episodes=500,
        options={
            "n_steps": 64,
            "batch_size": 256,
            "n_epochs": 2,
            "learning_rate": 1e-4,
            "gamma": 1.0,
            "gae_lambda": 1.0,
        },
        n_envs=32,
        second_metric="exact",
        baselines={
            "random words": "random_words.py",
            "copy the source": "copy_source.py",
            "retrieval": "retrieval.py",
        },
    ),
)


def main(
    out: Annotated[Path, typer.Option(help="Folder for results, models, table and picture.")] = Path(
        "runs/demo"
    ),
    seeds: Annotated[int, typer.Option(help="Number of training seeds.", min=1)] = 1,
    only: Annotated[str, typer.Option(help="Run one setup: docstrings or sentences.")] = "",
) -> None:
    """Train, evaluate, print the table, write the picture."""
    console = Console(width=120)
    chosen = [setup for setup in SETUPS if only in ("", setup.name)]
    if not chosen:
        raise typer.BadParameter(f"unknown setup {only!r}; choose one of {', '.join(s.name for s in SETUPS)}")
    tables = []
    try:
        for setup in chosen:
            results = run(setup, range(seeds), out / setup.name, console)
            tables.append(table(setup, results, range(seeds)))
    except KeyboardInterrupt:
        console.print(f"\nStopped. Finished steps are kept in {out}; the same command goes on from there.")
        raise typer.Exit(130) from None
    for one in tables:
        console.print(one)
    picture(chosen, range(seeds), out)
    console.print(f"Picture: {out / 'learning.png'}")


def run(setup: Setup, seeds: range, folder: Path, console: Console) -> dict[str, Result | float]:
    """Every result of a setup by name; what is already in the folder is read back."""
    console.print(f"[bold]{setup.title}[/bold]  ({setup.env_id})")
    results: dict[str, Result | float] = {}
    for name, spec in setup.baselines.items():
        path = spec if spec.startswith("hf:") else str(AGENTS / spec)
        results[name] = evaluated(setup, path, folder / f"{name}.json", console)
    if "-choice-" in setup.env_id:
        results["best candidate (upper bound)"] = best_candidate(setup, folder / "best-candidate.json")
    for seed in seeds:
        home = folder / f"seed-{seed}"
        kwargs = {**setup.env_kwargs, **setup.view_kwargs}
        start = build_model(setup.env_id, seed=seed, env_kwargs=kwargs, options=setup.options)
        for mode in ("greedy", "sampled"):
            results[f"before, {mode}, {seed}"] = evaluated(
                setup, start, home / f"before-{mode}.json", console, mode
            )
        model = train(
            setup.env_id,
            home,
            timesteps=setup.timesteps,
            seed=seed,
            n_envs=setup.n_envs,
            env_kwargs=kwargs,
            options=setup.options,
            progress=True,
        )
        for mode in ("greedy", "sampled"):
            results[f"after, {mode}, {seed}"] = evaluated(
                setup, model, home / f"after-{mode}.json", console, mode
            )
    return results


def evaluated(setup: Setup, spec: Any, file: Path, console: Console, mode: str = "greedy") -> Result:
    """Evaluate on held-out examples, or read the result of an earlier call."""
    if file.exists():
        return Result.from_json(json.loads(file.read_text("utf-8")))
    env_id = text_id(setup.env_id)
    console.print(f"  evaluating {file.stem}")
    agent = textgym.load_agent(
        spec, env_id=env_id, env_kwargs=setup.env_kwargs, deterministic=mode == "greedy"
    )
    result = textgym.evaluate(
        agent,
        env_id,
        episodes=setup.episodes,
        seed=EVALUATION_SEED,
        env_kwargs=setup.env_kwargs,
        batch_size=64,
        on_error="raise",
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    result.save(file)
    return result


def best_candidate(setup: Setup, file: Path) -> float:
    """Mean return of an agent that always finds the best candidate, which only the judge can."""
    if file.exists():
        return json.loads(file.read_text("utf-8"))["mean_return"]
    env = gym.make(setup.env_id, split="test", **setup.env_kwargs, **setup.view_kwargs)
    task = env.unwrapped.task
    best = []
    for index in example_indices(task, "test", episodes=setup.episodes, seed=EVALUATION_SEED, repeats=False):
        _, info = env.reset(options={"index": index})
        replies = [(*info["conversation"], {"role": "assistant", "content": c}) for c in info["candidates"]]
        best.append(max(turn.reward for turn in task.judge([(info["example"], r) for r in replies])))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"mean_return": float(np.mean(best))}), "utf-8")
    return float(np.mean(best))


def table(setup: Setup, results: dict[str, Result | float], seeds: range) -> Table:
    """Scores with intervals, and the paired gain of each trained agent over its own start."""
    rows = Table(title=f"{setup.title}: {setup.episodes} held-out episodes")
    for heading in ("agent", "reward x 100", "95 % interval", setup.second_metric, "gain over its start"):
        rows.add_column(heading, justify="left" if heading == "agent" else "right")
    for name, result in results.items():
        if isinstance(result, float):
            rows.add_row(name, f"{100 * result:.1f}", "", "", "")
            continue
        low, high = result.interval
        second = f"{result.metric_means[setup.second_metric]:.3f}"
        gain = ""
        if name.startswith("after"):
            start = results[name.replace("after", "before")]
            assert isinstance(start, Result)
            difference = paired_difference(result, start)
            gain = (
                f"{100 * difference.mean:+.1f} [{100 * difference.interval[0]:+.1f}, "
                f"{100 * difference.interval[1]:+.1f}]"
            )
        label = f"PPO, {name.rpartition(',')[0]} (seed {name.rpartition(' ')[2]})" if "," in name else name
        label = name if name in setup.baselines else label
        rows.add_row(
            label, f"{100 * result.mean_return:.1f}", f"{100 * low:.1f} - {100 * high:.1f}", second, gain
        )
    return rows


def picture(setups: list[Setup], seeds: range, out: Path) -> None:
    """Mean return of the sampled training episodes over environment steps, one panel a setup."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(setups), figsize=(6 * len(setups), 4), squeeze=False)
    for panel, setup in zip(panels[0], setups, strict=True):
        for seed in seeds:
            folder = out / setup.name / f"seed-{seed}"
            steps, means = learning_curve(folder)
            line = panel.plot(steps, means, label=f"training, sampled (seed {seed})")[0]
            for mode, style in (("greedy", "o"), ("sampled", "x")):
                scores = [
                    Result.from_json(
                        json.loads((folder / f"{when}-{mode}.json").read_text("utf-8"))
                    ).mean_return
                    for when in ("before", "after")
                ]
                panel.plot(
                    [0, setup.timesteps], scores, style, color=line.get_color(), label=f"held out, {mode}"
                )
        panel.set(title=setup.title, xlabel="environment steps", ylabel="return")
        panel.legend()
    figure.tight_layout()
    figure.savefig(out / "learning.png", dpi=110)
    pyplot.close(figure)


def learning_curve(folder: Path) -> tuple[list[int], list[float]]:
    """Environment steps and mean training returns, from the logs of a run."""
    points = {}
    for file in sorted(folder.glob("log-*/progress.csv")):
        rows = np.genfromtxt(file, delimiter=",", names=True)
        for row in np.atleast_1d(rows):
            points[int(row["timetotal_timesteps"])] = float(row["rolloutep_rew_mean"])
    return sorted(points), [points[step] for step in sorted(points)]


if __name__ == "__main__":
    typer.run(main)
