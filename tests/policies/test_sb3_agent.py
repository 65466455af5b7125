"""A model's text agent does exactly what the model does in its view."""

import gymnasium as gym
import pytest

pytest.importorskip("stable_baselines3")
pytestmark = pytest.mark.train


@pytest.fixture
def make_venv(byte_tokenizer):
    def make(env_id, **kwargs):
        from textgym.policies import make_sb3_vec_env

        return make_sb3_vec_env(env_id, 1, seed=0, tokenizer=byte_tokenizer, **kwargs)

    return make


@pytest.fixture
def ppo(byte_model):
    from stable_baselines3 import PPO

    from textgym.policies import LLMActorCriticPolicy

    def build(venv):
        policy = {"language_model": byte_model, "trainable": "heads"}
        return PPO(LLMActorCriticPolicy, venv, n_steps=8, batch_size=8, seed=0, policy_kwargs=policy)

    return build


def _play_view(model, records, env_id, split_kwargs):
    """Returns and replies of `model.predict` in the view, on the examples that the records name."""
    from textgym.evaluation.example_order import example_indices

    env = gym.make(env_id, disable_env_checker=True, split="test", **split_kwargs)
    order = example_indices(env.unwrapped.task, "test", episodes=len(records), seed=4, repeats=False)
    played = []
    for index in order:
        observation, _ = env.reset(seed=0, options={"index": index})
        total, over = 0.0, False
        while not over:
            batch = {name: value[None] for name, value in observation.items()}
            action = int(model.predict(batch, deterministic=True)[0][0])
            observation, reward, terminated, truncated, info = env.step(action)
            total, over = total + reward, terminated or truncated
        replies = tuple(m["content"] for m in info["conversation"] if m["role"] == "assistant")
        played.append((pytest.approx(total), replies))
    return played


@pytest.mark.parametrize(
    "family, kwargs",
    [
        ("Translation", {"max_new_tokens": 6, "context_length": 400}),
        ("Dialogue", {"max_new_tokens": 4, "context_length": 2600}),
    ],
)
def test_the_token_agent_repeats_the_token_view(family, kwargs, byte_tokenizer, make_venv, ppo):
    import textgym

    model = ppo(make_venv(f"textgym/{family}-tokens-v0", **kwargs))
    result = textgym.evaluate(model, f"textgym/{family}-v0", episodes=3, seed=4)
    view = _play_view(
        model, result.records, f"textgym/{family}-tokens-v0", {"tokenizer": byte_tokenizer, **kwargs}
    )
    assert [(r.return_, r.replies) for r in result.records] == view
    assert result.errors == 0
    assert any(any(reply for reply in r.replies) for r in result.records)


@pytest.mark.parametrize("family", ["Translation", "Dialogue"])
def test_the_choice_agent_repeats_the_choice_view(family, byte_tokenizer, make_venv, ppo):
    import textgym

    kwargs = {"candidates": 4, "context_length": 2600}
    model = ppo(make_venv(f"textgym/{family}-choice-v0", **kwargs))
    result = textgym.evaluate(model, f"textgym/{family}-v0", episodes=3, seed=4)
    view = _play_view(
        model, result.records, f"textgym/{family}-choice-v0", {"tokenizer": byte_tokenizer, **kwargs}
    )
    assert [(r.return_, r.replies) for r in result.records] == view


def test_generation_with_a_cache_writes_what_the_policy_picks_token_by_token(make_venv, ppo, monkeypatch):
    from textgym.agent_loading import load_agent
    from textgym.evaluation import evaluate
    from textgym.policies import model_policy

    model = ppo(make_venv("textgym/Translation-tokens-v0", max_new_tokens=6, context_length=400))

    def replies(deterministic):
        agent = load_agent(model, deterministic=deterministic)
        return [r.replies for r in evaluate(agent, "textgym/Translation-v0", episodes=4, seed=0).records]

    fast = [replies(True), replies(False)]
    monkeypatch.setattr(model_policy, "LLMActorCriticPolicy", int)
    assert [replies(True), replies(False)] == fast
    assert fast[0] != fast[1]


