import json
import pickle

import cloudpickle
import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import TimeLimit

import textgym
from textgym.envs.text_env import TextEnv
from textgym.errors import InvalidValue
from textgym.protocols import Example
from textgym.registration import env_ids
from textgym.tasks.base import Task, Turn
from textgym.vector import TextVectorEnv
from textgym.wrappers import Curriculum, LearnedReward
from textgym.wrappers.curriculum_vector import CurriculumVector


class Told(Task):
    """The prompt is the difficulty; a reply pays the number it says; "more" goes on."""

    source, finite, max_turns = "generated", False, 3

    def generate(self, rng, split, difficulty):
        return Example(id=f"told/{rng.integers(2**40)}", prompt=str(difficulty), group="g")

    def fingerprint(self):
        return "0" * 16

    def judge(self, batch):
        return [self.turn(conversation[-1]["content"]) for _, conversation in batch]

    def turn(self, reply):
        if reply.endswith("more"):
            return Turn("go on", float(reply.split()[0]), False)
        return Turn(None, float(reply), True, {"good": float(reply) / 2})


TOLD = Told()
MODES = pytest.mark.parametrize(
    "mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP], ids=["next", "same"]
)


def single(**settings):
    return Curriculum(TextEnv(TOLD), **{"threshold": 1.0, "window": 2, "step": 0.25, **settings})


def course(env, outcomes):
    """Difficulties that episodes of one turn, with these replies, are played at, and that of the next."""
    seen = []
    for outcome in outcomes:
        observation, info = env.reset(seed=0)
        assert observation == str(info["difficulty"]) == str(env.difficulty)
        seen.append(info["difficulty"])
        assert env.step(str(outcome))[4]["difficulty"] == info["difficulty"]
    return [*seen, env.difficulty]


def test_success_raises_the_difficulty_once_a_window_is_full():
    assert course(single(), [1, 1, 1, 1]) == [0, 0, 0.25, 0.25, 0.5]


def test_failure_lowers_it():
    assert course(single(start=0.5), [0, 0, 0, 0]) == [0.5, 0.5, 0.25, 0.25, 0]


def test_it_stays_in_0_1():
    assert course(single(start=0.9), [1, 1, 1, 1]) == [0.9, 0.9, 1, 1, 1]
    assert course(single(start=0.1), [0, 0, 0, 0]) == [0.1, 0.1, 0, 0, 0]


def test_ten_steps_of_a_tenth_lead_to_1():
    assert course(single(window=1, step=0.1), [1] * 10) == [i / 10 for i in range(11)]


def test_between_the_bounds_nothing_moves_and_old_results_leave_the_window():
    env = single(window=4, lower=0.25, upper=0.75, start=0.5)
    # Two of four stay; then the newest four are 1 0 1 1: three of four.
    assert course(env, [0, 1, 0, 1, 0, 1]) == [0.5] * 7
    assert env.success_rate == 0.5
    assert course(env, [1]) == [0.5, 0.75]
    assert env.success_rate is None


def test_after_a_move_the_count_begins_anew():
    env = single(window=3)
    assert course(env, [1, 1, 1, 1, 1]) == [0, 0, 0, 0.25, 0.25, 0.25]
    assert env.success_rate == 1.0


def test_bounds_count_as_reached():
    assert course(single(window=4, lower=0.25, upper=0.5), [1, 1, 0, 0])[-1] == 0.25
    assert course(single(window=4, lower=0.25, upper=0.5, start=1.0), [1, 0, 0, 0])[-1] == 0.75


def test_the_return_is_the_sum_over_turns():
    env = single(window=1)
    env.reset()
    env.step("0.5 more")
    env.step("0.5")
    assert env.difficulty == 0.25
    env.reset()
    env.step("0.5")
    assert env.difficulty == 0


def test_a_metric_is_read_instead_of_the_return():
    assert course(single(window=1, metric="good"), [1.9, 2.0, 1.0])[1:] == [0, 0.25, 0]


def test_float32_rewards_reach_their_threshold():
    class Float32(gym.RewardWrapper):
        def reward(self, reward):
            return np.float32(reward)

    env = Curriculum(Float32(TextEnv(TOLD)), threshold=0.7, window=1)
    assert course(env, [0.7])[-1] == 0.1


