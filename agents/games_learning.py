"""Trains MaskablePPO on textgym/Negotiation-v0 and textgym/TwentyQuestions-v0, compares it with agents written by hand.

    python agents/games_learning.py --seeds 5 --out runs/games

prints a table for each game and draws learning curves. One seed of one of them is, on the command line,

    textgym train textgym/Negotiation-v0 --algorithm maskable_ppo --timesteps 98304 --seed 0 --option gamma=1.0 \\
        --option n_steps=128 --option batch_size=256 --option learning_rate=0.001 --option ent_coef=0.01 \\
        --out runs/games/Negotiation-0
    textgym evaluate sb3:runs/games/Negotiation-0 textgym/Negotiation-v0 --episodes 500
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

import textgym
from textgym.evaluation.comparison import paired_difference
from textgym.evaluation.records import Result
from textgym.evaluation.statistics import mean_interval

OPTIONS = {"gamma": 1.0, "n_steps": 128, "batch_size": 256, "learning_rate": 0.001, "ent_coef": 0.01}


@dataclass(frozen=True)
class Game:
    """What is compared in a game.

    Args:
        simple: Script of the simple agent by hand.
        strong: Script of the strong one.
        metrics: Columns of the table.
    """

    simple: str
    strong: str
    metrics: tuple[str, ...]


RANDOM = "random_decisions"
GAMES = {
    "Negotiation": Game("negotiation_firm", "negotiation_concession", ("agreement", "own_share", "messages")),
    "TwentyQuestions": Game(
        "twenty_questions_in_order", "twenty_questions_entropy", ("success", "questions", "gain_share")
    ),
}


def main(
    out: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("runs/games"),
    seeds: Annotated[int, typer.Option(min=1)] = 1,
    timesteps: int = 98_304,
    episodes: int = 500,
) -> None:
    """Train, evaluate, print, draw; finished runs are taken as they are."""
    from textgym.algorithms.train import train

    results: dict[str, dict[str, Result]] = {}
    for name, game in GAMES.items():
        env_id, by_hand = f"textgym/{name}-v0", (RANDOM, game.simple, game.strong)
        agents: dict[str, Any] = {agent: str(Path(__file__).parent / f"{agent}.py") for agent in by_hand}
        for seed in range(seeds):
            agents[f"MaskablePPO, seed {seed}"] = train(
                env_id,
                out / f"{name}-{seed}",
                timesteps=timesteps,
                algorithm="maskable_ppo",
                seed=seed,
                options=OPTIONS,
            )
        results[name] = {
            agent: textgym.evaluate(spec, env_id, episodes=episodes, seed=0) for agent, spec in agents.items()
        }
        print(f"{table(game, results[name])}\n")
    draw(results, out)


def table(game: Game, results: Mapping[str, Result]) -> str:
    """The results in Markdown, each trained agent beside those by hand on the same episodes.

    Intervals are over episodes; in the last row, of all trained agents together, over their seeds.
    """
    rivals = (game.simple, game.strong)
    lines = [
        f"| agent | return | {' | '.join(game.metrics)} | over `{rivals[0]}` | over `{rivals[1]}` |",
        f"|---|---|{'---:|' * len(game.metrics)}---|---|",
    ]
    trained = {name: result for name, result in results.items() if name.startswith("MaskablePPO")}
    for name, result in results.items():
        gaps = [paired_difference(result, results[rival]) for rival in rivals if name in trained]
        gains = [_cell(gap.mean, gap.interval, "+") for gap in gaps] or ["", ""]
        label = name if name in trained else f"`{name}`"
        lines.append(_row(label, _cell(result.mean_return, result.interval), [result], game, gains))
    if len(trained) > 1:
        pairs = [
            (record.return_, str(seed)) for seed, run in enumerate(trained.values()) for record in run.records
        ]
        values, groups = zip(*pairs, strict=True)
        cell = _cell(sum(values) / len(values), mean_interval(values, groups))
        label = f"MaskablePPO, mean of {len(trained)} seeds"
        lines.append(_row(label, cell, [*trained.values()], game, ["", ""]))
    return "\n".join(lines)


def _row(label: str, cell: str, runs: Sequence[Result], game: Game, gains: Sequence[str]) -> str:
    means = [sum(run.metric_means[metric] for run in runs) / len(runs) for metric in game.metrics]
    return f"| {' | '.join([label, cell, *(f'{mean:.2f}' for mean in means), *gains])} |"


def _cell(mean: float, interval: tuple[float, float], sign: str = "") -> str:
    low, high = interval
    return f"{mean:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"


def draw(results: Mapping[str, Mapping[str, Result]], out: Path) -> None:
    """Returns of training episodes by environment steps, with held-out returns of the agents by hand."""
    from matplotlib.figure import Figure

    from textgym.algorithms.trained_run import learning_curve

    figure = Figure(figsize=(10, 4), layout="constrained")
    for axes, (name, game) in zip(figure.subplots(1, len(GAMES)), GAMES.items(), strict=True):
        agents = results[name]
        for seed in range(sum(agent.startswith("MaskablePPO") for agent in agents)):
            curve = learning_curve(out / f"{name}-{seed}")
            axes.plot(
                list(curve),
                list(curve.values()),
                color="C0",
                alpha=0.7,
                label=None if seed else "MaskablePPO, each seed",
            )
        for agent, style in zip((RANDOM, game.simple, game.strong), (":", "--", "-."), strict=True):
            axes.axhline(
                agents[agent].mean_return,
                color="black",
                linewidth=0.8,
                linestyle=style,
                label=f"{agent}, held-out",
            )
        axes.set(xlabel="environment steps", ylabel="return of training episodes", title=name)
        axes.legend(loc="lower right", fontsize="small")
    figure.savefig(out / "games.png", dpi=100)


if __name__ == "__main__":
    typer.run(main)
