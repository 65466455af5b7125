"""A training run: what its folder holds, and what an interrupted one goes on with."""

import contextlib
import json
import random
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("sb3_contrib")

from stable_baselines3 import PPO  # noqa: E402
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


class Stopped(MetricsCallback):
    """Ctrl-C after a number of timesteps; checkpoints at every chance."""

    after: int | None = None

    def _on_step(self):
        if self.num_timesteps == self.after:
            raise KeyboardInterrupt
        return super()._on_step()


@pytest.fixture
def stopped(monkeypatch):
    monkeypatch.setattr(module, "MetricsCallback", Stopped)
    monkeypatch.setattr(Stopped, "after", None)
    monkeypatch.setattr(module, "_TIME_PER_SAVING", -1)
    return Stopped


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.policy.parameters()])


def interrupted(folder, stopped, env_id, arguments, *, after):
    """A run that was stopped at the given timesteps, one after the other, and then went on to its end."""
    for stopped.after in after:
        with pytest.raises(KeyboardInterrupt):
            train(env_id, folder, **arguments)
    stopped.after = None
    return train(env_id, folder, **arguments)


@pytest.mark.parametrize("after", [[4], [16], [20], [34, 36], [60, 96, 118]])
@pytest.mark.parametrize("trained", [{"trainable": "lora"}, {"trainable": "full"}, {"trained_layers": 1}])
def test_an_interrupted_run_ends_as_if_it_had_not_been(tmp_path, small, stopped, after, trained):
    arguments = {**small, "timesteps": 120, "kl_beta": 0.1, "kl_target": 0.01}
    arguments["env_kwargs"] = {"tokenizer": small["env_kwargs"]["tokenizer"], "max_new_tokens": 5}
    arguments["env_kwargs"]["context_length"] = 400
    # 8 steps do not divide episodes of 5: a rollout begins in their middle.
    arguments["options"] = {**small["options"], "n_epochs": 2, "batch_size": 8, "learning_rate": 1e-3}
    language_model = small["options"]["policy_kwargs"]["language_model"]
    arguments["options"]["policy_kwargs"] = {"language_model": language_model, **trained}
    whole = train(TOKENS, tmp_path / "whole", **arguments)
    parts = interrupted(tmp_path / "parts", stopped, TOKENS, arguments, after=after)
    assert torch.equal(weights(whole), weights(parts))
    assert whole.num_timesteps == parts.num_timesteps == 128
    episodes = [[(e["r"], e["l"]) for e in run.ep_info_buffer] for run in (whole, parts)]
    assert episodes[0] == episodes[1]


def test_an_interrupted_run_on_the_choice_view_ends_alike(tmp_path, small, stopped):
    small["timesteps"] = 96
    whole = train(CHOICE, tmp_path / "whole", **small)
    parts = interrupted(tmp_path / "parts", stopped, CHOICE, small, after=[40, 70])
    torch.testing.assert_close(weights(parts), weights(whole), atol=1e-6, rtol=1e-4)


KILLED_PROGRAM = """
import sys, torch
torch.set_num_threads(1)
from textgym.algorithms.train import train
print("ready", flush=True)
train("textgym/Translation-tokens-v0", sys.argv[1], timesteps=8192, n_envs=8, seed=1,
      env_kwargs={"difficulty": 0.1}, options={"n_steps": 64, "batch_size": 128, "n_epochs": 2})
"""


def start(folder):
    """A training in a process of its own, which has imported everything."""
    command = [sys.executable, "-c", KILLED_PROGRAM, str(folder)]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert run.stdout.readline() == "ready\n"
    return run


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    """The folder of a run that nobody disturbed, and how long it took."""
    folder = tmp_path_factory.mktemp("whole")
    run, begin = start(folder), time.perf_counter()
    run.communicate()
    assert run.returncode == 0
    return folder, time.perf_counter() - begin


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_run_that_is_killed_at_random_points_ends_as_if_it_had_not_been(tmp_path, whole_run, seed):
    folder, duration_s = whole_run
    draws, kills = random.Random(seed), 0
    for _ in range(3):
        run = start(tmp_path)
        with contextlib.suppress(subprocess.TimeoutExpired):
            run.wait(draws.uniform(0.0, 0.5 * duration_s))
        kills += run.poll() is None
        run.kill()
        run.communicate()
    assert kills
    run = start(tmp_path)
    run.communicate()
    assert run.returncode == 0
    whole, parts = (PPO.load(f / "model.zip") for f in (folder, tmp_path))
    assert torch.equal(weights(whole), weights(parts))


