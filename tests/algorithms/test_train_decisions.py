"""Training runs on decision ids: every algorithm, the folder, and what an interrupted run goes on with."""

import json
import warnings

import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("sb3_contrib")

import textgym  # noqa: E402
from textgym.algorithms import train as module  # noqa: E402
from textgym.algorithms.building import load_model  # noqa: E402
from textgym.algorithms.q_learning import QLearning  # noqa: E402
from textgym.algorithms.train import train  # noqa: E402
from textgym.errors import AgentMisfit, InvalidValue  # noqa: E402
from textgym.policies import FeatureCachingVecEnv, MetricsCallback, PointerPolicy  # noqa: E402

ENV = "textgym/ExtractiveSummarization-v0"
SMALL = {"net_arch": [8]}
OPTIONS = {
    "ppo": {"n_steps": 8, "batch_size": 16, "n_epochs": 2, "policy_kwargs": SMALL},
    "maskable_ppo": {"n_steps": 8, "batch_size": 16, "n_epochs": 2, "policy_kwargs": SMALL},
    "a2c": {"n_steps": 8, "policy_kwargs": SMALL},
    "dqn": {"buffer_size": 64, "learning_starts": 8, "policy_kwargs": SMALL},
    "maskable_dqn": {"buffer_size": 64, "learning_starts": 8, "policy_kwargs": SMALL},
    "qrdqn": {"buffer_size": 64, "learning_starts": 8, "policy_kwargs": SMALL},
    "q_learning": {"learning_rate": 0.5},
}


def run(folder, algorithm, timesteps=48, **env_kwargs):
    return train(
        ENV,
        folder,
        timesteps=timesteps,
        algorithm=algorithm,
        n_envs=2,
        env_kwargs=env_kwargs,
        options=OPTIONS[algorithm],
    )


@pytest.mark.parametrize("algorithm", OPTIONS)
def test_a_run_on_vectors_can_be_read_back_and_played(tmp_path, algorithm):
    model = run(tmp_path, algorithm, max_sentences=8)
    kwargs = {"episodes": 6, "seed": 0, "env_kwargs": {"max_sentences": 8}, "on_error": "raise"}
    records = [textgym.evaluate(agent, ENV, **kwargs).records for agent in (model, f"sb3:{tmp_path}")]
    assert [r.replies for r in records[0]] == [r.replies for r in records[1]]
    assert json.loads((tmp_path / "training.json").read_text("utf-8"))["algorithm"] == algorithm
    assert (tmp_path / "log-0" / "progress.csv").is_file()


def test_a_run_with_a_pointer_policy_can_be_read_back_and_played(tmp_path, monkeypatch):
    options = {**OPTIONS["maskable_ppo"], "policy": "pointer", "policy_kwargs": {"width": 4}}
    monkeypatch.setitem(OPTIONS, "maskable_ppo", options)
    model = run(tmp_path, "maskable_ppo", max_sentences=8)
    assert isinstance(model.policy, PointerPolicy)
    kwargs = {"episodes": 6, "seed": 0, "env_kwargs": {"max_sentences": 8}, "on_error": "raise"}
    records = [textgym.evaluate(agent, ENV, **kwargs).records for agent in (model, f"sb3:{tmp_path}")]
    assert [r.replies for r in records[0]] == [r.replies for r in records[1]]
    assert json.loads((tmp_path / "training.json").read_text("utf-8"))["options"] == options


@pytest.mark.parametrize(
    "env_id, algorithm, options, message",
    [
        (
            ENV,
            "maskable_ppo",
            {"policy": "points"},
            "unknown policy 'points'; choose one of pointer, per_action",
        ),
        (ENV, "maskable_ppo", {"policy": []}, r"unknown policy \[\]"),
        (ENV, "ppo", {"policy": "pointer"}, "'pointer' is for maskable_ppo on decision ids"),
        ("textgym/Summarization-choice-v0", "maskable_ppo", {"policy": "pointer"}, "on decision ids"),
        (
            ENV,
            "maskable_ppo",
            {"policy": "pointer", "policy_kwargs": {"net_arch": [8]}},
            "no option net_arch",
        ),
        (ENV, "maskable_ppo", {"policy": "pointer", "policy_kwargs": {"item_features": 10}}, "at least 160"),
        (ENV, "ppo", {"policy": "per_action"}, "'per_action' is for maskable_ppo on decision ids"),
        (ENV, "maskable_ppo", {"policy": "per_action"}, "reads the vectors of textgym/CodeGrammar-v0"),
        (
            "textgym/Negotiation-v0",
            "maskable_ppo",
            {"policy": "pointer"},
            "not those of textgym/Negotiation-v0",
        ),
    ],
)
def test_a_policy_that_does_not_fit_is_refused(tmp_path, env_id, algorithm, options, message):
    with pytest.raises(ValueError, match=message):
        train(env_id, tmp_path / "run", timesteps=8, algorithm=algorithm, options=options, n_envs=2)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("algorithm", ["ppo", "maskable_ppo", "dqn"])
def test_a_run_on_tokens_can_be_read_back_and_played(tmp_path, algorithm, byte_model):
    model = run(tmp_path, algorithm, observation="tokens", tokenizer=byte_model, context_length=1500)
    assert isinstance(model.get_env(), FeatureCachingVecEnv)
    agents = (model, f"sb3:{tmp_path}")
    records = [textgym.evaluate(a, ENV, episodes=6, seed=0, on_error="raise").records for a in agents]
    assert [r.replies for r in records[0]] == [r.replies for r in records[1]]


