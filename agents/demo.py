"""The main job: train a PPO agent with a language model inside and set its score beside the other agents here.

    python agents/demo.py --out runs/demo                 one seed, a few minutes
    python agents/demo.py --seeds 3 --out runs/seeds      the table of the README
    python agents/demo.py --split validation --out runs/tuning      what a change of a recipe is judged by

One agent picks among retrieved candidates for real sentences (choice view), another writes translations of such
sentences token by token (token view). They are evaluated on held-out examples before and after training, greedy and
sampled. Every finished step leaves a file in the folder, so a demo that was stopped goes on where it was; a training
that was stopped goes on from its last checkpoint.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, cast

import gymnasium as gym
import numpy as np
import typer
from demo_report import MODES, Scores, markdown, picture, rows, show
from ppo import RECIPES, Recipe
from rich.console import Console

import textgym
from textgym.algorithms.train import build_model, train
from textgym.data.base import SPLITS, Split
from textgym.envs.text_env import TextEnv
from textgym.evaluation import Result
from textgym.evaluation.example_order import example_indices
from textgym.evaluation.whole_file import write_whole
from textgym.protocols import Message
from textgym.registration import text_id
from textgym.tasks.base import Task
from textgym.tokenization import TINY_FOLDER

AGENTS = Path(__file__).parent
EVALUATION_SEED = 1


@dataclass(frozen=True)
class Setup:
    """One PPO agent and what it is compared with.

    Args:
        recipe: How it is trained, from `ppo.py`.
        second_metric: A metric that is not the reward and must not fall.
        baselines: Specs for `textgym.load_agent`, by the names they get; a file is one of this folder.
        rival: The baseline that the trained agent is compared with, episode by episode.
        episodes: Held-out episodes.
        split: Where they come from.
    """

    recipe: Recipe
    second_metric: str
    baselines: dict[str, str]
    rival: str
    episodes: int = 500
    split: Split = "test"


COMMON = {"random words": "random_words.py", "copy the source": "copy_source.py"}
SETUPS = {
    "choice": Setup(
        RECIPES["choice"],
        second_metric="bleu",
        baselines={
            **COMMON,
            "tiny, writes freely": "hf:tiny",
            "retrieval": "retrieval.py",
        },
        rival="retrieval",
    ),
    "tokens": Setup(
        RECIPES["tokens"],
        second_metric="bleu",
        baselines={**COMMON, "retrieval": "retrieval.py"},
        rival="retrieval",
    ),
}


def main(
    out: Annotated[Path, typer.Option(help="Folder for results, models, table and picture.")] = Path(
        "runs/demo"
    ),
    seeds: Annotated[int, typer.Option(help="Number of training seeds.", min=1)] = 1,
    only: Annotated[str, typer.Option(help="Run one setup by its name.")] = "",
    split: Annotated[str, typer.Option(help="Split of the held-out examples.")] = "test",
) -> None:
    """Train, evaluate, print the table, write the picture."""
    console = Console(width=140)
    if split not in SPLITS:
        raise typer.BadParameter(f"unknown split {split!r}; choose one of {', '.join(SPLITS)}")
    chosen = {name: held_out_from(setup, split) for name, setup in SETUPS.items() if only in ("", name)}
    if not chosen:
        raise typer.BadParameter(f"unknown setup {only!r}; choose one of {', '.join(SETUPS)}")
    try:
        found = [run(setup, range(seeds), out / name, console) for name, setup in chosen.items()]
    except KeyboardInterrupt:
        console.print(f"\nStopped. Finished steps are kept in {out}; the same command goes on from there.")
        raise typer.Exit(130) from None
    tables = [rows(scores) for scores in found]
    for scores, table in zip(found, tables, strict=True):
        show(scores, table, console)
    write_whole(out / "table.md", "\n".join(markdown(s, t) for s, t in zip(found, tables, strict=True)))
    picture(found, out / "learning.png")
    console.print(f"Table: {out / 'table.md'}   picture: {out / 'learning.png'}")


def held_out_from(setup: Setup, split: Split) -> Setup:
    """The setup with held-out episodes from a split, all of its examples if there are fewer."""
    task = task_of(setup.recipe)
    episodes = min(setup.episodes, len(task.examples(split))) if task.finite else setup.episodes
    return replace(setup, split=split, episodes=episodes)


def task_of(recipe: Recipe) -> Task:
    """The task behind a recipe's view."""
    return cast(TextEnv, gym.make(text_id(recipe.env_id), **recipe.env_kwargs).unwrapped).task


