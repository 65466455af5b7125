"""PPO with a language model inside: trains on a view, then speaks text.

    python agents/ppo.py textgym/Translation-choice-v0 runs/ppo --timesteps 20000
    textgym evaluate agents/ppo.py textgym/Translation-v0

`textgym train` and `textgym evaluate sb3:FOLDER` are the same with more options.
"""

import argparse
import os

from textgym import Agent, load_agent


def make_agent(env_id: str | None = None, env_kwargs: dict | None = None) -> Agent:
    """The trained model of the folder in TEXTGYM_PPO (default runs/ppo)."""
    return load_agent(
        f"sb3:{os.environ.get('TEXTGYM_PPO', 'runs/ppo')}", env_id=env_id, env_kwargs=env_kwargs
    )


def main() -> None:
    from textgym.algorithms.train import train

    parser = argparse.ArgumentParser(description="Train PPO with a language model inside.")
    parser.add_argument("env_id", help="a -tokens-v0 or -choice-v0 id")
    parser.add_argument("out", help="folder of the run")
    parser.add_argument("--timesteps", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    train(options.env_id, options.out, timesteps=options.timesteps, seed=options.seed, progress=True)


if __name__ == "__main__":
    main()