def test_dqn_goes_on_with_other_episodes(tmp_path, small, stopped):
    policy = {"features_extractor_kwargs": {"language_model": small["env_kwargs"]["tokenizer"]}}
    small |= {"algorithm": "dqn", "timesteps": 64}
    small["options"] = {"learning_starts": 8, "buffer_size": 64, "policy_kwargs": policy}
    model = interrupted(tmp_path, stopped, CHOICE, small, after=[32])
    assert model.num_timesteps == 64
    assert {path.name for path in tmp_path.iterdir()} >= {"model.zip", "training.json"}


def test_a_checkpoint_is_removed_at_the_end(tmp_path, small, stopped):
    stopped.after = 48
    small["timesteps"] = 64
    with pytest.raises(KeyboardInterrupt):
        train(CHOICE, tmp_path, **small)
    assert {path.name for path in tmp_path.iterdir()} == {"checkpoint.zip", "log-0", "training.json"}
    stopped.after = None
    train(CHOICE, tmp_path, **small)
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"model.zip", "log-0", "log-32", "training.json"}


def test_a_target_without_a_penalty_is_refused(tmp_path, small):
    small["env_kwargs"] = {"tokenizer": small["env_kwargs"]["tokenizer"], "context_length": 400}
    with pytest.raises(ValueError, match="a target and a beta above 0"):
        train(TOKENS, tmp_path / "run", kl_target=0.1, **small)
    assert not (tmp_path / "run").exists()


def test_a_penalty_on_the_choice_view_is_refused(tmp_path, small):
    with pytest.raises(ValueError, match="kl_beta needs PPO or A2C on a token view"):
        train(CHOICE, tmp_path / "run", kl_beta=0.1, **small)
    assert not (tmp_path / "run").exists()


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


def test_training_on_what_is_held_out_is_refused(tmp_path, small):
    held_out = {**small, "env_kwargs": {**small["env_kwargs"], "split": "test"}}
    with pytest.raises(
        ValueError, match="split='test' is held out for evaluation; train on the split 'train'"
    ):
        train(CHOICE, tmp_path / "run", **held_out)
    assert not (tmp_path / "run").exists()
    held_out["env_kwargs"]["split"] = "validation"
    assert train(CHOICE, tmp_path / "run", **held_out).num_timesteps == 32


@pytest.mark.parametrize("value", [lambda: None, float("nan")])
def test_arguments_that_json_cannot_hold_are_refused(tmp_path, small, value):
    options = {**small["options"], "learning_rate": value}
    with pytest.raises(ValueError, match="options must be made of JSON values"):
        train(CHOICE, tmp_path / "run", **{**small, "options": options})
    assert not (tmp_path / "run").exists()


def test_the_folder_says_what_it_holds(tmp_path, small):
    train(CHOICE, tmp_path, **small)
    held = json.loads((tmp_path / "training.json").read_text("utf-8"))
    unset = {"seed": 0, "kl_beta": 0.0, "kl_target": None}
    assert held == {"env_id": CHOICE, "algorithm": "ppo", **unset, **small}


def test_a_returned_model_can_go_on_learning(tmp_path, small):
    model = train(CHOICE, tmp_path, **small)
    model.learn(16, reset_num_timesteps=False)
    assert model.num_timesteps == 48


def test_a_finished_run_that_is_read_back_can_go_on_learning(tmp_path, small):
    small["env_kwargs"] = {"tokenizer": small["env_kwargs"]["tokenizer"], "context_length": 400}
    train(TOKENS, tmp_path, **small)
    model = train(TOKENS, tmp_path, **small)
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
