"""Difficulty: documented, in [0, 1], and what it is said to raise is raised."""

import re
from statistics import fmean

import gymnasium as gym
import pytest

from textgym.errors import InvalidValue
from textgym.registration import KINDS, env_ids, make_vector_env, text_id
from textgym.tasks.code.problem import Problem

ALL = env_ids()
DRAWN = 40


def words(example):
    return len(example.prompt.split())


def wishes(example):
    goal = example.data["goal"]
    return len(goal["constraints"]) + len(goal["requests"])


def steps(example):
    """Lines of the docstring that say what to compute."""
    docstring = Problem.of(example).prompt.partition("\n\n")[0]
    assert ">>>" not in docstring
    assert " may return " not in docstring
    return len(docstring.splitlines())


#: By family, a quantity that the manual says difficulty raises.
QUANTITIES = {
    "Translation": lambda e: len(e.data["source"].split()),
    "PostEditing": lambda e: len(e.data["errors"]),
    "Summarization": words,
    "QueryFocusedSummarization": words,
    "Dialogue": wishes,
    "ChitChat": words,
    "CodeGeneration": steps,
    "CodeRepair": steps,
    "CodeGrammar": lambda e: len(e.data["productions"]),
    "ExtractiveSummarization": words,
    "DialogueActs": wishes,
    "Negotiation": lambda e: e.data["reserve"],
    "TwentyQuestions": lambda e: len(e.data["things"]),
    "SimultaneousTranslation": lambda e: len(e.data["source"].split()),
}

_LANGUAGES = ({"language": "es"}, {"language": "fr"})
_DOMAINS = ({"domain": "train"}, {"domain": "hotel"})
_SOURCES = ({"source": "properties"},)
#: By family, arguments that make other examples than those by default.
VARIANTS = {
    "Translation": _LANGUAGES,
    "PostEditing": _LANGUAGES,
    "SimultaneousTranslation": _LANGUAGES,
    "Dialogue": _DOMAINS,
    "DialogueActs": _DOMAINS,
    "CodeGeneration": _SOURCES,
    "CodeRepair": _SOURCES,
}


def family(env_id):
    return re.fullmatch(r"textgym/(\w+)-v0", text_id(env_id))[1]


@pytest.mark.parametrize("env_id", ALL)
def test_the_manual_says_what_difficulty_does(env_id):
    manual = type(gym.make(text_id(env_id), disable_env_checker=True).unwrapped).__doc__
    found = re.search(r"\n\s+difficulty: ((?:.|\n)*?)\n\s+\w+: ", manual)
    assert found
    told = " ".join(found[1].split())
    assert "[0, 1]" in told
    # More than its range: how it acts, or the id that says so.
    assert len(told.partition("[0, 1]")[2].split()) >= 3


@pytest.mark.parametrize("env_id", ALL)
@pytest.mark.parametrize("difficulty", [0, 0.0, 1, 1.0])
def test_both_ends_can_be_played(env_id, difficulty):
    env = gym.make(env_id, difficulty=difficulty, disable_env_checker=True)
    env.action_space.seed(0)
    for seed in range(3):
        env.reset(seed=seed)
        env.step(env.action_space.sample())


@pytest.mark.parametrize("env_id", ALL)
@pytest.mark.parametrize("difficulty", [-0.01, 1.01, float("nan"), "hard", None])
def test_what_lies_outside_is_refused(env_id, difficulty):
    with pytest.raises(InvalidValue, match=r"difficulty must be a number in \[0, 1\]"):
        gym.make(env_id, difficulty=difficulty)
    with pytest.raises(InvalidValue, match=r"difficulty must be a number in \[0, 1\]"):
        make_vector_env(env_id, 2, difficulty=difficulty)


@pytest.mark.parametrize("env_id", ALL)
def test_the_option_of_one_episode_is_checked_too(env_id):
    env = gym.make(env_id, disable_env_checker=True)
    for difficulty in (-0.1, 2, "hard"):
        with pytest.raises(InvalidValue, match=r"difficulty must be a number in \[0, 1\]"):
            env.reset(seed=0, options={"difficulty": difficulty})


@pytest.mark.parametrize(
    "env_id, arguments",
    [(i, a) for i in ALL if KINDS[i] in ("text", "decision") for a in ({}, *VARIANTS.get(family(i), ()))],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else value,
)
def test_harder_examples_have_more_of_it(env_id, arguments):
    env = gym.make(env_id, disable_env_checker=True, **arguments).unwrapped
    means = []
    for difficulty in (0.0, 0.5, 1.0):
        options = [{"index": i, "difficulty": difficulty} for i in range(DRAWN)]
        means.append(fmean(QUANTITIES[family(env_id)](env.reset(options=o)[1]["example"]) for o in options))
    assert means[0] < means[1] < means[2]
    assert means[2] > 1.2 * means[0]


@pytest.mark.parametrize("env_id", ALL)
def test_the_attribute_holds_from_the_next_reset_on(env_id):
    set_, made = (gym.make(env_id, difficulty=d, disable_env_checker=True) for d in (0.3, 1.0))
    set_.reset(seed=1)
    set_.set_wrapper_attr("difficulty", 1.0)
    assert set_.reset(seed=4)[1]["example"] == made.reset(seed=4)[1]["example"]
    set_.set_wrapper_attr("difficulty", 1.5)
    with pytest.raises(InvalidValue, match=r"difficulty must be a number in \[0, 1\]"):
        set_.reset(seed=4)