def test_an_episode_that_is_cut_off_fails_by_its_metric():
    env = Curriculum(TimeLimit(TextEnv(TOLD), 1), threshold=0.5, metric="good", window=1, start=0.5)
    env.reset()
    assert env.step("9 more")[3]
    assert env.difficulty == 0.4


def test_an_unknown_metric_is_named():
    env = single(metric="success")
    env.reset()
    with pytest.raises(InvalidValue, match=r"no metric 'success'; its episodes end with good"):
        env.step("1")


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"threshold": "high"}, "threshold must be a finite number, got 'high'"),
        ({"threshold": float("nan")}, "threshold must be a finite number"),
        ({"metric": 3}, "metric must be a string, got 3"),
        ({"window": 0}, "window must be at least 1, got 0"),
        ({"upper": 1.2}, r"upper must lie in \[0, 1\], got 1.2"),
        ({"lower": -0.1}, r"lower must lie in \[0, 1\]"),
        ({"lower": 0.6, "upper": 0.6}, "lower must be smaller than upper, got 0.6 and 0.6"),
        ({"step": 0.0}, "step must be larger than 0"),
        ({"start": 1.5}, r"start must lie in \[0, 1\], got 1.5"),
    ],
)
@pytest.mark.parametrize("rows", [None, 2])
def test_arguments_out_of_range_are_refused(settings, message, rows):
    env = TextEnv(TOLD) if rows is None else TextVectorEnv([lambda: TextEnv(TOLD)] * rows)
    with pytest.raises(InvalidValue, match=message):
        Curriculum(env, **{"threshold": 1.0, **settings})


def finite():
    class Finite(Told):
        source, finite = "jsonl:mine", True

        def examples(self, split):
            return [Example(id="1", prompt="p")]

    return TextEnv(Finite())


def test_what_has_no_difficulty_is_refused():
    task = finite().task
    for env in (finite(), SyncVectorEnv([finite] * 2), TextVectorEnv([lambda: TextEnv(task)] * 2)):
        with pytest.raises(InvalidValue, match=r"'jsonl:mine' of .* is a finite corpus"):
            Curriculum(env, threshold=1.0)
    for env in (gym.make("CartPole-v1"), gym.make_vec("CartPole-v1", 2, vectorization_mode="sync")):
        with pytest.raises(InvalidValue, match="needs an environment of textgym"):
            Curriculum(env, threshold=1.0)


def test_lines_that_are_drawn_from_a_large_file_have_no_difficulty(tmp_path, monkeypatch):
    monkeypatch.setattr("textgym.data.sources.LARGE_BYTES", 1)
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps({"source": "It rains.", "target": "Es regnet.", "language": "de"}) + "\n")
    for family in ("Translation", "PostEditing", "Summarization", "ExtractiveSummarization"):
        env = gym.make(f"textgym/{family}-v0", source=f"jsonl:{path}")
        assert not env.unwrapped.task.finite
        with pytest.raises(InvalidValue, match=r"mine.jsonl' of .* is a finite corpus"):
            Curriculum(env, threshold=1.0)


def test_the_difficulty_of_one_episode_is_not_to_be_asked_for():
    for env in (single(), vector(AutoresetMode.NEXT_STEP)):
        with pytest.raises(InvalidValue, match="leave it out of the reset options"):
            env.reset(options={"difficulty": 0.3})
    assert (
        single().reset(options={"index": 5})[1]["example"]
        == single().reset(options={"index": 5})[1]["example"]
    )


def test_a_pickle_and_a_state_dict_go_on_alike():
    env = single(window=3)
    course(env, [1, 1, 1, 1, 0])
    other = single(window=3)
    other.load_state_dict(json.loads(json.dumps(env.state_dict())))
    for copy in (cloudpickle.loads(cloudpickle.dumps(env)), other):
        assert course(copy, [1, 1, 1]) == [0.25, 0.25, 0.25, 0.5]
    with pytest.raises(InvalidValue, match="3 results"):
        single(window=2).load_state_dict({"difficulty": 0.5, "results": [1, 0, 1]})
    with pytest.raises(InvalidValue, match="difficulty"):
        single().load_state_dict({"difficulty": 1.5, "results": []})


def test_the_spec_makes_the_same_curriculum():
    env = Curriculum(gym.make("textgym/Translation-v0"), threshold=0.9, window=7, start=0.2)
    again = gym.make(type(env.spec).from_json(env.spec.to_json()))
    assert again._rule.describe() == env._rule.describe()


