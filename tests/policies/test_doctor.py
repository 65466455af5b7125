"""Each fault is planted and found, and a healthy training is left in peace."""

import warnings

import gymnasium as gym
import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")

from stable_baselines3 import A2C, DQN, PPO  # noqa: E402
from stable_baselines3.common.buffers import DictRolloutBuffer  # noqa: E402
from stable_baselines3.common.logger import configure  # noqa: E402
from stable_baselines3.common.vec_env import DummyVecEnv  # noqa: E402

from textgym.errors import UnsupportedSpace  # noqa: E402
from textgym.policies import (  # noqa: E402
    DoctorCallback,
    DoctorWarning,
    LLMActorCriticPolicy,
    LLMFeaturesExtractor,
    PackedRolloutBuffer,
    RecomputeCallback,
    ReferenceKLCallback,
)

END, GOOD, BAD = 2, 4, 90
ENVS, STEPS = 4, 128


class Tokenizer:
    """What the doctor asks of an environment's tokenizer."""

    end_of_turn_id = END


@pytest.fixture
def env(token_toy):
    """The toy, with a known end-of-turn id."""

    class WithTokenizer(token_toy):
        tokenizer = Tokenizer()

    return WithTokenizer


@pytest.fixture
def stopping_model(make_model):
    """The toy's language model, which writes the end-of-turn id one time in five."""
    return lambda: with_end_bias(make_model(), 4.0)


def with_end_bias(model, bias):
    values = torch.zeros(model.lm_head.out_features)
    values[END] = bias
    model.lm_head.register_parameter("bias", torch.nn.Parameter(values))
    return model


def make(env, language_model, *, policy=LLMActorCriticPolicy, buffer=PackedRolloutBuffer, **options):
    policy_kwargs = {"language_model": language_model, "device": "cpu", "trainable": "full"}
    options = {"n_steps": STEPS, "learning_rate": 3e-4, "algorithm": PPO, **options}
    algorithm = options.pop("algorithm")
    if algorithm is PPO:
        options = {"batch_size": ENVS * options["n_steps"], "n_epochs": 2, **options}
    return algorithm(
        policy,
        DummyVecEnv([env] * ENVS),
        gamma=1.0,
        seed=0,
        device="cpu",
        rollout_buffer_class=buffer,
        policy_kwargs={**policy_kwargs, **options.pop("policy_kwargs", {})},
        **options,
    )


def diagnose(model, *, rollouts=1, before=()):
    """The checks that found something."""
    doctor = DoctorCallback()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DoctorWarning)
        model.learn(rollouts * ENVS * model.n_steps, callback=[*before, doctor])
    return {finding.check: finding for finding in doctor.findings}


@pytest.mark.parametrize("buffer", [PackedRolloutBuffer, DictRolloutBuffer])
@pytest.mark.parametrize("algorithm", [PPO, A2C])
def test_a_healthy_training_is_left_in_peace(env, stopping_model, buffer, algorithm):
    rate = 3e-4 if algorithm is PPO else 1e-4
    model = make(env, stopping_model, buffer=buffer, algorithm=algorithm, learning_rate=rate)
    assert diagnose(model, rollouts=5) == {}


def several_turns(toy):
    """Three turns, with ids of the environment between them, and `turn_ended` in the info as the views have it."""

    class SeveralTurns(toy):
        def __init__(self):
            super().__init__(length=48)

        def reset(self, **kwargs):
            self.turns = 0
            return super().reset(**kwargs)

        def step(self, action):
            _, reward, ended, _, info = super().step(action)
            if not ended:
                return self._observe(), reward, False, False, {}
            self.turns += 1
            if self.turns < 3:
                self.left = 6
                self.ids += [END, *self.np_random.integers(3, 97, 2)] if action != END else [7, 8]
            return self._observe(), reward, self.turns == 3, False, {**info, "turn_ended": True}

    return SeveralTurns


def test_several_turns_with_recomputation_and_penalty_are_healthy(env, stopping_model):
    model = make(several_turns(env), stopping_model, n_steps=192, policy_kwargs={"trainable": "lora"})
    assert diagnose(model, rollouts=3, before=[RecomputeCallback(), ReferenceKLCallback(0.05)]) == {}


