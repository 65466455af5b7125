"""What the environments of code promise beyond the contract of all ids."""

import gymnasium as gym
import pytest

from textgym.errors import SandboxUnavailable
from textgym.registration import env_ids
from textgym.tasks.code import execution

IDS = [i for i in env_ids() if "/Code" in i]


@pytest.fixture
def no_sandbox(monkeypatch):
    """A platform where programs cannot be run."""

    def refuse(*args, **kwargs):
        raise SandboxUnavailable("no seccomp here")

    execution._started.cache_clear()
    monkeypatch.setattr(execution, "shared_sandbox", refuse)
    yield
    execution._started.cache_clear()


@pytest.mark.parametrize("env_id", IDS)
def test_a_missing_sandbox_is_told_at_reset(no_sandbox, env_id):
    # A proposer without an index, which takes a while.
    env = gym.make(env_id, **({"proposer": "code"} if "-choice" in env_id else {}))
    with pytest.raises(SandboxUnavailable, match="no seccomp here"):
        env.reset(seed=0)


@pytest.mark.parametrize("env_id", [i for i in IDS if "-choice" not in i])
def test_a_missing_sandbox_is_told_at_the_reset_of_a_vector_environment(no_sandbox, env_id):
    venv = gym.make_vec(env_id, num_envs=2)
    with pytest.raises(SandboxUnavailable, match="no seccomp here"):
        venv.reset(seed=0)


def test_there_are_seven_ids():
    assert len(IDS) == 7


def test_a_trouble_of_the_sandbox_is_never_a_reward(monkeypatch):
    """An infrastructure error while judging is an exception, and the episode can go on after it."""
    env = gym.make("textgym/CodeGeneration-v0")
    _, info = env.reset(seed=1)

    def refuse(*args, **kwargs):
        raise SandboxUnavailable("no process left")

    with monkeypatch.context() as patched:
        patched.setattr(execution, "shared_sandbox", refuse)
        with pytest.raises(SandboxUnavailable, match="no process left"):
            env.step(info["example"].references[0])
    assert env.step(info["example"].references[0])[1] == 1.0


@pytest.mark.parametrize("env_id", ["textgym/CodeGeneration-choice-v0", "textgym/CodeRepair-choice-v0"])
def test_the_reference_can_be_chosen(env_id):
    env = gym.make(env_id, proposer="oracle")
    _, info = env.reset(seed=2)
    place = info["candidates"].index(info["example"].references[0])
    assert env.step(place)[1:3] == (1.0, True)