def run(setup: Setup, seeds: range, folder: Path, console: Console) -> Scores:
    """Every result of a setup; what is already in the folder is read back."""
    recipe = setup.recipe
    console.print(f"[bold]{recipe.title}[/bold]  ({recipe.env_id})")
    claim(setup, folder)
    baselines = {
        name: evaluated(setup, spec if ":" in spec else str(AGENTS / spec), folder / f"{name}.json", console)
        for name, spec in setup.baselines.items()
    }
    bound = upper_bound(setup, folder / "bound.json")
    scores = Scores(
        recipe.title,
        recipe.env_id,
        folder,
        recipe.timesteps,
        setup.second_metric,
        setup.rival,
        baselines,
        bound,
    )
    for seed in seeds:
        home = folder / f"seed-{seed}"
        kwargs = {**recipe.env_kwargs, **recipe.view_kwargs}
        # Environment i of a run takes seed + i: runs far apart share no episodes.
        common = {
            "seed": 1000 * seed,
            "n_envs": recipe.n_envs,
            "env_kwargs": kwargs,
            "options": recipe.options,
        }
        start = build_model(recipe.env_id, **common)
        for mode in MODES:
            scores.before[mode, seed] = evaluated(setup, start, home / f"before-{mode}.json", console, mode)
        console.print(f"  training, seed {seed}, {recipe.timesteps} steps")
        model = train(recipe.env_id, home, timesteps=recipe.timesteps, progress=True, **common)
        for mode in MODES:
            scores.after[mode, seed] = evaluated(setup, model, home / f"after-{mode}.json", console, mode)
    return scores


def claim(setup: Setup, folder: Path) -> None:
    """Write down what the folder's results come from, or refuse results that come from something else."""
    origin = {
        "setup": asdict(setup),
        "data": task_of(setup.recipe).fingerprint(),
        "model": hashlib.sha256((TINY_FOLDER / "model.safetensors").read_bytes()).hexdigest(),
        "textgym": textgym.__version__,
    }
    file, text = folder / "origin.json", json.dumps(origin, indent=1, sort_keys=True)
    if file.exists() and file.read_text("utf-8") != text:
        raise SystemExit(
            f"{folder} holds results of another setup, model or version. Delete it, or choose another --out."
        )
    write_whole(file, text)


def evaluated(setup: Setup, spec: Any, file: Path, console: Console, mode: str = "greedy") -> Result:
    """Evaluate on held-out examples, or read the result of an earlier call."""
    if file.exists():
        return Result.from_json(json.loads(file.read_text("utf-8")))
    env_id, env_kwargs = text_id(setup.recipe.env_id), setup.recipe.env_kwargs
    console.print(f"  evaluating: {file.stem}")
    agent = textgym.load_agent(spec, env_id=env_id, env_kwargs=env_kwargs, deterministic=mode == "greedy")
    result = textgym.evaluate(
        agent,
        env_id,
        episodes=setup.episodes,
        seed=EVALUATION_SEED,
        split=setup.split,
        env_kwargs=env_kwargs,
        batch_size=64,
        on_error="raise",
    )
    result.save(file)
    return result


def upper_bound(setup: Setup, file: Path) -> tuple[str, float]:
    """What no policy exceeds: the candidate that the judge likes best or, for free text, the reference."""
    if "-choice-" not in setup.recipe.env_id:
        return "the reference itself (bound)", 1.0
    if not file.exists():
        kwargs = {**setup.recipe.env_kwargs, **setup.recipe.view_kwargs}
        env = gym.make(setup.recipe.env_id, split=setup.split, **kwargs)
        task = cast(TextEnv, env.unwrapped).task
        best = []
        for index in example_indices(
            task, setup.split, episodes=setup.episodes, seed=EVALUATION_SEED, repeats=False
        ):
            _, info = env.reset(options={"index": index})
            talks = [
                (*info["conversation"], Message(role="assistant", content=c)) for c in info["candidates"]
            ]
            best.append(max(turn.reward for turn in task.judge([(info["example"], talk) for talk in talks])))
        write_whole(file, json.dumps({"mean_return": float(np.mean(best))}))
    return "always the best candidate (bound)", json.loads(file.read_text("utf-8"))["mean_return"]


if __name__ == "__main__":
    typer.run(main)