def test_bfloat16_is_healthy_with_recomputation_only(env, stopping_model):
    options = {"policy_kwargs": {"trainable": "lora", "dtype": "bfloat16"}, "n_steps": 64, "batch_size": 128}
    found = diagnose(make(env, stopping_model, **options), rollouts=3)
    assert set(found) == {"ratio"}
    assert "RecomputeCallback" in found["ratio"].advice
    assert diagnose(make(env, stopping_model, **options), rollouts=3, before=[RecomputeCallback()]) == {}


class ShiftedBuffer(PackedRolloutBuffer):
    """Stores the log-probabilities of a colder distribution."""

    def add(self, obs, action, reward, episode_start, value, log_prob):
        super().add(obs, action, reward, episode_start, value, log_prob * 0.9)


def test_log_probs_of_another_distribution(env, stopping_model):
    assert set(diagnose(make(env, stopping_model, buffer=ShiftedBuffer))) == {"ratio"}


class Training(LLMActorCriticPolicy):
    """Lets the language model follow the policy into training mode."""

    def set_training_mode(self, mode):
        super().set_training_mode(mode)
        self.backbone.model.train(mode)


def with_dropout_layer(model):
    model.model.norm = torch.nn.Sequential(model.model.norm, torch.nn.Dropout(0.2))
    return model


def with_attention_dropout(model):
    model.config.attention_dropout = 0.2
    for layer in model.model.layers:
        layer.self_attn.attention_dropout = 0.2
    return model


@pytest.mark.parametrize(
    "plant, where", [(with_dropout_layer, "norm.1"), (with_attention_dropout, "config.attention_dropout")]
)
@pytest.mark.parametrize("trainable", ["full", "heads"])
def test_dropout(env, stopping_model, plant, where, trainable):
    model = make(
        env, lambda: plant(stopping_model()), policy=Training, policy_kwargs={"trainable": trainable}
    )
    found = diagnose(model)
    assert set(found) == {"dropout", "ratio"}
    assert where in found["dropout"].message


@pytest.mark.parametrize("plant", [with_dropout_layer, with_attention_dropout])
def test_dropout_that_stays_off_is_healthy(env, stopping_model, plant):
    assert diagnose(make(env, lambda: plant(stopping_model()))) == {}


def test_updates_that_go_too_far(env, stopping_model):
    found = diagnose(make(env, stopping_model, learning_rate=1e-2, n_epochs=4), rollouts=3)
    assert "update_kl" in found
    assert "learning_rate" in found["update_kl"].advice


def test_two_updates_that_go_too_far_may_be_chance(env, stopping_model):
    model = make(env, stopping_model, learning_rate=1e-2, n_epochs=4)
    assert "update_kl" not in diagnose(model, rollouts=2)


def test_a_policy_far_from_the_language_model(env, stopping_model):
    model = make(env, stopping_model, learning_rate=1e-2, n_epochs=4)
    found = diagnose(model, rollouts=6, before=[ReferenceKLCallback(0.01)])
    assert "target" in found["reference_kl"].advice


class NoEndBuffer(PackedRolloutBuffer):
    """Takes the end-of-turn id for padding and leaves it out."""

    def samples(self, segments):
        samples = super().samples(segments)
        keep = samples.actions != END
        packed = samples.observations
        packed = type(packed)(packed.ids, packed.row[keep], packed.column[keep])
        return type(samples)(packed, *(column[keep] for column in samples[1:]))


def test_end_of_turn_actions_that_are_left_out(env, stopping_model):
    found = diagnose(make(env, stopping_model, buffer=NoEndBuffer))
    assert set(found) == {"end_of_turn"}
    assert "the update saw 0" in found["end_of_turn"].message


class NoEndPolicy(LLMActorCriticPolicy):
    """Multiplies log-probabilities by a mask that takes the end-of-turn id for padding."""

    def forward(self, obs, deterministic=False):
        actions, values, log_probs = super().forward(obs, deterministic)
        return actions, values, log_probs * (actions != END)

    def evaluate_actions(self, obs, actions):
        values, log_probs, entropy = super().evaluate_actions(obs, actions)
        return values, log_probs * (actions != END), entropy


@pytest.mark.parametrize("buffer", [PackedRolloutBuffer, DictRolloutBuffer])
def test_end_of_turn_actions_that_are_masked(env, stopping_model, buffer):
    found = diagnose(make(env, stopping_model, policy=NoEndPolicy, buffer=buffer))
    assert set(found) == {"end_of_turn"}
    assert "exactly 0" in found["end_of_turn"].message


