"""Policy, value head, reference and reward model on one language model, none of which changes another."""

from contextlib import contextmanager

import gymnasium as gym
import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")

from stable_baselines3 import PPO  # noqa: E402
from stable_baselines3.common.callbacks import BaseCallback  # noqa: E402

from textgym.policies import (  # noqa: E402
    LearnedRewardVecEnv,
    LLMActorCriticPolicy,
    PackedRolloutBuffer,
    ReferenceKLCallback,
    make_sb3_vec_env,
)
from textgym.protocols import Example  # noqa: E402
from textgym.rewards import RewardModel  # noqa: E402
from textgym.wrappers import LearnedReward  # noqa: E402

ENV_ID, ENVS, BUDGET = "textgym/Translation-tokens-v0", 3, 4
TALKS = [
    ({"role": "user", "content": prompt}, {"role": "assistant", "content": reply})
    for prompt, reply in (("go", "yes"), ("go on", "no"), ("stay", "I would rather not"))
]


def randomise(weights, scale=0.3):
    """Weights as if trained: no head and no adapter is zero."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in weights:
            weight.normal_(0, scale, generator=generator)


@pytest.fixture
def reward_model(byte_model):
    model = RewardModel(byte_model, device="cpu", lora_rank=2)
    randomise(model.parameters())
    return model


def scores(model):
    return model(TALKS, [Example(str(i), "") for i in range(len(TALKS))])


def make_ppo(byte_model, reward_model=None):
    venv = make_sb3_vec_env(
        ENV_ID, ENVS, seed=0, tokenizer=byte_model, max_new_tokens=BUDGET, context_length=256
    )
    if reward_model is not None:
        venv = LearnedRewardVecEnv(venv, reward_model)
    model = PPO(
        LLMActorCriticPolicy,
        venv,
        n_steps=2 * BUDGET,
        batch_size=ENVS * 2 * BUDGET,
        n_epochs=1,
        gamma=1.0,
        learning_rate=1e-2,
        seed=0,
        device="cpu",
        rollout_buffer_class=PackedRolloutBuffer,
        policy_kwargs={"language_model": byte_model, "device": "cpu", "lora_rank": 2},
    )
    randomise(model.policy.backbone.parameters(), 0.1)
    return model


@contextmanager
def tokens_read(backbone):
    """Number of tokens of each pass through the language model, padding counted."""
    counts = []
    embedding = backbone.model.get_input_embeddings()
    hook = embedding.register_forward_pre_hook(lambda _, args: counts.append(args[0].numel()))
    yield counts
    hook.remove()


def test_policy_value_reference_and_reward_are_one_language_model(byte_model, reward_model):
    ppo, callback = make_ppo(byte_model, reward_model), ReferenceKLCallback(0.1)
    callback.init_callback(ppo)
    base = ppo.policy.backbone.model
    assert base is reward_model.backbone.model
    assert base is callback._reference.model
    # The value head has no language model of its own.
    assert [(name, tuple(p.shape)) for name, p in ppo.policy.heads.named_parameters()] == [
        ("value.weight", (1, 16)),
        ("value.bias", (1,)),
    ]
    trained = [{id(p) for p in part.parameters()} for part in (ppo.policy, reward_model, base)]
    assert not trained[0] & trained[1] | trained[0] & trained[2] | trained[1] & trained[2]


def act(ppo, between=lambda: None):
    """Log-probabilities of a few steps of acting, and the tokens that the policy read in each."""
    policy, obs, found, read = ppo.policy, ppo.env.reset(), [], []
    for _ in range(6):  # turns have four tokens: rows also begin anew
        with torch.no_grad(), tokens_read(policy.backbone) as counts:
            actions, values, log_probs = policy(policy.obs_to_tensor(obs)[0])
        read.append(sum(counts))
        found.append(torch.stack([log_probs, values[:, 0], actions.float()]))
        between()
        obs = ppo.env.step(actions.numpy())[0]
    return torch.stack(found), read


def test_scoring_in_a_rollout_changes_no_log_probability_and_no_slot(byte_model, reward_model):
    undisturbed, needed = act(make_ppo(byte_model))

    def score_and_train():
        scores(reward_model)
        reward_model.scores(TALKS).sum().backward()
        torch.optim.SGD(reward_model.parameters(), lr=1e-3).step()

    beside, read = act(make_ppo(byte_model), between=score_and_train)
    assert torch.equal(beside, undisturbed)
    assert read == needed
    assert ENVS in read  # one new token for each row, and nothing encoded again


def test_the_policy_computes_without_the_adapter_of_the_reward(byte_model, reward_model):
    policy = make_ppo(byte_model).policy
    ids = torch.arange(20)[None]
    before = policy.backbone.logits(policy.backbone.hidden(ids))
    scores(reward_model)
    reward_model.scores(TALKS).sum().backward()
    assert torch.equal(policy.backbone.logits(policy.backbone.hidden(ids)), before)


def test_training_the_policy_changes_no_score(byte_model, reward_model):
    before = scores(reward_model)
    ppo = make_ppo(byte_model, reward_model)
    weights = [p.detach().clone() for p in ppo.policy.backbone.parameters()]
    ppo.learn(ENVS * 2 * BUDGET)
    assert any(not torch.equal(a, b) for a, b in zip(weights, ppo.policy.backbone.parameters(), strict=True))
    np.testing.assert_array_equal(scores(reward_model), before)


class Learned(BaseCallback):
    """The conversations that ended, with their rewards and what info says of them."""

    def _on_step(self):
        self.ended = [*getattr(self, "ended", [])]
        for row, info in enumerate(self.locals["infos"]):
            if self.locals["dones"][row]:
                self.ended.append((self.locals["rewards"][row], info["conversation"], info["example"]))
        return True


def test_a_policy_is_rewarded_by_the_score_of_its_own_conversation(byte_model, reward_model):
    ppo, callback = make_ppo(byte_model, reward_model), Learned()
    ppo.learn(ENVS * 2 * BUDGET, callback=callback)
    assert len(callback.ended) >= 2 * ENVS
    for reward, conversation, example in callback.ended:
        assert reward == pytest.approx(reward_model([conversation], [example])[0], abs=1e-5)
    assert len({round(float(reward), 4) for reward, _, _ in callback.ended}) > 3


def written(tokenizer_folder, texts):
    from textgym.tokenization import load_tokenizer

    tokenizer = load_tokenizer(tokenizer_folder)
    return np.array([[*tokenizer.encode(text), tokenizer.end_of_turn_id] for text in texts])


def test_it_reads_the_ids_that_the_token_view_holds(byte_model, reward_model):
    env = gym.make("textgym/Dialogue-tokens-v0", tokenizer=byte_model, max_new_tokens=8, context_length=4096)
    env.reset(seed=0)
    for turn in range(3):
        for action in written(byte_model, [f"say {turn}"])[0]:
            obs, _, terminated, _, info = env.step(action)
        assert not terminated
        held = obs["tokens"][: int(obs["length"][0])].tolist()
        read = reward_model.ids(info["conversation"])
        assert held[: len(read)] == read
        # Behind it stand the environment's answer and the opening of the next turn.
        assert held[len(read) :] == reward_model._tokenizer.reply_ids(info["conversation"])


@pytest.mark.parametrize("kind", ["one", "vector"])
def test_it_rewards_environments_of_gymnasium(byte_model, reward_model, kind):
    options = {"tokenizer": byte_model, "max_new_tokens": 8, "context_length": 256}
    replies = ["abcd", "efgh"]
    if kind == "one":
        env = LearnedReward(gym.make(ENV_ID, **options), reward_model)
        got, talks = [], []
        for seed, ids in enumerate(written(byte_model, replies)):
            env.reset(seed=seed)
            for action in ids:
                _, reward, terminated, _, info = env.step(action)
            assert terminated
            got.append(reward)
            talks.append(info["conversation"])
    else:
        env = LearnedReward(gym.make_vec(ENV_ID, num_envs=2, **options), reward_model)
        env.reset(seed=[0, 1])
        for actions in written(byte_model, replies).T:
            _, got, terminated, _, infos = env.step(actions)
        assert terminated.all()
        talks = list(infos["conversation"])
    assert [talk[-1]["content"] for talk in talks] == replies
    np.testing.assert_allclose(got, reward_model(talks, [Example("a", ""), Example("b", "")]), atol=1e-5)
