"""Trains MaskablePPO with a policy per action on textgym/CodeGrammar-v0 and compares it with the agents written by hand.

    python agents/code_grammar_learning.py --seeds 5 --out runs/code-grammar

prints a table for each difficulty of held-out functions and draws the learning curves. Training is at a difficulty of
its own, for more functions. One seed is, on the command line,

    textgym train textgym/CodeGrammar-v0 --algorithm maskable_ppo --timesteps 196608 --n-envs 32 --seed 0 \\
        --set difficulty=0.25 --option policy=per_action --option gamma=1.0 --option n_steps=64 --option batch_size=256 \\
        --option n_epochs=10 --option learning_rate=0.002 --option ent_coef=0.01 --out runs/code-grammar/seed-0
    textgym evaluate sb3:runs/code-grammar/seed-0 textgym/CodeGrammar-v0 --set difficulty=0.0 --episodes 500 --seed 100

`best_fact` takes at each step the legal production with the largest share in the vector, which is what the observation is
worth without learning.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from runpy import run_path
from typing import Annotated, Any

import numpy as np
import typer

import textgym
from textgym import Request
from textgym.data.expressions.grammar import PRODUCTIONS
from textgym.evaluation.comparison import paired_difference
from textgym.evaluation.records import Result
from textgym.tasks.code.grammar_task import PRODUCTION_FEATURES

ENV_ID = "textgym/CodeGrammar-v0"
TRAINED_AT = 0.25
OPTIONS = {
    "policy": "per_action",
    "gamma": 1.0,
    "n_steps": 64,
    "batch_size": 256,
    "n_epochs": 10,
    "learning_rate": 0.002,
    "ent_coef": 0.01,
}
SIMPLE = "code_grammar_smallest"
UNLEARNED = "best_fact"
BY_HAND = ("random_decisions", SIMPLE, "code_grammar_search")


class BestFact:
    """Takes the legal production with the largest share, at random among equals."""

    def act(self, observations: np.ndarray, masks: np.ndarray, requests: Sequence[Request]) -> list[int]:
        features = len(PRODUCTION_FEATURES)
        tables = observations[:, -len(PRODUCTIONS) * features :].reshape(len(observations), -1, features)
        shares = np.where(masks, tables[:, :, PRODUCTION_FEATURES.index("share")], -1)
        return [
            int(np.random.default_rng((request.seed, request.turn)).choice(np.flatnonzero(row == row.max())))
            for row, request in zip(shares, requests, strict=True)
        ]


def main(
    out: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("runs/code-grammar"),
    seeds: Annotated[int, typer.Option(min=1)] = 1,
    timesteps: int = 196_608,
    episodes: int = 500,
    difficulty: Annotated[list[float] | None, typer.Option(help="Of the evaluation; 0 by default.")] = None,
) -> None:
    """Train, evaluate, print, draw; finished runs are taken as they are."""
    runs = {f"MaskablePPO, seed {seed}": out / f"seed-{seed}" for seed in range(seeds)}
    here = Path(__file__).parent
    agents: dict[str, Any] = {name: run_path(str(here / f"{name}.py"))["make_agent"]() for name in BY_HAND}
    agents[UNLEARNED] = BestFact()
    for seed, (name, folder) in enumerate(runs.items()):
        agents[name] = _trained(folder, seed, timesteps)
    for level in difficulty or [0.0]:
        results = {
            name: textgym.evaluate(
                agent, ENV_ID, episodes=episodes, seed=100, env_kwargs={"difficulty": level}
            )
            for name, agent in agents.items()
        }
        functions = {record.group for record in results[SIMPLE].records}
        print(f"Difficulty {level}, {len(functions)} functions:\n\n{table(results)}\n")
    draw(list(runs.values()), out / "code_grammar.png")


def table(results: Mapping[str, Result]) -> str:
    """The results in Markdown, each agent beside `code_grammar_smallest` and `best_fact` on the same functions."""
    lines = [
        f"| agent | return | 95 % interval | passed | over {SIMPLE} | over {UNLEARNED} |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, result in results.items():
        low, high = result.interval
        gains = " | ".join(
            _gain(result, results[other]) if other != name else "" for other in (SIMPLE, UNLEARNED)
        )
        passed = result.metric_means["passed"]
        lines.append(
            f"| {name} | {result.mean_return:.3f} | {low:.3f} to {high:.3f} | {passed:.2f} | {gains} |"
        )
    return "\n".join(lines)


def _gain(result: Result, other: Result) -> str:
    gap = paired_difference(result, other)
    return f"{gap.mean:+.3f} ({gap.interval[0]:+.3f} to {gap.interval[1]:+.3f})"


def draw(runs: Sequence[Path], path: Path) -> None:
    """Learning curves."""
    from matplotlib.figure import Figure

    from textgym.algorithms.trained_run import learning_curve

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for folder in runs:
        returns = learning_curve(folder)
        axes.plot(list(returns), list(returns.values()), color="C0", alpha=0.7)
    axes.set(
        xlabel="environment steps",
        ylabel="return of training episodes",
        title=f"MaskablePPO, policy per action, difficulty {TRAINED_AT}, each seed",
    )
    figure.savefig(path, dpi=100)


def _trained(folder: Path, seed: int, timesteps: int) -> Any:
    from textgym.algorithms.train import train

    return train(
        ENV_ID,
        folder,
        timesteps=timesteps,
        algorithm="maskable_ppo",
        seed=seed,
        n_envs=32,
        env_kwargs={"difficulty": TRAINED_AT},
        options=OPTIONS,
    )


if __name__ == "__main__":
    typer.run(main)
