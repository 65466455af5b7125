"""Trains four algorithms on easy goals of textgym/DialogueActs-v0 and compares them with the agents written by hand.

    python agents/dialogue_acts_learning.py --seeds 5 --out runs/dialogue-acts

prints the table and draws learning curves. One seed of one of them is, on the command line,

    textgym train textgym/DialogueActs-v0 --algorithm maskable_dqn --timesteps 20000 --set difficulty=0.0 --seed 0 \\
        --option gamma=0.95 --option learning_rate=0.001 --option buffer_size=50000 --option batch_size=64 \\
        --option train_freq=1 --option gradient_steps=4 --option learning_starts=1000 \\
        --option target_update_interval=500 --option exploration_fraction=0.5 --out runs/dialogue-acts/maskable_dqn-0
    textgym evaluate sb3:runs/dialogue-acts/maskable_dqn-0 textgym/DialogueActs-v0 --set difficulty=0.0 --episodes 500
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import textgym
from textgym.evaluation.records import Result
from textgym.evaluation.statistics import mean_interval

ENV_ID = "textgym/DialogueActs-v0"
EASY = {"difficulty": 0.0}
_DQN = {
    "gamma": 0.95,
    "learning_rate": 0.001,
    "buffer_size": 50_000,
    "batch_size": 64,
    "train_freq": 1,
    "gradient_steps": 4,
    "learning_starts": 1000,
    "target_update_interval": 500,
    "exploration_fraction": 0.5,
}
_PPO = {"gamma": 1.0, "n_steps": 128, "batch_size": 256, "learning_rate": 0.001, "ent_coef": 0.01}
_TABLE = {"gamma": 1.0, "learning_rate": 1.0, "visit_decay": 0.6}
LEARNERS: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "maskable_dqn": (EASY, _DQN),
    "maskable_ppo": (EASY, _PPO),
    "dqn": (EASY, _DQN),
    "q_learning": ({**EASY, "belief": "summary"}, _TABLE),
}
"""Arguments of the environment and of each algorithm."""
_POINTS = 20
"""Points of a learning curve, at most."""
BY_HAND = ("random_decisions", "dialogue_acts_form", "dialogue_acts_policy")


def main(
    out: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("runs/dialogue-acts"),
    seeds: Annotated[int, typer.Option(min=1)] = 1,
    timesteps: int = 20_000,
    episodes: int = 500,
    learner: Annotated[list[str] | None, typer.Option(help="Algorithms to train, all by default.")] = None,
) -> None:
    """Train, evaluate, print, draw; finished runs are taken as they are."""
    from textgym.algorithms.train import train

    results: dict[str, list[Result]] = {
        name: [_evaluate(str(Path(__file__).parent / f"{name}.py"), EASY, episodes)] for name in BY_HAND
    }
    for algorithm in learner or LEARNERS:
        env, options = LEARNERS[algorithm]
        results[algorithm] = []
        for seed in range(seeds):
            folder = out / f"{algorithm}-{seed}"
            model = train(
                ENV_ID,
                folder,
                timesteps=timesteps,
                algorithm=algorithm,
                seed=seed,
                env_kwargs=env,
                options=options,
            )
            results[algorithm].append(_evaluate(model, env, episodes))
            print(f"{algorithm}, seed {seed}: success {results[algorithm][-1].metric_means['success']:.3f}")
    print(table(results))
    draw(results, out, seeds)


def table(results: Mapping[str, Sequence[Result]]) -> str:
    """The results in Markdown; intervals of learners are over their seeds, of the others over episodes."""
    lines = ["| agent | return | success | success of each seed |", "|---|---|---|---|"]
    for name, runs in results.items():
        records = [(record, str(seed)) for seed, run in enumerate(runs) for record in run.records]
        groups = [seed if len(runs) > 1 else record.group for record, seed in records]
        cells = []
        for values in ([r.return_ for r, _ in records], [r.metrics.get("success", 0.0) for r, _ in records]):
            low, high = mean_interval(values, groups)
            cells.append(f"{sum(values) / len(values):.3f} [{low:.3f}, {high:.3f}]")
        each = " ".join(f"{run.metric_means['success']:.3f}" for run in runs) if name in LEARNERS else ""
        lines.append(f"| `{name}` | {' | '.join(cells)} | {each} |")
    return "\n".join(lines)


def draw(results: Mapping[str, Sequence[Result]], out: Path, seeds: int) -> None:
    """Success of training episodes by environment steps."""
    from matplotlib.figure import Figure

    from textgym.algorithms.trained_run import learning_curve

    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    for number, algorithm in enumerate(name for name in results if name in LEARNERS):
        for seed in range(seeds):
            curve = learning_curve(out / f"{algorithm}-{seed}", "metrics/success")
            if not curve:  # a run too short for a line of its log
                continue
            steps, success = np.array(list(curve)), np.array(list(curve.values()))
            # DQN logs every four episodes, PPO once a rollout.
            bins = steps // (steps[-1] // _POINTS + 1)
            points = [(steps[bins == b].mean(), success[bins == b].mean()) for b in np.unique(bins)]
            axes.plot(
                *zip(*points, strict=True), color=f"C{number}", alpha=0.7, label=None if seed else algorithm
            )
    for name, style in zip(BY_HAND, (":", "--", "-."), strict=True):
        level = results[name][0].metric_means["success"]
        axes.axhline(level, color="black", linewidth=0.8, linestyle=style, label=f"{name}, held-out")
    axes.set(xlabel="environment steps", ylabel="success of training episodes", title="easy goals, each seed")
    axes.legend(loc="lower right", fontsize="small")
    figure.savefig(out / "dialogue_acts.png", dpi=100)


def _evaluate(agent: Any, env: Mapping[str, Any], episodes: int) -> Result:
    return textgym.evaluate(agent, ENV_ID, episodes=episodes, seed=0, env_kwargs=env)


if __name__ == "__main__":
    typer.run(main)
