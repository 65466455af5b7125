"""A language model as it is, without training on the task.

    textgym evaluate agents/zero_shot_lm.py textgym/Translation-v0
    textgym evaluate agents/zero_shot_lm.py:smollm2 textgym/Translation-v0

`textgym evaluate hf:NAME ...` does the same for every Hugging Face id and folder.
"""

from textgym import Agent, load_agent


def make_agent(deterministic: bool = True) -> Agent:
    return load_agent("hf:tiny", deterministic=deterministic)


def smollm2(deterministic: bool = True) -> Agent:
    return load_agent("hf:smollm2", deterministic=deterministic)
