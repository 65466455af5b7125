import pytest

pytestmark = pytest.mark.train
pytest.importorskip("stable_baselines3")

from stable_baselines3 import PPO  # noqa: E402
from stable_baselines3.common.callbacks import EvalCallback  # noqa: E402
from stable_baselines3.common.logger import configure  # noqa: E402
from stable_baselines3.common.monitor import Monitor  # noqa: E402
from stable_baselines3.common.vec_env import DummyVecEnv  # noqa: E402
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: E402

from textgym.policies import LLMActorCriticPolicy, MetricsCallback  # noqa: E402


def learn(toy, make_model, steps, callback, logger=None):
    model = PPO(
        LLMActorCriticPolicy,
        DummyVecEnv([lambda: Monitor(toy())] * 2),
        n_steps=16,
        batch_size=32,
        n_epochs=1,
        seed=0,
        device="cpu",
        policy_kwargs={"language_model": make_model, "device": "cpu"},
    )
    if logger:
        model.set_logger(logger)
    return model.learn(steps, callback=callback)


def test_the_mean_over_finished_episodes_reaches_tensorboard(token_toy, make_model, tmp_path):
    model = learn(token_toy, make_model, 32, MetricsCallback(), configure(str(tmp_path), ["tensorboard"]))
    events = EventAccumulator(str(tmp_path)).Reload()
    (logged,) = events.Scalars("metrics/written")
    lengths = [episode["l"] for episode in model.ep_info_buffer]
    assert logged.value == pytest.approx(sum(lengths) / len(lengths))


def test_eval_callback_works_on_the_token_view(token_toy, make_model, tmp_path):
    callback = EvalCallback(
        Monitor(token_toy()), eval_freq=8, n_eval_episodes=3, best_model_save_path=str(tmp_path), verbose=0
    )
    learn(token_toy, make_model, 32, callback)
    assert callback.best_mean_reward > -1
    assert (tmp_path / "best_model.zip").is_file()