ACTS = "textgym/DialogueActs-v0"
INTERPRETING = "textgym/SimultaneousTranslation-v0"


def test_a_run_does_not_play_where_states_are_shown_otherwise(tmp_path):
    train(ACTS, tmp_path, timesteps=8, algorithm="q_learning", n_envs=2, env_kwargs={"belief": "summary"})
    agent, played = f"sb3:{tmp_path}", {"episodes": 2, "seed": 0}
    harder = {"belief": "summary", "domain": "restaurant", "difficulty": 1.0, "noise": 0.2}
    assert textgym.evaluate(agent, ACTS, env_kwargs=harder, **played).errors == 0
    with pytest.raises(
        AgentMisfit, match=r"trained with belief='summary'.*belief='full'.*pass belief='summary'"
    ):
        textgym.evaluate(agent, ACTS, **played)
    with pytest.raises(AgentMisfit, match=r"domain='restaurant'.*domain='hotel'"):
        textgym.evaluate(agent, ACTS, env_kwargs={"belief": "summary", "domain": "hotel"}, **played)
    with pytest.raises(AgentMisfit, match=f"trained on '{ACTS}'; it cannot play '{INTERPRETING}'"):
        textgym.evaluate(agent, INTERPRETING, **played)


@pytest.mark.parametrize("observation", ["tokens", "vector"])
def test_a_run_that_reads_notes_is_not_given_sentences(tmp_path, observation, byte_model):
    env = {"observation": observation, "tokenizer": byte_model, "context_length": 1500, "text": "notes"}
    train(INTERPRETING, tmp_path, timesteps=32, n_envs=2, env_kwargs=env, options=OPTIONS["ppo"])
    agent, played = f"sb3:{tmp_path}", {"episodes": 2, "seed": 0}
    assert textgym.evaluate(agent, INTERPRETING, env_kwargs={"text": "notes"}, **played).errors == 0
    if observation == "vector":  # no model reads the text
        assert textgym.evaluate(agent, INTERPRETING, **played).errors == 0
        return
    with pytest.raises(AgentMisfit, match=r"text='notes'.*text='sentences'.*pass text='notes'"):
        textgym.evaluate(agent, INTERPRETING, **played)


def test_q_learning_has_met_states(tmp_path):
    model = run(tmp_path, "q_learning")
    assert isinstance(model, QLearning)
    assert len(model.policy) > 10


class Stopped(MetricsCallback):
    """Ctrl-C after a number of timesteps; checkpoints at every chance."""

    after: int | None = None

    def _on_step(self):
        if self.num_timesteps == self.after:
            raise KeyboardInterrupt
        return super()._on_step()


def test_a_model_with_returns_of_several_steps_is_loaded_without_a_warning(tmp_path, monkeypatch):
    monkeypatch.setitem(OPTIONS, "dqn", {**OPTIONS["dqn"], "n_steps": 5})
    run(tmp_path, "dqn")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        loaded = load_model("dqn", tmp_path / "model.zip")
    assert [str(w.message) for w in said] == []
    assert loaded.replay_buffer.n_steps == 5


@pytest.mark.parametrize("algorithm", ["ppo", "a2c", "maskable_ppo"])
def test_an_interrupted_run_ends_as_if_it_had_not_been(tmp_path, monkeypatch, algorithm):
    monkeypatch.setattr(module, "MetricsCallback", Stopped)
    monkeypatch.setattr(module, "_TIME_PER_SAVING", -1)
    whole = run(tmp_path / "whole", algorithm, timesteps=96)
    for after in (20, 54):
        monkeypatch.setattr(Stopped, "after", after)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "parts", algorithm, timesteps=96)
    monkeypatch.setattr(Stopped, "after", None)
    parts = run(tmp_path / "parts", algorithm, timesteps=96)
    weights = [torch.cat([p.detach().flatten() for p in m.policy.parameters()]) for m in (whole, parts)]
    assert torch.equal(*weights)


def test_a_table_refuses_features_of_a_language_model(tmp_path, byte_model):
    shown = {"observation": "tokens", "tokenizer": byte_model, "context_length": 1500}
    with pytest.raises(
        InvalidValue, match=r"q_learning keeps a table, in which .* leave out observation='tokens'"
    ):
        train(ENV, tmp_path / "run", timesteps=8, algorithm="q_learning", n_envs=2, env_kwargs=shown)
    assert not (tmp_path / "run").exists()


def test_a_mistake_in_the_options_of_q_learning_is_named(tmp_path):
    with pytest.raises(ValueError, match="q_learning takes no option alpha; it takes learning_rate"):
        train(ENV, tmp_path / "run", timesteps=8, algorithm="q_learning", options={"alpha": 0.1})
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "algorithm, options, name, taken",
    [
        ("q_learning", {"exploration": [0.5, 0.25, 1.0]}, "exploration", (0.5, 0.25, 1.0)),
        ("dqn", {"train_freq": [3, "step"]}, "train_freq", (3, "step")),
    ],
)
def test_a_list_stands_for_a_tuple(tmp_path, algorithm, options, name, taken):
    for _ in range(2):  # the finished run is found again, by what its folder says
        model = train(ENV, tmp_path / "run", timesteps=8, algorithm=algorithm, n_envs=2, options=options)
        held = getattr(model, name)
        assert (tuple(held) if name == "exploration" else (held.frequency, held.unit.value)) == taken
