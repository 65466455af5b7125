"""Trains PPO to pick replies with the frozen language model `"tiny"`, and compares it with a simple heuristic.

    python agents/text_learning.py --task QueryFocusedSummarization --out runs/text
    python agents/text_learning.py --task PostEditing --out runs/text
    python agents/text_learning.py --task ChitChat --out runs/text

Each prints a table of held-out episodes. On ChitChat PPO is trained three times: on the task's own reward, on a learned
reward, and on the learned reward with controls of length and echo.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast

import gymnasium as gym
import typer

import textgym
from textgym.data.base import SPLITS, Split
from textgym.envs.text_env import TextEnv
from textgym.evaluation.comparison import paired_difference
from textgym.evaluation.example_order import example_indices
from textgym.evaluation.records import Result
from textgym.protocols import Message, RewardFn
from textgym.rewards import EchoPenalty, LengthPenalty, WeightedSum

AGENTS = Path(__file__).parent
SEED = 100
OPTIONS: dict[str, Any] = {
    "n_steps": 16,
    "batch_size": 128,
    "n_epochs": 20,  # what the frozen model said of an observation is kept, so that epochs cost little
    "gamma": 1.0,
    "gae_lambda": 1.0,
    "policy_kwargs": {"trainable": "heads", "score_scale": 0.3},
}


@dataclass(frozen=True)
class Setup:
    """What is trained on a task, and what it is compared with.

    Args:
        proposer: Gives the candidates.
        timesteps: Environment steps of the training.
        baselines: Files of this folder, the simple heuristic first.
        metrics: Columns of the table.
        learning_rate: Of PPO.
        rivals: Further baselines that the gain of the models is told over.
    """

    proposer: str
    timesteps: int
    baselines: tuple[str, ...]
    metrics: tuple[str, ...]
    learning_rate: float = 0.01
    rivals: tuple[str, ...] = ()


SETUPS = {
    "PostEditing": Setup(
        "mending",
        3072,
        (
            "simple_fixes",
            "random_words",
            "keep_draft",
            "mended_draft",
            "mended_oracle",
            "grammar_translation",
        ),
        ("improvement", "exact", "turns"),
        rivals=("mended_draft",),
    ),
    "ChitChat": Setup(
        "adapted-last-line",
        2048,
        ("adapted_last_line", "adapted", "retrieval", "random_words", "copy_source", "zero_shot_lm"),
        ("fact_recall", "echo", "words"),
    ),
    "QueryFocusedSummarization": Setup(
        "adapted",
        3072,
        ("adapted", "retrieval", "random_words", "copy_source", "query_sentences", "zero_shot_lm"),
        ("fact_recall", "hallucination", "words"),
        learning_rate=0.003,
    ),
}


def main(
    task: Annotated[str, typer.Option(help=f"One of {', '.join(SETUPS)}.")],
    out: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("runs/text"),
    seeds: Annotated[int, typer.Option(min=1)] = 1,
    timesteps: Annotated[int | None, typer.Option(help="Instead of the task's own number.")] = None,
    episodes: Annotated[int, typer.Option(min=2)] = 300,
    split: Annotated[str, typer.Option(help="Split of the held-out examples.")] = "test",
) -> None:
    """Train, evaluate, print; finished runs are taken as they are."""
    if task not in SETUPS:
        raise typer.BadParameter(f"unknown task {task!r}; choose one of {', '.join(SETUPS)}")
    if split not in SPLITS:
        raise typer.BadParameter(f"unknown split {split!r}; choose one of {', '.join(SPLITS)}")
    steps = timesteps or SETUPS[task].timesteps
    agents: dict[str, Any] = {name: str(AGENTS / f"{name}.py") for name in SETUPS[task].baselines}
    agents["tiny, untrained"] = trained(task, out / task / "untrained", 0, 0)
    rewards = learned_rewards() if task == "ChitChat" else {}
    for seed in range(seeds):
        agents[f"PPO, seed {seed}"] = trained(task, out / task / f"seed-{seed}", seed, steps)
        for name, reward_fn in rewards.items():
            folder = out / task / f"{name.replace(' ', '-')}-{SETUPS[task].proposer}-{steps}-{seed}"
            agents[f"PPO on {name}, seed {seed}"] = trained(task, folder, seed, steps, reward_fn)
    results = {
        name: textgym.evaluate(
            agent,
            f"textgym/{task}-v0",
            episodes=episodes,
            seed=SEED,
            split=split,
            batch_size=64,
            on_error="raise",
        )
        for name, agent in agents.items()
    }
    print(table(results, SETUPS[task], rewards))


def learned_rewards() -> dict[str, RewardFn]:
    """Likeness in meaning to what was said next; the same with controls of what it overlooks."""
    from textgym.rewards import EmbeddingSimilarity

    meaning = EmbeddingSimilarity()
    controlled = WeightedSum({meaning: 1.0, LengthPenalty(): 0.5, EchoPenalty(8): 0.5})
    return {"learned reward": meaning, "learned reward with controls": controlled}


def trained(task: str, folder: Path, seed: int, timesteps: int, reward_fn: RewardFn | None = None) -> Any:
    """The model of a finished run, or of a new one; with 0 timesteps the untrained one."""
    from stable_baselines3 import PPO

    from textgym.algorithms.building import build_on, make_training_env
    from textgym.algorithms.train import train
    from textgym.policies import LearnedRewardVecEnv

    env_id, env_kwargs = f"textgym/{task}-choice-v0", {"proposer": SETUPS[task].proposer}
    options = {**OPTIONS, "learning_rate": SETUPS[task].learning_rate}
    if reward_fn is None and timesteps:
        return train(
            env_id,
            folder,
            timesteps=timesteps,
            seed=seed,
            n_envs=16,
            env_kwargs=env_kwargs,
            options=options,
        )
    venv = make_training_env(env_id, 16, seed=seed, env_kwargs=env_kwargs)
    if (folder / "model.zip").exists():
        return PPO.load(folder / "model.zip", env=venv)
    model = build_on(
        venv if reward_fn is None else LearnedRewardVecEnv(venv, reward_fn), "ppo", seed, options
    )
    if timesteps:
        model.learn(timesteps)
        folder.mkdir(parents=True, exist_ok=True)
        model.save(folder / "model.zip")
    return model


def table(results: Mapping[str, Result], setup: Setup, rewards: Mapping[str, RewardFn]) -> str:
    """The results in Markdown, each model's gain over the simple heuristic and the rivals on the same episodes."""
    rivals = (setup.baselines[0], *setup.rivals)
    columns = [*setup.metrics, *rewards, *(f"over {rival}" for rival in rivals)]
    lines = [
        f"| agent | return x 100 | 95 % interval | {' | '.join(columns)} |",
        "|---|---:|---:|" + "---:|" * len(columns),
    ]
    for name, result in results.items():
        means = [f"{result.metric_means[metric]:.2f}" for metric in setup.metrics]
        means += [f"{100 * mean_reward(result, reward_fn):.1f}" for reward_fn in rewards.values()]
        for rival in rivals:
            means.append("" if name in setup.baselines else gain(result, results[rival]))
        low, high = result.interval
        interval = f"{100 * low:.1f} to {100 * high:.1f}"
        lines.append(f"| {name} | {100 * result.mean_return:.1f} | {interval} | {' | '.join(means)} |")
    return "\n".join(lines)


def gain(result: Result, over: Result) -> str:
    """Difference of the mean returns x 100, paired by episode, with its interval."""
    gap = paired_difference(result, over)
    return f"{100 * gap.mean:+.1f} ({100 * gap.interval[0]:+.1f} to {100 * gap.interval[1]:+.1f})"


def mean_reward(result: Result, reward_fn: RewardFn) -> float:
    """Mean of a reward function over the conversations of one-turn episodes."""
    env = cast(TextEnv, gym.make(result.env_id, split=result.split).unwrapped)
    order = example_indices(
        env.task, cast(Split, result.split), episodes=len(result.records), seed=result.seed, repeats=False
    )
    talks, examples = [], []
    for record, index in zip(result.records, order, strict=True):
        _, info = env.reset(options={"index": index})
        talks.append((*info["conversation"], Message(role="assistant", content=record.replies[0])))
        examples.append(info["example"])
    return float(reward_fn(talks, examples).mean())


if __name__ == "__main__":
    typer.run(main)
