"""A language model as it is, without training on the task.

    textgym evaluate agents/zero_shot_lm.py textgym/Translation-v0
    textgym evaluate agents/zero_shot_lm.py:smollm2 textgym/Translation-v0

`textgym evaluate hf:NAME ...` does the same for every Hugging Face id and folder.
"""

from textgym import Agent, load_agent


def make_agent() -> Agent:
    return load_agent("hf:tiny")


def smollm2() -> Agent:
    return load_agent("hf:smollm2")