@pytest.mark.parametrize("env_id", [i for i in env_ids() if "Code" not in i])
def test_every_view_and_id_takes_the_difficulty_and_goes_on_from_a_snapshot(env_id):
    def make():
        return Curriculum(gym.make(env_id), threshold=-1.0, window=1, step=1.0)

    env = make()
    _, first = env.reset(seed=1)
    assert first["difficulty"] == 0.0
    env.action_space.seed(0)
    while not any(env.step(env.action_space.sample())[2:4]):
        pass
    assert env.difficulty == 1.0
    copy = make()
    textgym.set_state(copy, json.loads(json.dumps(textgym.get_state(env))))
    plain = gym.make(env_id, difficulty=1.0)
    plain.reset(seed=1)
    plain.unwrapped.np_random.bit_generator.state = env.unwrapped.np_random.bit_generator.state
    examples = [e.reset()[1]["example"] for e in (env, copy, plain)]
    assert examples[0] == examples[1] == examples[2]
    other = Curriculum(gym.make(env_id), threshold=-1.0, window=2)
    with pytest.raises(InvalidValue, match="taken from a curriculum"):
        textgym.set_state(other, textgym.get_state(env))


def vector(mode, rows=2, native=True, **settings):
    makers = [lambda: TextEnv(TOLD)] * rows
    venv = (TextVectorEnv if native else SyncVectorEnv)(makers, autoreset_mode=mode)
    return Curriculum(venv, **{"threshold": 1.0, "window": 2, "step": 0.25, **settings})


NATIVE = pytest.mark.parametrize("native", [True, False])


@MODES
@NATIVE
def test_rows_share_a_difficulty_and_every_new_episode_has_it(mode, native):
    env = vector(mode, native=native)
    assert type(env) is CurriculumVector
    observations, infos = env.reset(seed=3)
    assert infos["difficulty"].tolist() == [0, 0]
    for difficulty in (0.0, 0.25, 0.5):
        assert observations == (str(difficulty), str(difficulty))
        observations, rewards, terminated, _, infos = env.step(("1", "1"))
        assert rewards.tolist() == [1, 1]
        assert terminated.all()
        assert env.difficulty == difficulty + 0.25
        if mode is AutoresetMode.NEXT_STEP:
            assert infos["difficulty"].tolist() == [difficulty] * 2
            observations, _, _, _, infos = env.step(("", ""))
        else:
            assert infos["final_info"]["difficulty"].tolist() == [difficulty] * 2
            assert infos["final_info"]["metrics"]["good"].tolist() == [0.5, 0.5]
        assert infos["difficulty"].tolist() == [difficulty + 0.25] * 2
        assert [e.prompt for e in infos["example"]] == list(observations)
        assert infos["conversation"][0][0]["content"] == observations[0]


@MODES
@NATIVE
def test_episodes_of_another_difficulty_are_not_counted(mode, native):
    env = vector(mode, rows=3, native=native, window=1)
    env.reset(seed=0)
    # Row 0 moves the difficulty; row 1 ends with it, row 2 later; both were begun before the move.
    *_, infos = env.step(("1", "0", "0 more"))
    assert env.difficulty == 0.25
    assert env.success_rate is None
    _, _, terminated, _, infos = env.step(("0 more", "0 more", "0"))
    assert terminated.tolist() == [False, False, True]
    assert env.difficulty == 0.25
    shown = (
        infos["final_info"]["difficulty"][2] if mode is AutoresetMode.SAME_STEP else infos["difficulty"][2]
    )
    assert shown == 0.0
    *_, infos = env.step(("0", "0 more", "0 more"))
    assert env.difficulty == 0.0
    assert infos["difficulty"][1] == 0.25


@NATIVE
def test_rows_that_do_not_end_go_on_when_others_are_reset_again(native):
    env = vector(AutoresetMode.SAME_STEP, native=native, window=1)
    env.reset(seed=0)
    observations, _, _, _, infos = env.step(("1", "0.5 more"))
    assert observations == ("0.25", "go on")
    assert infos["difficulty"].tolist() == [0.25, 0.0]
    assert len(infos["conversation"][1]) == 3
    _, _, terminated, _, infos = env.step(("1", "0.5"))
    assert terminated.all()
    assert env.difficulty == 0.5


