"""PPO with a language model inside, in the recipes that the demo shows.

    python agents/ppo.py choice --out runs/choice
    textgym evaluate sb3:runs/choice textgym/Translation-v0 --set source=django:de

`textgym train` trains any view with any options; a recipe holds options that were found to learn.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from textgym import Agent, load_agent


@dataclass(frozen=True)
class Recipe:
    """What is trained, on what, and for how long.

    Args:
        title: What is learned, for people.
        env_id: The view it is trained on.
        env_kwargs: Arguments of the text environment.
        view_kwargs: Arguments of the view.
        timesteps: Environment steps of the training; they fix the number of episodes.
        n_envs: Parallel environments.
        options: Arguments of PPO.
    """

    title: str
    env_id: str
    env_kwargs: dict[str, Any]
    view_kwargs: dict[str, Any]
    timesteps: int
    n_envs: int
    options: dict[str, Any]


RECIPES = {
    "choice": Recipe(
        title="real sentences: pick the translation among seven retrieved ones and the source itself",
        env_id="textgym/Translation-choice-v0",
        env_kwargs={"source": "django:de+fr+es+it+pt+nl"},
        view_kwargs={"proposer": "retrieval+copy"},
        timesteps=40_960,
        n_envs=16,
        options={
            "n_steps": 64,
            "batch_size": 512,
            "n_epochs": 4,
            "learning_rate": 3e-3,
            "gamma": 1.0,
            "gae_lambda": 1.0,
            "policy_kwargs": {"trainable": "heads", "score_scale": 0.3},
        },
    ),
    # Long rollouts: at the end of each, unfinished replies are valued by guess, and where they are many a young
    # value function teaches the policy to be brief.
    "tokens": Recipe(
        title="real sentences: write the translation token by token",
        env_id="textgym/Translation-tokens-v0",
        env_kwargs={"source": "django:de+fr+es+it+pt+nl"},
        view_kwargs={},
        timesteps=262_144,
        n_envs=64,
        options={
            "n_steps": 512,
            "batch_size": 2048,
            "n_epochs": 1,
            "learning_rate": 2e-3,
            "gamma": 1.0,
            "gae_lambda": 1.0,
            "vf_coef": 0.1,
            "policy_kwargs": {"trainable": "lora"},
        },
    ),
}


def make_agent(
    env_id: str | None = None, env_kwargs: dict[str, Any] | None = None, deterministic: bool = True
) -> Agent:
    """The trained model of the folder in TEXTGYM_PPO (default runs/ppo)."""
    folder = os.environ.get("TEXTGYM_PPO", "runs/ppo")
    return load_agent(f"sb3:{folder}", env_id=env_id, env_kwargs=env_kwargs, deterministic=deterministic)


def main(
    recipe: Annotated[str, typer.Argument(help=f"One of {', '.join(RECIPES)}.")],
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("runs/ppo"),
    seed: Annotated[int, typer.Option(help="Seed, at least 0.")] = 0,
) -> None:
    """Train one recipe; an interrupted run goes on when started again."""
    from textgym.algorithms.train import train

    if recipe not in RECIPES:
        raise typer.BadParameter(f"unknown recipe {recipe!r}; choose one of {', '.join(RECIPES)}")
    chosen = RECIPES[recipe]
    train(
        chosen.env_id,
        out,
        timesteps=chosen.timesteps,
        seed=seed,
        n_envs=chosen.n_envs,
        env_kwargs={**chosen.env_kwargs, **chosen.view_kwargs},
        options=chosen.options,
        progress=True,
    )


if __name__ == "__main__":
    typer.run(main)
