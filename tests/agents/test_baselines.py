"""The baselines answer every task, and each does what its name says."""

from pathlib import Path
from runpy import run_path

import pytest

import textgym
from textgym.protocols import Request
from textgym.registration import env_ids

AGENTS = Path(__file__).parents[2] / "agents"
PLAIN = ("random_words", "copy_source", "retrieval", "adapted", "adapted_last_line", "scripted_dialogue")


def _reply(agent, *contents, seed=0, turn=0):
    roles = ("user", "assistant")
    talk = tuple({"role": roles[i % 2], "content": text} for i, text in enumerate(contents))
    return agent.act([Request(talk, 0, turn, seed)])[0]


@pytest.mark.parametrize("env_id", env_ids("text"))
@pytest.mark.parametrize("name", PLAIN)
def test_every_baseline_answers_every_task(name, env_id):
    kwargs = {"episodes": 3, "seed": 0, "on_error": "raise"}
    first, second = (textgym.evaluate(str(AGENTS / f"{name}.py"), env_id, **kwargs) for _ in range(2))
    assert [r.replies for r in first.records] == [r.replies for r in second.records]


def test_random_words_come_from_the_message_and_depend_on_the_seed():
    agent = run_path(str(AGENTS / "random_words.py"))["make_agent"]()
    message = "one two three four five six seven eight"
    replies = {_reply(agent, message, seed=seed) for seed in range(5)}
    assert len(replies) == 5
    assert all(len(reply.split()) == 8 and set(reply.split()) <= set(message.split()) for reply in replies)
    assert _reply(agent, "") == ""


@pytest.mark.parametrize(
    "message, reply",
    [
        ("Translate to German:\nGood morning.\nBye.", "Good morning.\nBye."),
        ("Summarize in at most 5 words:\nA cat sat. It was old. Then more.", "A cat sat."),
        ("Summarize in at most 6 words:\nA cat sat. It was old. Then more.", "A cat sat. It was old."),
        ("Summarize in at most 2 words:\nA cat sat. It was old.", "A cat"),
        ("Continue the conversation:\nA: Hi!\nB: Hello: you?", "Hello: you?"),
        ("One line only", "One line only"),
    ],
)
def test_copy_source_reduces_the_prompt(message, reply):
    agent = run_path(str(AGENTS / "copy_source.py"))["make_agent"]()
    assert _reply(agent, message) == reply


STORM = "It was a quiet week. Storm Vaix hit Bixford on Monday. It damaged 12 houses. Winds reached 90 km."


@pytest.mark.parametrize(
    "instruction, reply",
    [
        ("Answer the query in at most 30 words: How many houses were damaged?", "It damaged 12 houses."),
        (
            "Answer the query in at most 30 words: How many houses were damaged? Where did the storm hit?",
            "Storm Vaix hit Bixford on Monday. It damaged 12 houses.",
        ),
        (
            "Answer the query in at most 9 words: How many houses were damaged? Where did the storm hit?",
            "It damaged 12 houses.",
        ),
        (
            "Answer the query in at most 1 words: Where did the storm hit?",
            "Storm Vaix hit Bixford on Monday.",
        ),
        ("Name the winds", "Winds reached 90 km."),
    ],
)
def test_query_sentences_are_the_most_like_the_questions(instruction, reply):
    agent = run_path(str(AGENTS / "query_sentences.py"))["make_agent"]()
    assert _reply(agent, f"{instruction}\n{STORM}") == reply
    assert _reply(agent, instruction) == instruction


def test_query_sentences_find_more_than_the_lead():
    env_id = "textgym/QueryFocusedSummarization-v0"
    found, lead = (
        textgym.evaluate(str(AGENTS / f"{name}.py"), env_id, episodes=60, seed=0)
        for name in ("query_sentences", "copy_source")
    )
    assert found.interval[0] > lead.interval[1]
    assert found.metric_means["unasked_facts"] < lead.metric_means["unasked_facts"] / 2


def test_retrieval_answers_with_the_reference_of_the_nearest_training_prompt(tmp_path):
    rows = [
        ("The red house", "Das rote Haus"),
        ("A blue car", "Ein blaues Auto"),
        ("Many green trees", "Viele Bäume"),
    ]
    source = tmp_path / "pairs.jsonl"
    source.write_text(
        "".join(f'{{"source": "{a}", "target": "{b}", "split": "train"}}\n' for a, b in rows), "utf-8"
    )
    make_agent = run_path(str(AGENTS / "retrieval.py"))["make_agent"]
    agent = make_agent("textgym/Translation-v0", {"source": f"jsonl:{source}", "language": "de"})
    assert _reply(agent, "Translate into German:\nThe red houses!") == "Das rote Haus"
    assert _reply(agent, "Translate into German:\nTwo blue cars") == "Ein blaues Auto"


def test_adapted_makes_the_answer_of_the_nearest_example_over(tmp_path):
    rows = [
        ("Ada lives in Rixford.", "Ada wohnt in Rixford."),
        ("The shop sells 12 lamps.", "Der Laden verkauft 12 Lampen."),
        ("They like Bo.", "Sie mögen Bo."),
    ]
    source = tmp_path / "pairs.jsonl"
    source.write_text(
        "".join(f'{{"source": "{a}", "target": "{b}", "split": "train"}}\n' for a, b in rows), "utf-8"
    )
    make_agent = run_path(str(AGENTS / "adapted.py"))["make_agent"]
    agent = make_agent("textgym/Translation-v0", {"source": f"jsonl:{source}", "language": "de"})
    assert _reply(agent, "Translate into German:\nEve lives in Pimton.") == "Eve wohnt in Pimton."
    assert _reply(agent, "Translate into German:\nThe shop sells 9 lamps.") == "Der Laden verkauft 9 Lampen."


