"""Candidates for functions, from the messages alone."""

import gymnasium as gym
import pytest

from textgym.wrappers.code_proposers import edits, one_liners, single_edits

PROGRAM = (
    "def helper(x):\n    return x + 1\n\n\n"
    "def solve(numbers: list[int]) -> int:\n"
    "    numbers = [n for n in numbers if n > 3]\n"
    "    numbers = numbers[1:]\n"
    "    return sum(numbers)\n"
)


def talk(*contents):
    return tuple({"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(contents))


def test_single_edits_change_one_thing_in_the_function_itself():
    found = list(single_edits(PROGRAM))
    assert len(set(found)) == len(found)
    helper = PROGRAM[: PROGRAM.index("def solve")]
    assert all(text.startswith(helper) and text != PROGRAM for text in found)
    for old, new in (
        ("n > 3", "n >= 3"),
        ("n > 3", "n > 2"),
        ("[1:]", "[0:]"),
        ("sum(", "len("),
        ("    numbers = numbers[1:]\n", ""),
    ):
        assert PROGRAM.replace(old, new) in found
    swapped = PROGRAM.split("\n")
    swapped[5], swapped[6] = swapped[6], swapped[5]
    assert "\n".join(swapped) in found


def test_what_was_tried_is_not_proposed_again():
    prompt = f"Repair the Python function:\nThis program is wrong:\n```python\n{PROGRAM}```\n"
    (first,) = edits([talk(prompt)], 100, [0])
    (second,) = edits([talk(prompt, first[0], "It fails.")], 100, [0])
    assert set(second) == set(first[1:])
    assert len(edits([talk(prompt)], 4, [0])[0]) == 4


@pytest.mark.parametrize(
    "signature, first",
    [
        ("def solve(table: dict[str, int]) -> int:", "len(table)"),
        ("def f(a, b):", "a"),
        ("def f() -> str:", "None.upper()"),
        ("def f(*items) -> list[int]:", "sorted(items)"),
    ],
)
def test_one_liners_follow_the_signature(signature, first):
    (found,) = one_liners([talk(f"Write the Python function:\n{signature}\n")], 2, [0])
    assert found[0] == f"{signature}\n    return {first}\n"
    assert len(found) == 2


def test_a_prompt_without_a_function_gets_a_candidate_too():
    assert one_liners([talk("Write something.")], 3, [0]) == [["return None"]]
    assert edits([talk("Write something.", "return None", "no")], 3, [0]) == [["pass"]]


@pytest.mark.parametrize("env_id", ["textgym/CodeGeneration-choice-v0", "textgym/CodeRepair-choice-v0"])
def test_some_candidates_earn_something_and_they_differ(env_id):
    env = gym.make(env_id, split="test")
    task, rewards = env.unwrapped.task, []
    for seed in range(12):
        _, info = env.reset(seed=seed)
        talks = [(info["example"], talk(info["example"].prompt, text)) for text in info["candidates"]]
        rewards.append([turn.reward for turn in task.judge(talks)])
    assert sum(max(row) > 0 for row in rewards) >= 4
    assert sum(len(set(row)) > 1 for row in rewards) >= 4