def test_history_that_is_rewritten(env, stopping_model):
    class Rewriting(several_turns(env)):
        def step(self, action):
            turn = self.turns
            result = super().step(action)
            if self.turns > turn:
                self.ids[0] = int(self.np_random.integers(3, 97))
            return self._observe(), *result[1:]

    assert set(diagnose(make(Rewriting, stopping_model, n_steps=192))) == {"history"}


def test_episodes_that_are_truncated(env, stopping_model):
    found = diagnose(make(lambda: gym.wrappers.TimeLimit(env(), 3), stopping_model))
    assert set(found) == {"truncation"}


@pytest.mark.parametrize("toy", [lambda env: env, several_turns])
def test_turns_that_the_policy_does_not_end(env, make_model, toy):
    found = diagnose(make(toy(env), make_model, n_steps=192))
    assert set(found) == {"turn_ends"}
    assert "max_new_tokens" in found["turn_ends"].advice


def test_entropy_that_collapses(env, make_model):
    class ShortIsBest(env):
        def step(self, action):
            observation, _, *rest = super().step(action)
            return observation, -float(action != END), *rest

    model = make(
        ShortIsBest,
        lambda: with_end_bias(make_model(), 7.0),
        learning_rate=3e-3,
        n_epochs=4,
        batch_size=STEPS,
    )
    found = diagnose(model, rollouts=4)
    assert "ent_coef" in found["entropy"].advice


@pytest.mark.parametrize(
    "reward, check",
    [
        (lambda _: 0.0, "reward_constant"),
        (lambda reward: 1e4 * reward, "reward_scale"),
        (lambda reward: 1e-5 * reward, "reward_scale"),
    ],
)
def test_rewards_without_signal_or_scale(env, stopping_model, reward, check):
    model = make(lambda: gym.wrappers.TransformReward(env(), reward), stopping_model)
    assert set(diagnose(model)) == {check}


def test_a_few_episodes_are_not_judged(env, stopping_model):
    model = make(lambda: gym.wrappers.TransformReward(env(), lambda _: 0.0), stopping_model, n_steps=16)
    assert diagnose(model) == {}


def test_rewards_that_are_no_numbers(env, stopping_model):
    def sometimes_nan(reward):
        return reward if reward else float("nan")

    model = make(lambda: gym.wrappers.TransformReward(env(), sometimes_nan), stopping_model)
    found = diagnose(model)
    assert f"of {ENVS * STEPS} rewards" in found["reward_finite"].message


def test_rollouts_that_cut_episodes_off(env, stopping_model):
    found = diagnose(make(env, stopping_model, n_steps=8, learning_rate=1e-5), rollouts=12)
    assert set(found) == {"cut_off"}
    assert "raise n_steps from 8 to" in found["cut_off"].advice


class SixSteps(gym.Wrapper):
    """Episodes of exactly six tokens."""

    def step(self, action):
        return self.env.step(3 if action == END else action)


def test_the_share_of_steps_that_are_cut_off(env, stopping_model):
    found = diagnose(make(lambda: SixSteps(env()), stopping_model, n_steps=11), rollouts=3)["cut_off"]
    # Of steps 22 to 32, those from 30 on belong to an episode that goes on; of 33 steps each sixth ended one.
    assert found.message.startswith("27% of the steps")
    assert "from 11 to 132" in found.advice


def test_episodes_that_end_with_the_rollout_are_not_cut_off(env, stopping_model):
    assert diagnose(make(lambda: SixSteps(env()), stopping_model, n_steps=6), rollouts=3) == {}


def test_a_training_that_broke_off_before_its_update_goes_on(env, stopping_model):
    model, doctor = make(env, stopping_model, buffer=ShiftedBuffer), DoctorCallback()
    model.train = unlucky
    with pytest.raises(MemoryError):
        model.learn(ENVS * STEPS, callback=doctor)
    del model.train
    with pytest.warns(DoctorWarning, match="ratio: "):
        model.learn(ENVS * STEPS, callback=doctor)
    assert "evaluate_actions" not in vars(model.policy)


def unlucky():
    raise MemoryError


