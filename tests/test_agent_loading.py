import pytest

import textgym
from textgym.agent_loading import agent_name, load_agent
from textgym.errors import AgentError, UnknownName
from textgym.protocols import Agent, Request


def _ask(agent, text="hello", **changes):
    fields = {"episode": 0, "turn": 0, "seed": 0, **changes}
    return agent.act([Request(({"role": "user", "content": text},), **fields)])[0]


@pytest.fixture
def file_of(tmp_path):
    def write(code):
        path = tmp_path / "my_agent.py"
        path.write_text(code)
        return str(path)

    return write


class Shout:
    def act(self, requests):
        return [r.conversation[-1]["content"].upper() for r in requests]


def test_an_agent_is_returned_as_it_is():
    agent = Shout()
    assert load_agent(agent) is agent


def test_a_function_answers_the_newest_message():
    assert _ask(load_agent(str.title)) == "Hello"


def test_a_file_gives_its_agent(file_of):
    code = "class A:\n    def act(self, requests):\n        return ['mine'] * len(requests)\n\ndef make_agent():\n    return A()\n"
    agent = load_agent(file_of(code))
    assert isinstance(agent, Agent)
    assert _ask(agent) == "mine"


def test_a_file_may_return_a_function(file_of):
    assert _ask(load_agent(file_of("def make_agent():\n    return lambda text: text[::-1]\n"))) == "olleh"


def test_another_function_of_the_file_can_be_named(file_of):
    path = file_of("def make_agent():\n    return str.upper\n\ndef quiet():\n    return str.lower\n")
    assert _ask(load_agent(f"{path}:quiet"), "LOUD") == "loud"


def test_a_file_learns_about_its_environment(file_of):
    path = file_of("def make_agent(env_id, env_kwargs):\n    return lambda text: f'{env_id} {env_kwargs}'\n")
    agent = load_agent(path, env_id="textgym/Translation-v0", env_kwargs={"source": "generated"})
    assert _ask(agent) == "textgym/Translation-v0 {'source': 'generated'}"
    with pytest.raises(AgentError, match="needs env_id, env_kwargs"):
        load_agent(path)


def test_a_file_is_told_whether_to_sample(file_of):
    path = file_of("def make_agent(deterministic):\n    return lambda text: str(deterministic)\n")
    assert [_ask(load_agent(path, deterministic=d)) for d in (True, False)] == ["True", "False"]


def test_what_cannot_be_told_to_sample_is_refused(file_of):
    path = file_of("def make_agent():\n    return str.upper\n")
    with pytest.raises(AgentError, match=r"make_agent of .*my_agent\.py cannot be told to sample"):
        load_agent(path, deterministic=False)
    for agent in (Shout(), str.upper):
        with pytest.raises(AgentError, match="decides by itself whether it samples"):
            load_agent(agent, deterministic=False)


@pytest.mark.parametrize("deterministic, temperature", [(True, 0.0), (False, 1.0)])
def test_an_endpoint_samples_by_its_temperature(deterministic, temperature):
    pytest.importorskip("openai")
    assert load_agent("http://localhost:1/v1#m", deterministic=deterministic).temperature == temperature


def test_a_file_with_a_dataclass_can_be_loaded(file_of):
    code = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n\n@dataclass\nclass A:\n    word: str\n"
        "    def act(self, requests):\n        return [self.word for _ in requests]\n\n"
        "def make_agent():\n    return A('yes')\n"
    )
    assert _ask(load_agent(file_of(code))) == "yes"


@pytest.mark.parametrize(
    "code, message",
    [
        ("x = 1\n", r"has no function make_agent"),
        ("def make_agent():\n    return 'text'\n", "returned a str"),
        ("def make_agent():\n    return 3\n", "cannot make an agent of 3"),
        ("def make_agent(size):\n    return str.upper\n", "needs size"),
        ("def make_agent():\n    y = 1\n    return y / 0\n", r"my_agent.py, line 3: ZeroDivisionError"),
        ("def make_agent(:\n", "SyntaxError"),
        ("class make_agent:\n    pass\n", "cannot make an agent of"),
    ],
)
def test_a_file_without_an_agent_is_an_error(code, message, file_of):
    with pytest.raises((AgentError, UnknownName), match=message):
        load_agent(file_of(code))


@pytest.mark.parametrize(
    "spec, message",
    [
        ("nowhere.py", "no agent file 'nowhere.py'"),
        ("random", "unknown agent 'random'; expected FILE.py"),
        ("", "unknown agent ''"),
        (7, "cannot make an agent of 7"),
    ],
)
def test_an_unknown_spec_is_an_error(spec, message):
    with pytest.raises(UnknownName, match=message):
        load_agent(spec)


def test_a_class_is_refused_with_what_to_write():
    with pytest.raises(AgentError, match=r"Shout\(\.\.\.\)"):
        load_agent(Shout)


def test_an_address_without_a_model_is_refused():
    pytest.importorskip("openai")
    with pytest.raises(AgentError, match="http://localhost:1/v1#MODEL"):
        load_agent("http://localhost:1/v1")


@pytest.mark.train
def test_an_unknown_language_model_is_an_error():
    pytest.importorskip("torch")
    with pytest.raises(UnknownName, match="unknown language model 'tinny'"):
        load_agent("hf:tinny")


@pytest.mark.train
def test_a_language_model_is_loaded_by_name(byte_model):
    agent = load_agent(f"hf:{byte_model}")
    assert _ask(agent, "Say something.") == _ask(agent, "Say something.", episode=5, seed=9)


@pytest.mark.train
def test_a_stable_baselines3_model_of_a_file_samples_without_being_told(file_of, monkeypatch):
    pytest.importorskip("stable_baselines3")
    from textgym.policies import sb3_agent

    told = []
    monkeypatch.setattr(sb3_agent, "sb3_agent", lambda _model, **options: told.append(options) or Shout())
    load_agent(
        file_of(
            "from stable_baselines3 import PPO\n\ndef make_agent():\n"
            "    return PPO('MlpPolicy', 'CartPole-v1', n_steps=8, batch_size=8)\n"
        ),
        deterministic=False,
    )
    assert [options["deterministic"] for options in told] == [False]


def test_evaluate_takes_what_load_agent_takes(file_of):
    path = file_of("def make_agent():\n    return str.upper\n")
    by_file, by_function = (
        textgym.evaluate(agent, "textgym/Translation-v0", episodes=4, seed=0) for agent in (path, str.upper)
    )
    assert [r.replies for r in by_file.records] == [r.replies for r in by_function.records]


@pytest.mark.parametrize(
    "spec, name",
    [
        ("agents/copy_source.py", "copy_source"),
        ("agents/zero_shot_lm.py:smollm2", "zero_shot_lm-smollm2"),
        ("hf:HuggingFaceTB/SmolLM2-1.7B", "SmolLM2-1.7B"),
        ("sb3:runs/ppo", "ppo"),
        ("http://localhost:8000/v1#small", "small"),
    ],
)
def test_names_for_tables(spec, name):
    assert agent_name(spec) == name
