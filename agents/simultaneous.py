"""Trains MaskablePPO and DQN on textgym/SimultaneousTranslation-v0, compares them with wait-k on held-out sentences.

    python agents/simultaneous.py --seeds 5 --out runs/simultaneous

prints the table and draws learning curves and the front of quality and latency. DQN learns from the vector and, again,
from the features of the language model "tiny". One seed is, on the command line,

    textgym train textgym/SimultaneousTranslation-v0 --algorithm maskable_ppo --timesteps 120000 --n-envs 32 --seed 0 \\
        --set difficulty=1.0 --set text=notes --option gamma=1.0 --option n_steps=128 --option batch_size=512 --option n_epochs=5 \\
        --option learning_rate=0.001 --option ent_coef=0.003 --out runs/simultaneous/maskable_ppo-vector-0
    textgym evaluate sb3:runs/simultaneous/maskable_ppo-vector-0 textgym/SimultaneousTranslation-v0 --set difficulty=1.0 \\
        --episodes 500 --seed 100
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from runpy import run_path
from statistics import fmean
from typing import Annotated, Any

import numpy as np
import typer

import textgym
from textgym.evaluation.comparison import paired_difference
from textgym.evaluation.records import Result
from textgym.evaluation.statistics import mean_interval

ENV_ID = "textgym/SimultaneousTranslation-v0"
# Notes: what models that read text are given; vectors are the same.
ENV = {"difficulty": 1.0, "text": "notes"}


@dataclass(frozen=True)
class Run:
    """How an agent is trained.

    Args:
        algorithm: For `textgym.algorithms.train.train`.
        options: Of the algorithm.
        timesteps: Steps of all environments together.
        env: What the environment is given besides `ENV`.
    """

    algorithm: str
    options: dict[str, Any]
    timesteps: int = 120_000
    env: dict[str, Any] = field(default_factory=dict)


# The reward comes at the end, after some 25 steps: returns of about as many carry it back.
DQN = {
    "gamma": 1.0,
    "n_steps": 32,
    "learning_rate": 0.0005,
    "buffer_size": 20_000,
    "batch_size": 256,
    "train_freq": 4,
    "gradient_steps": 16,
    "learning_starts": 2000,
    "target_update_interval": 500,
    "exploration_fraction": 0.2,
    "exploration_final_eps": 0.02,
}
RUNS = {
    "MaskablePPO": Run(
        "maskable_ppo",
        {
            "gamma": 1.0,
            "n_steps": 128,
            "batch_size": 512,
            "n_epochs": 5,
            "learning_rate": 0.001,
            "ent_coef": 0.003,
        },
    ),
    "DQN": Run("dqn", DQN),
    # What the frozen "tiny" makes of the notes in words, instead of the vector.
    "DQN, language model": Run(
        "dqn",
        DQN | {"learning_rate": 0.00025, "gradient_steps": 8, "policy_kwargs": {"net_arch": [256, 256]}},
        timesteps=60_000,
        env={"observation": "tokens", "context_length": 64},
    ),
}


def main(
    out: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("runs/simultaneous"),
    seeds: Annotated[int, typer.Option(min=1)] = 1,
    timesteps: Annotated[int | None, typer.Option(min=1, help="Instead of each recipe's own.")] = None,
    episodes: int = 500,
) -> None:
    """Train, evaluate, print, draw; finished runs are taken as they are."""
    from textgym.algorithms.train import train

    runs = {
        f"{name}, seed {seed}": (
            run,
            seed,
            out / f"{run.algorithm}-{run.env.get('observation', 'vector')}-{seed}",
        )
        for name, run in RUNS.items()
        for seed in range(seeds)
    }
    results: dict[str, Result] = {}
    wait_k = run_path(str(Path(__file__).parent / "wait_k.py"))
    agents = {f"wait-{k}": wait_k["wait_k"](k) for k in range(1, 9)} | {"offline": wait_k["offline"]()}
    for name, (run, seed, folder) in runs.items():
        agents[name] = train(
            ENV_ID,
            folder,
            timesteps=timesteps or run.timesteps,
            algorithm=run.algorithm,
            seed=seed,
            n_envs=32,
            env_kwargs=ENV | run.env,
            options=run.options,
        )
    for name, agent in agents.items():
        results[name] = textgym.evaluate(agent, ENV_ID, episodes=episodes, seed=100, env_kwargs=ENV)
    print(table(results))
    draw(results, {name: folder for name, (_, _, folder) in runs.items()}, out / "simultaneous.png")


def table(results: Mapping[str, Result]) -> str:
    """The results in Markdown, each trained agent beside the best wait-k on the same sentences and beside all of them.

    Intervals are over groups of sentences, those of the last lines over seeds.
    """
    best = max((n for n in results if n.startswith("wait")), key=lambda n: results[n].mean_return)
    front = [result for name, result in results.items() if name.startswith(("wait", "offline"))]
    lines = [
        f"| agent | reward x 100 | 95 % interval | chrF | BLEU | AL | DAL | AP | over {best} | chrF over wait-k at the "
        "same DAL | at the same AL |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    over: dict[str, list[list[float]]] = {}
    for name, result in results.items():
        low, high = result.interval
        means = result.metric_means
        metrics = " | ".join(
            f"{means[m]:.{2 if m == 'ap' else 1}f}" for m in ("chrf", "bleu", "al", "dal", "ap")
        )
        gains = [""] * 3
        if result not in front:
            gap = paired_difference(result, results[best])
            above = [over_front(result, front, lagging) for lagging in ("dal", "al")]
            points = [(100 * gap.mean, [100 * end for end in gap.interval]), *above]
            gains = [_gain(*point) for point in points]
            over.setdefault(name.rpartition(", seed ")[0], []).append([mean for mean, _ in points])
        reward = f"{100 * result.mean_return:.1f} | {100 * low:.1f} to {100 * high:.1f}"
        lines.append(f"| {name} | {reward} | {metrics} | {' | '.join(gains)} |")
    for name, seeds in over.items():
        if len(seeds) > 1:
            columns = zip(*seeds, strict=True)
            gains = [_gain(fmean(c), mean_interval(c, [str(i) for i in range(len(c))])) for c in columns]
            lines.append(f"| {name}, mean of {len(seeds)} seeds |{' |' * 7} {' | '.join(gains)} |")
    return "\n".join(lines)


def _gain(mean: float, interval: Sequence[float]) -> str:
    return f"{mean:+.1f} ({interval[0]:+.1f} to {interval[1]:+.1f})"


def over_front(
    result: Result, front: Sequence[Result], lagging: str = "dal"
) -> tuple[float, tuple[float, float]]:
    """chrF of an agent less that of baselines at the same lagging, and its 95 % interval.

    Between two neighbours the front is a line: what one gets who plays the one in some episodes and the other in the
    rest. The interval holds the uncertainty of the lagging too, to first order.

    Args:
        result: Of the agent.
        front: Results on the same episodes, of ascending lagging.
        lagging: Metric of the latency.
    """
    agent, *points = (_metrics(r, lagging) for r in (result, *front))
    # An agent that is faster or slower than all is held to the outermost one.
    inside = [pair for pair in pairwise(points) if pair[1][1].mean() >= agent[1].mean()]
    before, after = inside[0] if inside else points[-2:]
    step = after - before
    slope, share = step[0].mean() / step[1].mean(), (agent - before)[1].mean() / step[1].mean()
    if not 0.0 <= share <= 1.0:
        slope, share = 0.0, min(max(share, 0.0), 1.0)
    chrf, lag = agent - before - share * step
    # The gaps in lagging have the mean 0; their spread is that of the place on the line.
    values = (chrf - slope * lag).tolist()
    return fmean(values), mean_interval(values, [record.group for record in result.records])


def _metrics(result: Result, lagging: str) -> np.ndarray:
    """chrF and lagging of each episode, (2, episodes)."""
    return np.array([[record.metrics[name] for record in result.records] for name in ("chrf", lagging)])


def draw(results: Mapping[str, Result], runs: Mapping[str, Path], path: Path) -> None:
    """Learning curves, and chrF over Differentiable Average Lagging."""
    from matplotlib.figure import Figure

    from textgym.algorithms.trained_run import learning_curve

    figure = Figure(figsize=(10, 4), layout="constrained")
    curve, front = figure.subplots(1, 2)
    kinds = {name: name.rpartition(", seed ")[0] for name in runs}
    colors = dict(zip(RUNS, ("C0", "C3", "C4"), strict=True))
    for name, folder in runs.items():
        returns = learning_curve(folder)
        curve.plot(list(returns), list(returns.values()), color=colors[kinds[name]], alpha=0.7)
    waits = [name for name in results if name.startswith("wait")]
    best = max(waits, key=lambda name: results[name].mean_return)
    curve.axhline(results[best].mean_return, color="C1", linestyle="--", label=f"{best}, held-out")
    curve.axhline(results["offline"].mean_return, color="C2", linestyle=":", label="offline, held-out")
    curve.set(xlabel="environment steps", ylabel="return of training episodes", title="each seed")
    curve.legend()
    for names, color, label in (
        (waits, "C1", "wait-1 to wait-8"),
        *(([n for n in runs if kinds[n] == kind], colors[kind], f"{kind}, each seed") for kind in RUNS),
    ):
        points = [(results[n].metric_means["dal"], results[n].metric_means["chrf"]) for n in names]
        style = {"linestyle": "-"} if names is waits else {"linestyle": ""}
        front.plot(*zip(*points, strict=True), marker="o", color=color, label=label, **style)
    front.set(
        xlabel="Differentiable Average Lagging, source words", ylabel="chrF", title="held-out sentences"
    )
    front.legend()
    figure.savefig(path, dpi=100)


if __name__ == "__main__":
    typer.run(main)