@pytest.mark.parametrize("view", ["tokens", "choice"])
def test_sampled_replies_depend_on_the_seed_and_not_on_the_batch(view, make_venv, ppo):
    from textgym.agent_loading import load_agent
    from textgym.evaluation import evaluate

    kwargs = {"max_new_tokens": 6} if view == "tokens" else {}
    model = ppo(make_venv(f"textgym/Translation-{view}-v0", context_length=400, **kwargs))
    agent = load_agent(model, deterministic=False)

    def replies(seed, batch_size):
        result = evaluate(agent, "textgym/Translation-v0", episodes=6, seed=seed, batch_size=batch_size)
        return [r.replies for r in result.records]

    assert replies(0, 1) == replies(0, 6)
    assert replies(0, 6) != replies(1, 6)


def test_candidates_come_from_the_file_as_it_is_now(make_venv, ppo, tmp_path):
    import json

    from textgym.agent_loading import load_agent
    from textgym.protocols import Request

    model = ppo(make_venv("textgym/Translation-choice-v0", proposer="retrieval", context_length=400))
    file = tmp_path / "pairs.jsonl"

    def reply(word):
        rows = [
            {"source": f"{a} tree", "target": f"{a} {word}", "split": "train"} for a in ("A", "One", "No")
        ]
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        kwargs = {"source": f"jsonl:{file}", "language": "de"}
        agent = load_agent(model, env_id="textgym/Translation-v0", env_kwargs=kwargs)
        prompt = {"role": "user", "content": "Translate into German:\nThe tree"}
        return agent.act([Request((prompt,), 0, 0, 0)])[0]

    assert reply("Baum").endswith("Baum")
    assert reply("Gehölz").endswith("Gehölz")


def test_value_based_models_act_greedily_and_cannot_be_sampled(make_venv):
    from stable_baselines3 import DQN

    import textgym
    from textgym.errors import AgentError

    venv = make_venv("textgym/Translation-choice-v0", candidates=3, context_length=400)
    model = DQN("MultiInputPolicy", venv, buffer_size=10, seed=0)
    assert textgym.evaluate(model, "textgym/Translation-v0", episodes=3, seed=0).errors == 0
    with pytest.raises(AgentError, match="deterministic=True"):
        textgym.load_agent(model, deterministic=False)


def test_a_conversation_that_does_not_fit_fails_its_episode(make_venv, ppo):
    import textgym

    model = ppo(make_venv("textgym/Translation-tokens-v0", max_new_tokens=4, context_length=300))
    hard = {"difficulty": 1.0}
    result = textgym.evaluate(model, "textgym/Summarization-v0", episodes=2, seed=0, env_kwargs=hard)
    assert [record.error.partition(":")[0] for record in result.records] == ["ContextTooSmall"] * 2


def test_a_model_without_its_environment_is_refused(make_venv, ppo, tmp_path):
    from stable_baselines3 import PPO

    from textgym.agent_loading import load_agent
    from textgym.errors import AgentError

    ppo(make_venv("textgym/Translation-choice-v0", context_length=400)).save(tmp_path / "model.zip")
    with pytest.raises(AgentError, match="load it with"):
        load_agent(PPO.load(tmp_path / "model.zip"))


def test_a_model_of_another_environment_is_refused():
    from stable_baselines3 import PPO

    from textgym.agent_loading import load_agent
    from textgym.errors import AgentError

    with pytest.raises(AgentError, match="not trained on a tokens or choice view"):
        load_agent(PPO("MlpPolicy", "CartPole-v1", n_steps=8, batch_size=8))


def test_a_training_run_is_loaded_from_its_folder(byte_model, tmp_path):
    import textgym
    from textgym.algorithms.train import train
    from textgym.errors import AgentError, UnknownName

    model = train(
        "textgym/Translation-choice-v0",
        tmp_path / "run",
        timesteps=16,
        n_envs=2,
        env_kwargs={"tokenizer": byte_model, "candidates": 3, "context_length": 400},
        options={"n_steps": 8, "batch_size": 8, "policy_kwargs": {"language_model": byte_model}},
    )
    live = textgym.evaluate(model, "textgym/Translation-v0", episodes=5, seed=0)
    for name in ("run", "run/model", "run/model.zip"):
        loaded = textgym.evaluate(f"sb3:{tmp_path / name}", "textgym/Translation-v0", episodes=5, seed=0)
        assert [r.replies for r in loaded.records] == [r.replies for r in live.records]
    with pytest.raises(UnknownName, match="no model"):
        textgym.load_agent(f"sb3:{tmp_path / 'walk'}")
    (tmp_path / "run" / "training.json").unlink()
    with pytest.raises(AgentError, match=r"training.json is missing"):
        textgym.load_agent(f"sb3:{tmp_path / 'run'}")