def test_the_caller_resets_rows():
    env = vector(AutoresetMode.DISABLED, native=False, window=1)
    env.reset(seed=0)
    env.step(("1", "0 more"))
    observations, infos = env.reset(options={"reset_mask": np.array([True, False])})
    assert observations == ("0.25", "go on")
    assert infos["difficulty"].tolist() == [0.25, 0.0]


@MODES
@NATIVE
def test_the_same_seeds_and_actions_give_the_same_course(mode, native):
    def play():
        env, rng = vector(mode, rows=3, native=native), np.random.default_rng(0)
        env.reset(seed=5)
        steps = [env.step(tuple(str(n) for n in rng.integers(0, 2, 3))) for _ in range(60)]
        return [
            (s[0], s[4]["difficulty"].tolist(), [e and e.id for e in s[4].get("example", [])]) for s in steps
        ]

    first = play()
    assert first == play()
    assert len({str(step[1]) for step in first}) > 3


@MODES
def test_a_vector_snapshot_goes_on_in_a_fresh_environment(mode):
    env = vector(mode, rows=2)
    env.reset(seed=1)
    for _ in range(5):
        env.step(("1", "0.5 more"))
    fresh = vector(mode, rows=2)
    textgym.set_state(fresh, json.loads(json.dumps(textgym.get_state(env))))
    assert fresh.difficulty == env.difficulty > 0
    for actions in [("1", "1")] * 6:
        mine, other = env.step(actions), fresh.step(actions)
        assert mine[0] == other[0]
        assert mine[4]["difficulty"].tolist() == other[4]["difficulty"].tolist()
    state = vector(mode)
    state.load_state_dict(env.state_dict())
    assert state.reset(seed=0)[0] == (str(env.difficulty),) * 2


def test_it_lies_over_a_learned_reward():
    def one(conversations, examples):
        return np.ones(len(conversations), np.float32)

    env = Curriculum(LearnedReward(TextVectorEnv([lambda: TextEnv(TOLD)] * 2), one), threshold=1.0, window=2)
    env.reset(seed=0)
    env.step(("0", "0"))
    assert env.difficulty == 0.1
    assert env.step(("", ""))[0] == ("0.1", "0.1")


@pytest.mark.parametrize("env_id", ["textgym/TwentyQuestions-v0", "textgym/Dialogue-tokens-v0"])
@MODES
def test_registered_vector_environments_draw_what_is_set(env_id, mode):
    kwargs = {"difficulty": 1.0, **({"max_new_tokens": 2} if "tokens" in env_id else {})}
    venv = gym.make_vec(env_id, 2, vectorization_mode="vector_entry_point", autoreset_mode=mode, **kwargs)
    env = Curriculum(venv, threshold=-1.0, window=2, step=1.0)
    _, infos = env.reset(seed=0)
    assert [e.data["difficulty"] for e in infos["example"]] == [0.0, 0.0]
    rng, seen = np.random.default_rng(0), set()
    for _ in range(400):
        *_, infos = env.step(rng.integers(env.single_action_space.n, size=2))
        for row in np.flatnonzero(infos.get("_example", [])):
            assert infos["example"][row].data["difficulty"] == infos["difficulty"][row]
            seen.add(float(infos["difficulty"][row]))
    assert seen >= {1.0}


@pytest.mark.slow
@MODES
def test_rows_in_processes_agree_with_rows_here(mode):
    makers = [lambda: gym.make("textgym:textgym/TwentyQuestions-v0")] * 2
    parallel = AsyncVectorEnv(makers, context="forkserver", autoreset_mode=mode)
    envs = [
        Curriculum(v, threshold=-1.0, window=2)
        for v in (SyncVectorEnv(makers, autoreset_mode=mode), parallel)
    ]
    try:
        here, there = (env.reset(seed=2) for env in envs)
        rng = np.random.default_rng(0)
        for _ in range(80):
            np.testing.assert_array_equal(here[0], there[0])
            assert here[-1]["difficulty"].tolist() == there[-1]["difficulty"].tolist()
            actions = rng.integers(parallel.single_action_space.n, size=2)
            here, there = (env.step(actions) for env in envs)
    finally:
        parallel.close()
    assert envs[0].difficulty == envs[1].difficulty > 0


def test_pickle_of_a_registered_environment():
    env = Curriculum(gym.make("textgym/Negotiation-v0"), threshold=-1, window=1)
    env.reset(seed=0)
    copy = pickle.loads(pickle.dumps(env))
    assert copy.step(0)[4]["difficulty"] == env.step(0)[4]["difficulty"] == 0.0