def test_an_episode_that_began_before_the_doctor_came_is_not_counted(env, stopping_model):
    model = make(
        lambda: gym.wrappers.TransformReward(SixSteps(env()), lambda _: 1.0), stopping_model, n_steps=64
    )
    model.learn(64 * ENVS)
    doctor = DoctorCallback()
    with pytest.warns(DoctorWarning):
        model.learn(64 * ENVS, callback=doctor, reset_num_timesteps=False)
    (found,) = [finding for finding in doctor.findings if finding.check == "reward_constant"]
    assert "the last 40 episodes all returned 6" in found.message


def test_a_value_function_that_explains_returns_makes_up_for_short_rollouts(env, stopping_model):
    class Known(env):
        """The prompt says what every step will earn."""

        def reset(self, **kwargs):
            super().reset(**kwargs)
            self.ids = [GOOD if self.np_random.random() < 0.5 else BAD]
            return self._observe(), {}

        def step(self, action):
            observation, _, *rest = super().step(action)
            return observation, float(self.ids[0] == GOOD), *rest

    class Knowing(LLMActorCriticPolicy):
        def forward(self, obs, deterministic=False):
            actions, _, log_probs = super().forward(obs, deterministic)
            return actions, self.predict_values(obs), log_probs

        def predict_values(self, obs):
            return 4.0 * (obs["tokens"][:, :1] == GOOD).float()

    model = make(Known, stopping_model, policy=Knowing, n_steps=8)
    assert "cut_off" not in diagnose(model, rollouts=12)


@pytest.mark.parametrize("policy", [LLMActorCriticPolicy, Training])
@pytest.mark.parametrize("buffer", [PackedRolloutBuffer, DictRolloutBuffer])
@pytest.mark.parametrize("algorithm", [PPO, A2C])
def test_the_training_is_the_same_with_a_doctor(env, stopping_model, policy, buffer, algorithm):
    weights = []
    for callback in (None, DoctorCallback()):
        model = make(
            env,
            lambda: with_dropout_layer(stopping_model()),
            policy=policy,
            buffer=buffer,
            algorithm=algorithm,
            n_steps=40,
            **({"batch_size": 80} if algorithm is PPO else {}),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DoctorWarning)
            model.learn(3 * 40 * ENVS, callback=callback)
        weights.append(torch.cat([p.detach().flatten() for p in model.policy.parameters()]))
    assert torch.equal(*weights)


def test_a_finding_is_given_once_and_counted_in_the_log(env, stopping_model, tmp_path):
    model = make(env, stopping_model, buffer=ShiftedBuffer)
    model.set_logger(configure(str(tmp_path), ["csv"]))
    doctor = DoctorCallback()
    with pytest.warns(DoctorWarning, match="ratio: ") as given:
        model.learn(3 * ENVS * STEPS, callback=doctor)
    model.learn(ENVS * STEPS, callback=doctor, reset_num_timesteps=False)  # a second warning would fail
    model.logger.close()
    assert len(given) == len(doctor.findings) == 1
    logged = np.genfromtxt(tmp_path / "progress.csv", delimiter=",", names=True)["doctorratio"]
    np.testing.assert_array_equal(logged[1:], [1, 2, 3])
    assert model.logger.name_to_value["doctor/ratio"] == 4


def test_nothing_of_the_doctor_stays_on_the_model(env, stopping_model):
    model = make(env, stopping_model)
    diagnose(model)
    assert "get" not in vars(model.rollout_buffer)
    assert "evaluate_actions" not in vars(model.policy)


def test_other_algorithms_are_refused(env, make_model):
    model = DQN(
        "MultiInputPolicy",
        DummyVecEnv([env]),
        buffer_size=10,
        policy_kwargs={
            "features_extractor_class": LLMFeaturesExtractor,
            "features_extractor_kwargs": {"language_model": make_model, "device": "cpu"},
        },
    )
    with pytest.raises(TypeError, match="PPO or A2C"):
        model.learn(1, callback=DoctorCallback())


def test_the_choice_view_is_refused(choice_toy, make_model):
    with pytest.raises(UnsupportedSpace, match="token view"):
        make(choice_toy, make_model, buffer=DictRolloutBuffer, policy_kwargs={"trainable": "heads"}).learn(
            1, callback=DoctorCallback()
        )
