"""Making environments by id."""

import pytest
from gymnasium.vector import SyncVectorEnv

from textgym.errors import UnknownName
from textgym.registration import env_ids, make_env, make_vector_env


@pytest.mark.parametrize("env_id", env_ids())
@pytest.mark.parametrize("make", [make_env, lambda env_id, **kwargs: make_vector_env(env_id, 2, **kwargs)])
def test_an_argument_that_the_environment_does_not_take_is_named(env_id, make):
    with pytest.raises(UnknownName, match=r"takes no argument 'colour'; it takes .*source"):
        make(env_id, colour="red")


def test_a_choice_view_has_no_native_vector_environment():
    venv = make_vector_env("textgym/Translation-choice-v0", 2, candidates=3)
    assert type(venv) is SyncVectorEnv
    assert venv.num_envs == 2
    assert venv.single_action_space.n == 3
