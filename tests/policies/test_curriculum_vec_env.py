import json

import gymnasium as gym
import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")
import torch
from sb3_contrib import MaskablePPO
from stable_baselines3.common.vec_env import DummyVecEnv

from textgym.errors import InvalidValue
from textgym.policies import CurriculumVecEnv, FeatureCachingVecEnv, LearnedRewardVecEnv, make_sb3_vec_env
from textgym.tasks.twenty_questions.task import TwentyQuestionsTask
from textgym.wrappers import Curriculum

pytestmark = pytest.mark.train

GAME = "textgym/TwentyQuestions-v0"
#: A guess is its number of questions plus the thing; the first thing is guessed first, and so on.
FIRST_GUESS = TwentyQuestionsTask.actions - 20


def things(observations):
    """Number of things in the worlds shown: 4 at difficulty 0, 20 at 1."""
    return (observations[:, -22:-2] != 0).sum(1).tolist()


def play(venv, steps):
    """Guess thing after thing in every row; difficulties, things shown and results of each step."""
    observations, asked, told = venv.reset(), np.zeros(venv.num_envs, int), []
    for _ in range(steps):
        observations, _, dones, infos = venv.step(FIRST_GUESS + asked)
        asked = np.where(dones, 0, asked + 1)
        told.append(([info["difficulty"] for info in infos], things(observations), dones.tolist()))
    return told


@pytest.mark.parametrize("n_envs", [1, 3])
def test_every_episode_starts_at_the_newest_difficulty(n_envs):
    venv = CurriculumVecEnv(make_sb3_vec_env(GAME, n_envs, seed=0), threshold=-1.0, window=1, step=0.5)
    assert things(venv.reset()) == [4] * n_envs
    assert [info["difficulty"] for info in venv.reset_infos] == [0.0] * n_envs
    seen = 0.0
    for _, shown, dones in play(venv, 30):
        if any(dones) and seen < 1.0:
            seen += 0.5
        for row in np.flatnonzero(dones):
            assert venv.reset_infos[row]["difficulty"] in (0.5, 1.0)
            assert shown[row] in (12, 20)
    assert venv.difficulty == 1.0


def test_the_first_end_moves_it_and_shows_the_next_world():
    venv = CurriculumVecEnv(make_sb3_vec_env(GAME, 2, seed=0), threshold=-1.0, window=1, step=0.5)
    told = play(venv, 4)
    first = next(step for step in told if any(step[2]))
    row = first[2].index(True)
    assert first[0] == [0.0, 0.0]
    assert first[1][row] == 12
    if not all(first[2]):
        assert first[1][1 - row] == 4


def test_metrics_and_returns_are_counted():
    success = CurriculumVecEnv(make_sb3_vec_env(GAME, 2, seed=0), metric="success", threshold=1.0, window=4)
    play(success, 8)
    assert success.difficulty > 0
    returns = CurriculumVecEnv(make_sb3_vec_env(GAME, 2, seed=0), threshold=1.1, window=4, start=0.5)
    play(returns, 50)
    assert returns.difficulty < 0.5


def test_its_course_is_the_same_again_and_goes_on_elsewhere():
    def make():
        return CurriculumVecEnv(make_sb3_vec_env(GAME, 3, seed=4), threshold=0.85, window=4)

    first, again = make(), make()
    assert play(first, 40) == play(again, 40)
    assert first.difficulty > 0
    other = make()
    other.load_state_dict(json.loads(json.dumps(first.state_dict())))
    assert (other.difficulty, other.success_rate) == (first.difficulty, first.success_rate)
    assert things(other.reset()) == [4 + round(16 * first.difficulty)] * 3


def test_choice_views_in_their_monitors_take_it():
    venv = make_sb3_vec_env("textgym/Translation-choice-v0", 2, seed=0)
    assert isinstance(venv, DummyVecEnv)
    venv = CurriculumVecEnv(venv, threshold=-1.0, window=2, step=1.0)
    venv.reset()
    assert venv.env_method("get_wrapper_attr", "difficulty") == [0.0, 0.0]
    observations, _, dones, infos = venv.step(np.zeros(2, int))
    assert dones.all()
    assert venv.env_method("get_wrapper_attr", "difficulty") == [1.0, 1.0]
    for row in range(2):
        prompt = venv.get_attr("tokenizer")[row].prompt_ids(venv.reset_infos[row]["conversation"])
        assert observations["tokens"][row, 0][: len(prompt)].tolist() == prompt
        assert infos[row]["difficulty"] == 0.0
        assert venv.reset_infos[row]["difficulty"] == 1.0


def test_it_lies_under_features_and_over_learned_rewards():
    def one(conversations, examples):
        return np.ones(len(conversations), np.float32)

    def make():
        venv = make_sb3_vec_env("textgym/Translation-tokens-v0", 2, seed=0, max_new_tokens=1, difficulty=1.0)
        return CurriculumVecEnv(LearnedRewardVecEnv(venv, one), threshold=1.0, window=2, step=1.0)

    plain, features = make(), FeatureCachingVecEnv(make(), "tiny", device="cpu", dtype="float32")
    plain.reset()
    features.reset()
    shown, rewards, *_ = features.step(np.array([5, 5]))
    observations = plain.step(np.array([5, 5]))[0]
    assert rewards.tolist() == [1.0, 1.0]
    assert plain.difficulty == features.venv.difficulty == 1.0
    assert features.reset_infos[0]["difficulty"] == 1.0
    with torch.no_grad():
        expected = features.extractor({name: torch.as_tensor(v) for name, v in observations.items()})
    np.testing.assert_allclose(shown, expected.numpy(), atol=1e-4)


def test_training_runs_over_it():
    venv = CurriculumVecEnv(make_sb3_vec_env(GAME, 4, seed=0), metric="success", threshold=1.0, window=8)
    MaskablePPO("MlpPolicy", venv, n_steps=64, batch_size=64, n_epochs=1, seed=0).learn(512)
    assert venv.difficulty > 0


def test_the_wrapper_for_gymnasium_names_this_one():
    venv = make_sb3_vec_env("textgym/Negotiation-v0", 2)
    with pytest.raises(InvalidValue, match=r"wrap it in textgym\.policies\.CurriculumVecEnv"):
        Curriculum(venv, threshold=1.0)


def test_what_has_no_difficulty_is_refused(tmp_path):
    file = tmp_path / "mine.jsonl"
    rows = [
        {"source": f"A house {i}.", "target": f"Ein Haus {i}.", "split": s}
        for i, s in enumerate(["train", "validation", "test"])
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    venv = make_sb3_vec_env("textgym/Translation-tokens-v0", 1, source=f"jsonl:{file}", language="de")
    with pytest.raises(InvalidValue, match="finite corpus"):
        CurriculumVecEnv(venv, threshold=1.0)
    with pytest.raises(InvalidValue, match="needs an environment of textgym"):
        CurriculumVecEnv(DummyVecEnv([lambda: gym.make("CartPole-v1")]), threshold=1.0)