def test_adapted_last_line_looks_for_the_question_and_answers_from_the_conversation(tmp_path):
    rows = [
        ("A: Hello, I am Eve.\\nB: And I am Di. I like tea.\\nA: What do you like?", "I like tea."),
        ("A: Hello, I am Ada.\\nB: And I am Bo.\\nA: What is your name?", "My name is Bo."),
    ]
    source = tmp_path / "talks.jsonl"
    source.write_text(
        "".join(f'{{"context": "{a}", "target": "{b}", "split": "train"}}\n' for a, b in rows), "utf-8"
    )
    asked = "A: Hello, I am Eve.\nB: And I am Cy. I like tea.\nA: What is your name?"
    answers = {"retrieval": "I like tea.", "adapted": "I like tea.", "adapted_last_line": "My name is Cy."}
    for name, answer in answers.items():
        make_agent = run_path(str(AGENTS / f"{name}.py"))["make_agent"]
        agent = make_agent("textgym/ChitChat-v0", {"source": f"jsonl:{source}"})
        assert _reply(agent, f"Continue the conversation:\n{asked}") == answer
        assert _reply(agent, f"Continue the conversation:\n{asked}\n") == answer


def test_adapted_last_line_says_more_of_what_small_talk_asks_for():
    found = [
        textgym.evaluate(str(AGENTS / f"{name}.py"), "textgym/ChitChat-v0", episodes=60, seed=0)
        for name in ("adapted_last_line", "adapted", "retrieval")
    ]
    assert found[0].interval[0] > found[1].interval[1]
    assert [r.metric_means["fact_recall"] for r in found] == sorted(
        (r.metric_means["fact_recall"] for r in found), reverse=True
    )


def test_adapted_states_the_facts_that_retrieval_does_not():
    env_id = "textgym/QueryFocusedSummarization-v0"
    made_over, found = (
        textgym.evaluate(str(AGENTS / f"{name}.py"), env_id, episodes=60, seed=0)
        for name in ("adapted", "retrieval")
    )
    assert made_over.interval[0] > found.interval[1] + 0.3
    assert made_over.metric_means["fact_recall"] > found.metric_means["fact_recall"] + 0.5


def test_retrieval_beats_copying_and_copying_beats_random_words_in_translation():
    scores = [
        textgym.evaluate(str(AGENTS / f"{name}.py"), "textgym/Translation-v0", episodes=60, seed=0).interval
        for name in ("retrieval", "copy_source", "random_words")
    ]
    assert scores[0][0] > scores[1][1]
    assert scores[1][0] > scores[2][1]


def test_the_endpoint_is_read_from_the_environment(monkeypatch):
    pytest.importorskip("openai")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_MODEL", "small")
    agent = run_path(str(AGENTS / "openai_endpoint.py"))["make_agent"]()
    assert (agent.base_url, agent.model) == ("http://127.0.0.1:9/v1", "small")


@pytest.mark.train
def test_the_zero_shot_model_answers():
    pytest.importorskip("torch")
    result = textgym.evaluate(str(AGENTS / "zero_shot_lm.py"), "textgym/Translation-v0", episodes=2, seed=0)
    assert result.errors == 0
    assert all(record.replies[0] for record in result.records)


@pytest.mark.train
def test_the_ppo_agent_plays_a_trained_run(tmp_path, monkeypatch, byte_model):
    pytest.importorskip("stable_baselines3")
    from textgym.algorithms.train import train

    view = {"tokenizer": byte_model, "candidates": 3, "context_length": 400}
    options = {"n_steps": 4, "batch_size": 8, "policy_kwargs": {"language_model": byte_model}}
    run = tmp_path / "run"
    model = train(
        "textgym/Translation-choice-v0", run, timesteps=8, n_envs=2, env_kwargs=view, options=options
    )
    monkeypatch.setenv("TEXTGYM_PPO", str(run))
    played = [
        textgym.evaluate(agent, "textgym/Translation-v0", episodes=4, seed=0, on_error="raise").records
        for agent in (str(AGENTS / "ppo.py"), model)
    ]
    assert [r.replies for r in played[0]] == [r.replies for r in played[1]]


@pytest.mark.train
def test_the_ppo_script_trains(monkeypatch):
    pytest.importorskip("stable_baselines3")
    from textgym.algorithms import train

    calls = []
    monkeypatch.setattr(train, "train", lambda *args, **kwargs: calls.append((args, kwargs)))
    monkeypatch.setattr("sys.argv", ["ppo.py", "choice", "--out", "runs/x", "--seed", "7"])
    with pytest.raises(SystemExit) as ended:
        run_path(str(AGENTS / "ppo.py"), run_name="__main__")
    assert ended.value.code == 0
    [(positional, named)] = calls
    assert positional == ("textgym/Translation-choice-v0", Path("runs/x"))
    assert named["seed"] == 7
    assert named["env_kwargs"]["source"].startswith("django:")
    assert named["options"]["gamma"] == 1.0
