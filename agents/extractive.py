"""Trains MaskablePPO with a pointer policy on textgym/ExtractiveSummarization-v0 and compares it with lead-k.

    python agents/extractive.py --seeds 5 --out runs/extractive

prints the table and draws the learning curves. One seed is, on the command line,

    textgym train textgym/ExtractiveSummarization-v0 --algorithm maskable_ppo --timesteps 32768 --n-envs 32 --seed 0 \\
        --option policy=pointer --option gamma=1.0 --option n_steps=128 --option batch_size=512 --option n_epochs=5 \\
        --option learning_rate=0.001 --option ent_coef=0.003 --out runs/extractive/seed-0
    textgym evaluate sb3:runs/extractive/seed-0 textgym/ExtractiveSummarization-v0 --episodes 500 --seed 100
"""

from collections.abc import Mapping
from pathlib import Path
from runpy import run_path
from typing import Annotated, Any

import typer

import textgym
from textgym.evaluation.comparison import paired_difference
from textgym.evaluation.records import Result

ENV_ID = "textgym/ExtractiveSummarization-v0"
OPTIONS = {
    "policy": "pointer",
    "gamma": 1.0,
    "n_steps": 128,
    "batch_size": 512,
    "n_epochs": 5,
    "learning_rate": 0.001,
    "ent_coef": 0.003,
}
MLP = "MaskablePPO, MlpPolicy, seed 0"
BOUND = "greedy_oracle (bound)"


def main(
    out: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("runs/extractive"),
    seeds: Annotated[int, typer.Option(min=1)] = 1,
    timesteps: int = 32_768,
    episodes: int = 500,
    source: Annotated[str, typer.Option(help="generated, or a finite source.")] = "generated",
    max_sentences: Annotated[int, typer.Option(min=1)] = 16,
) -> None:
    """Train, evaluate, print, draw; finished runs are taken as they are."""
    env = {"source": source, "max_sentences": max_sentences}
    pointers = {f"MaskablePPO, pointer, seed {seed}": out / f"seed-{seed}" for seed in range(seeds)}
    agents = _baselines(env)
    for seed, (name, folder) in enumerate(pointers.items()):
        agents[name] = _trained(folder, seed, timesteps, env, OPTIONS)
    mlp = {name: value for name, value in OPTIONS.items() if name != "policy"}
    agents[MLP] = _trained(out / "mlp-0", 0, timesteps, env, mlp)
    results = {
        name: textgym.evaluate(agent, ENV_ID, episodes=episodes, seed=100, env_kwargs=env)
        for name, agent in agents.items()
    }
    print(table(results))
    draw(results, {**pointers, MLP: out / "mlp-0"}, out / "extractive.png")


def table(results: Mapping[str, Result]) -> str:
    """The results in Markdown, each trained agent beside the best lead-k on the same texts."""
    best = best_lead(results)
    recalls = "fact_recall" in results[best].metric_means
    metrics = ("rouge1", "rouge2", *(["fact_recall"] if recalls else []), "sentences")
    lines = [
        f"| agent | return x 100 | 95 % interval | {' | '.join(metrics)} | over {best} |",
        "|---|---:|---:|" + "---:|" * (len(metrics) + 1),
    ]
    for name, result in results.items():
        low, high = result.interval
        means = " | ".join(f"{result.metric_means[metric]:.2f}" for metric in metrics)
        gain = ""
        if name.startswith("MaskablePPO"):
            gap = paired_difference(result, results[best])
            gain = f"{100 * gap.mean:+.1f} ({100 * gap.interval[0]:+.1f} to {100 * gap.interval[1]:+.1f})"
        interval = f"{100 * low:.1f} to {100 * high:.1f}"
        lines.append(f"| {name} | {100 * result.mean_return:.1f} | {interval} | {means} | {gain} |")
    return "\n".join(lines)


def best_lead(results: Mapping[str, Result]) -> str:
    """Name of the lead-k with the highest return."""
    return max((n for n in results if n.startswith("lead")), key=lambda n: results[n].mean_return)


def draw(results: Mapping[str, Result], runs: Mapping[str, Path], path: Path) -> None:
    """Learning curves, with held-out returns of the best lead-k and of the bound."""
    from matplotlib.figure import Figure

    from textgym.algorithms.trained_run import learning_curve

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for name, folder in runs.items():
        returns = learning_curve(folder)
        label = {MLP: "MlpPolicy, seed 0", next(iter(runs)): "pointer, each seed"}.get(name)
        color = "C3" if name == MLP else "C0"
        axes.plot(list(returns), list(returns.values()), color=color, alpha=0.7, label=label)
    best = best_lead(results)
    axes.axhline(results[best].mean_return, color="C1", linestyle="--", label=f"{best}, held-out")
    axes.axhline(results[BOUND].mean_return, color="C2", linestyle=":", label=f"{BOUND}, held-out")
    axes.set(xlabel="environment steps", ylabel="return of training episodes", title="MaskablePPO")
    axes.legend()
    figure.savefig(path, dpi=100)


def _baselines(env: Mapping[str, Any]) -> dict[str, Any]:
    here = Path(__file__).parent
    make_lead = run_path(str(here / "lead.py"))["make_lead"]
    return {
        **{f"lead-{k}": make_lead(k) for k in (1, 2, 3)},
        "lead, as many as fit": make_lead(),
        "text_rank": run_path(str(here / "text_rank.py"))["make_agent"](),
        BOUND: run_path(str(here / "greedy_oracle.py"))["make_agent"](ENV_ID, env),
    }


def _trained(
    folder: Path, seed: int, timesteps: int, env: Mapping[str, Any], options: Mapping[str, Any]
) -> Any:
    from textgym.algorithms.train import train

    return train(
        ENV_ID,
        folder,
        timesteps=timesteps,
        algorithm="maskable_ppo",
        seed=seed,
        n_envs=32,
        env_kwargs=env,
        options=options,
    )


if __name__ == "__main__":
    typer.run(main)
