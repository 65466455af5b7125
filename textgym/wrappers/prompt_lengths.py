"""How long the prompts of a task are, in tokens."""

from functools import lru_cache

import numpy as np

from textgym.data.base import Split
from textgym.envs.text_env import TextEnv
from textgym.tasks.base import Task
from textgym.tokenization import load_tokenizer

# A generated task has no longest prompt; this many drawn examples stand for it, and a prompt that does
# not fit raises when it comes up.
_DRAWN = 64


def longest_prompt(env: TextEnv, tokenizer: str) -> int:
    """Length of the longest prompt of the environment's split, in tokens, opening of the reply included."""
    return _longest(env.task, env.split, env.difficulty if not env.task.finite else 0.0, tokenizer)


@lru_cache(maxsize=256)
def _longest(task: Task, split: Split, difficulty: float, tokenizer: str) -> int:
    chat = load_tokenizer(tokenizer)
    if task.finite:
        prompts = [example.prompt for example in task.examples(split)]
    else:
        rng = np.random.default_rng(0)
        prompts = [task.generate(rng, split, difficulty).prompt for _ in range(_DRAWN)]
    frame = len(chat.prompt_ids(({"role": "user", "content": ""},)))
    return frame + max(len(ids) for ids in chat.encode_batch(prompts))
