from pathlib import Path
from runpy import run_path

import pytest

from textgym.envs.dialogue import DialogueEnv
from textgym.protocols import Request

AGENT = Path(__file__).parents[2] / "agents" / "scripted_dialogue.py"


@pytest.mark.parametrize("domain", ["restaurant", "train", "hotel"])
@pytest.mark.parametrize("settings", [{}, {"noise": 0.5, "goal_change": 1.0}])
def test_the_agent_solves_most_test_episodes(domain, settings):
    agent = run_path(str(AGENT))["make_agent"]()
    env = DialogueEnv(split="test", domain=domain, **settings)
    won = 0.0
    for index in range(40):
        _, info = env.reset(options={"index": index})
        over, turn = False, 0
        while not over:
            (reply,) = agent.act([Request(info["conversation"], index, turn, 0)])
            _, reward, over, _, info = env.step(reply)
            turn += 1
        won += info["metrics"]["success"]
        assert (reward > 0) == (info["metrics"]["success"] == 1.0)
    assert won / 40 > 0.8
