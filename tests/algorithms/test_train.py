"""A training run: what its folder holds, and what an interrupted one goes on with."""

import json

import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("sb3_contrib")

from stable_baselines3.common.callbacks import EvalCallback  # noqa: E402

from textgym.algorithms import train as module  # noqa: E402
from textgym.algorithms.train import build_model, save_whole, train  # noqa: E402
from textgym.policies import LLMActorCriticPolicy, MetricsCallback, make_sb3_vec_env  # noqa: E402

CHOICE, TOKENS = "textgym/Translation-choice-v0", "textgym/Translation-tokens-v0"


@pytest.fixture
def small(byte_model):
    """Arguments of a run of 32 timesteps: two rollouts of two environments."""
    return {
        "timesteps": 32,
        "n_envs": 2,
        "env_kwargs": {"tokenizer": byte_model, "candidates": 3, "context_length": 400},
        "options": {
            "n_steps": 8,
            "batch_size": 16,
            "n_epochs": 1,
            "policy_kwargs": {"language_model": byte_model, "trainable": "heads"},
        },
    }


class Seen(MetricsCallback):
    """Ids of the examples that were played, and Ctrl-C after a number of timesteps."""

    examples: list[str]
    stop_after: int | None

    def _on_step(self):
        self.examples += [info["example"].id for info in self.locals["infos"]]
        if self.num_timesteps == self.stop_after:
            raise KeyboardInterrupt
        return super()._on_step()


@pytest.fixture
def seen(monkeypatch):
    monkeypatch.setattr(module, "MetricsCallback", Seen)
    monkeypatch.setattr(Seen, "examples", [], raising=False)
    monkeypatch.setattr(Seen, "stop_after", None, raising=False)
    return Seen


def test_an_interrupted_run_leaves_a_checkpoint_and_goes_on_with_new_examples(tmp_path, small, seen):
    seen.stop_after = 16
    with pytest.raises(KeyboardInterrupt):
        train(CHOICE, tmp_path, **small)
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"checkpoint.zip", "log-0", "training.json"}
    before, seen.examples, seen.stop_after = set(seen.examples), [], None
    assert len(before) == 16
    model = train(CHOICE, tmp_path, **small)
    assert model.num_timesteps == 32
    assert len(seen.examples) == 16
    assert not before & set(seen.examples)
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"model.zip", "log-0", "log-16", "training.json"}


def test_the_actions_after_a_resume_do_not_repeat_the_first_ones(tmp_path, small, seen):
    seen.stop_after = 16
    with pytest.raises(KeyboardInterrupt):
        train(CHOICE, tmp_path, **small)
    venv = make_sb3_vec_env(CHOICE, 2, **small["env_kwargs"])
    resumed, first = (
        module._load_or_build(folder, venv, "ppo", 0, small["options"])
        for folder in (tmp_path, tmp_path / "empty")
    )
    assert (resumed.num_timesteps, first.num_timesteps) == (16, 0)
    draws = [torch.rand(4, generator=model.policy.generator) for model in (resumed, first)]
    assert not torch.equal(*draws)


def test_the_same_arguments_give_the_same_run(tmp_path, small):
    runs = [train(CHOICE, tmp_path / name, **small) for name in ("a", "b")]
    for first, second in zip(*(run.policy.parameters() for run in runs), strict=True):
        assert torch.equal(first, second)


def test_a_folder_with_other_arguments_is_refused(tmp_path, small):
    train(CHOICE, tmp_path, **small)
    with pytest.raises(ValueError, match="holds a run with another seed, timesteps"):
        train(CHOICE, tmp_path, **{**small, "timesteps": 64, "seed": 1})
    assert train(CHOICE, tmp_path, **small).num_timesteps == 32


@pytest.mark.parametrize(
    "mistake",
    [
        {"algorithm": "pop"},
        {"options": {"n_step": 8}},
        {"options": {"n_steps": 8, "batch_size": 16, "policy_kwargs": {"language_model": "tinny"}}},
        {"env_kwargs": {"context_length": 400, "tokenizer": "tinny"}},
    ],
)
def test_a_mistake_leaves_the_folder_free(tmp_path, mistake):
    with pytest.raises(ValueError):
        train(CHOICE, tmp_path / "run", **{"timesteps": 16, "n_envs": 2, **mistake})
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("value", [lambda: None, float("nan")])
def test_arguments_that_json_cannot_hold_are_refused(tmp_path, small, value):
    options = {**small["options"], "learning_rate": value}
    with pytest.raises(ValueError, match="options must be made of JSON values"):
        train(CHOICE, tmp_path / "run", **{**small, "options": options})
    assert not (tmp_path / "run").exists()


def test_the_folder_says_what_it_holds(tmp_path, small):
    train(CHOICE, tmp_path, **small)
    held = json.loads((tmp_path / "training.json").read_text("utf-8"))
    assert held == {"env_id": CHOICE, "algorithm": "ppo", "seed": 0, **small}


def test_a_returned_model_can_go_on_learning(tmp_path, small):
    model = train(CHOICE, tmp_path, **small)
    model.learn(16, reset_num_timesteps=False)
    assert model.num_timesteps == 48


def test_a_failed_save_leaves_the_old_file_and_no_other(tmp_path):
    class Model:
        def save(self, path):
            path.write_text("half")
            raise OSError("disk full")

    (tmp_path / "model.zip").write_text("old")
    with pytest.raises(OSError, match="disk full"):
        save_whole(Model(), tmp_path / "model.zip")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("model.zip", "old")]


def test_eval_callback_works_on_a_registered_token_view(tmp_path, byte_model):
    view = {"tokenizer": byte_model, "max_new_tokens": 4, "context_length": 400}
    policy = {"language_model": byte_model, "trainable": "heads"}
    options = {"n_steps": 8, "batch_size": 8, "n_epochs": 1, "policy_kwargs": policy}
    model = build_model(TOKENS, env_kwargs=view, options=options)
    evaluated = make_sb3_vec_env(TOKENS, 1, seed=1, split="validation", **view)
    callback = EvalCallback(
        evaluated, eval_freq=8, n_eval_episodes=3, best_model_save_path=str(tmp_path), verbose=0
    )
    model.learn(8, callback=callback)
    assert 0 <= callback.best_mean_reward <= 1
    best = type(model).load(tmp_path / "best_model.zip")
    assert isinstance(best.policy, LLMActorCriticPolicy)
