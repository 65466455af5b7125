import json

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("stable_baselines3")

import gymnasium as gym  # noqa: E402
from sb3_contrib import QRDQN  # noqa: E402
from stable_baselines3 import A2C, DQN, PPO  # noqa: E402
from stable_baselines3.common.env_util import make_vec_env  # noqa: E402
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: E402

import textgym  # noqa: E402, F401
from textgym.errors import UnknownName, UnsupportedSpace  # noqa: E402
from textgym.llm.loading import load_language_model  # noqa: E402
from textgym.policies import LLMActorCriticPolicy, LLMFeaturesExtractor, MetricsCallback, make_sb3_vec_env  # noqa: E402
from textgym.registration import FAMILIES  # noqa: E402

NAMES = [family.name for family in FAMILIES]
TEMPLATE = (
    "{% for m in messages %}<|start|>{{ m['role'] }}\n{{ m['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small random language model whose tokenizer has seen prompts of every family."""
    from transformers import LlamaConfig, LlamaForCausalLM

    texts = []
    for name in NAMES:
        env = gym.make(f"textgym/{name}-v0").unwrapped
        texts += [env.reset(seed=i)[0] for i in range(50)]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1024,
        special_tokens=["<|start|>", "<|end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    path = tmp_path_factory.mktemp("model")
    tokenizer.save(str(path / "tokenizer.json"))
    config = {"eos_token": "<|end|>", "chat_template": TEMPLATE}
    (path / "tokenizer_config.json").write_text(json.dumps(config))
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=1,
        num_key_value_heads=1,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        LlamaForCausalLM(config).save_pretrained(path)
    return str(path)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["tokens", "choice"])
def test_four_algorithms_train_on_every_family_and_share_one_model(folder, name, kind):
    shared = load_language_model(folder, device="cpu")
    options = {"tokenizer": folder, **({"candidates": 3} if kind == "choice" else {})}
    venv = make_sb3_vec_env(f"textgym/{name}-{kind}-v0", 4, seed=0, **options)
    own = {"policy_kwargs": {"language_model": folder, "device": "cpu"}, "device": "cpu"}
    networks = {
        "features_extractor_class": LLMFeaturesExtractor,
        "features_extractor_kwargs": {"language_model": folder, "device": "cpu"},
        "net_arch": [16],
    }
    replay = {"buffer_size": 200, "learning_starts": 20, "batch_size": 4, "train_freq": 8}
    # An episode takes one step in the choice view, up to a budget of tokens in the other.
    n_steps = 25 if kind == "tokens" else 10
    agents = [
        PPO(LLMActorCriticPolicy, venv, n_steps=n_steps, batch_size=2 * n_steps, n_epochs=1, **own),
        A2C(LLMActorCriticPolicy, venv, n_steps=n_steps, **own),
        *(
            algorithm("MultiInputPolicy", venv, policy_kwargs=networks, device="cpu", **replay)
            for algorithm in (DQN, QRDQN)
        ),
    ]
    for agent in agents:
        agent.learn(8 * n_steps, callback=MetricsCallback())
        assert agent.num_timesteps >= 8 * n_steps
        extractors = [m for m in agent.policy.modules() if isinstance(m, LLMFeaturesExtractor)]
        assert {id(e.backbone.model) for e in extractors} == {id(shared)}


def test_environments_are_seeded_one_by_one(folder):
    def first(seed):
        return make_sb3_vec_env("textgym/Translation-tokens-v0", 3, seed=seed, tokenizer=folder).reset()[
            "tokens"
        ]

    tokens = first(5)
    assert np.array_equal(tokens, first(5))
    assert np.array_equal(tokens[1:], first(6)[:2])
    assert not np.array_equal(tokens[0], tokens[1])


def test_metrics_and_returns_are_in_the_last_info(folder):
    venv = make_sb3_vec_env("textgym/Translation-choice-v0", 2, seed=0, tokenizer=folder, candidates=3)
    assert venv.action_space.n == 3
    venv.reset()
    _, rewards, dones, infos = venv.step(np.array([0, 2]))
    assert dones.all()
    for reward, info in zip(rewards, infos, strict=True):
        assert info["metrics"]["chrf"] == pytest.approx(100 * reward, abs=1e-3)
        assert info["episode"]["r"] == pytest.approx(reward, abs=1e-4)


def test_a_text_view_names_the_ids_to_use():
    with pytest.raises(
        UnsupportedSpace, match="use textgym/Translation-tokens-v0 or textgym/Translation-choice-v0 instead"
    ):
        make_sb3_vec_env("textgym/Translation-v0", 2, seed=0)


def test_an_unknown_id_gets_the_nearest_ones():
    with pytest.raises(UnknownName, match="did you mean one of textgym/Translation-tokens-v0"):
        make_sb3_vec_env("textgym/Translatoin-tokens-v0", 2, seed=0)


def test_no_environment_is_refused():
    with pytest.raises(ValueError, match="n_envs must be at least 1, got 0"):
        make_sb3_vec_env("textgym/Translation-tokens-v0", 0, seed=0)


def test_stable_baselines3_makes_a_view_by_its_id(folder):
    venv = make_vec_env("textgym/Translation-tokens-v0", n_envs=2, env_kwargs={"tokenizer": folder})
    assert venv.reset()["tokens"].shape == (2, 256)
    model = PPO("MultiInputPolicy", "textgym/Translation-choice-v0", n_steps=8, batch_size=8, device="cpu")
    assert model.action_space.n == 8


@pytest.mark.filterwarnings("ignore:.*render_mode='rgb_array':UserWarning")
def test_stable_baselines3_given_a_text_id_is_told_the_views():
    message = "Make textgym/Translation-tokens-v0 or textgym/Translation-choice-v0 instead"
    with pytest.raises(UnsupportedSpace, match=message):
        make_vec_env("textgym/Translation-v0", n_envs=2)
    with pytest.raises(UnsupportedSpace, match=message):
        PPO("MlpPolicy", "textgym/Translation-v0")
