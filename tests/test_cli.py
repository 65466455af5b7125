import json
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from textgym.cli import app
from textgym.tokenization import load_tokenizer

COPY = "agents/copy_source.py"


@pytest.fixture
def run(monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath)

    def invoke(*arguments, **options):
        return CliRunner().invoke(app, arguments, **options)

    return invoke


@pytest.mark.parametrize(
    "command", ["list", "play", "evaluate", "train", "pretrain", "bench", "demonstrations"]
)
def test_every_command_explains_itself_with_an_example(run, command):
    done = run(command, "--help")
    assert done.exit_code == 0
    assert f"textgym {command}" in done.output.split("Example:")[1]


@pytest.mark.parametrize("arguments", [["list"], ["evaluate", "--help"]])
def test_looking_around_loads_no_torch(arguments):
    program = (
        "import sys\nfrom textgym.cli import app\n"
        f"try:\n    app({arguments!r})\nfinally:\n    assert not {{'torch', 'transformers'}} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_list_names_every_id_once(run):
    from textgym.registration import env_ids

    lines = run("list").output.splitlines()[1:]
    assert [line.split()[0] for line in lines] == env_ids()
    assert all("Translate" in line for line in lines if line.startswith("textgym/Translation"))


def test_evaluate_prints_the_result_and_writes_it(run, tmp_path):
    from textgym import evaluate

    out = tmp_path / "new" / "result.json"
    done = run(
        "evaluate", COPY, "textgym/Translation-v0", "--episodes", "5", "--seed", "3", "--out", str(out)
    )
    assert done.exit_code == 0
    result = evaluate(COPY, "textgym/Translation-v0", episodes=5, seed=3)
    assert f"mean return {result.mean_return:.4f}" in done.output
    written = json.loads(out.read_text())
    assert written["mean_return"] == result.mean_return
    assert len(written["records"]) == 5


def test_demonstrations_are_written_as_the_library_plays_them(run, tmp_path):
    from textgym import demonstrations

    out = tmp_path / "new" / "rows.jsonl"
    env_id = "textgym/TwentyQuestions-v0"
    arguments = ["--episodes", "3", "--seed", "5", "--split", "test", "--set", "difficulty=0.0"]
    done = run("demonstrations", env_id, "--out", str(out), *arguments)
    assert done.exit_code == 0
    expected = list(demonstrations(env_id, 3, seed=5, split="test", env_kwargs={"difficulty": 0.0}))
    assert [json.loads(line) for line in out.read_text("utf-8").splitlines()] == [d.row() for d in expected]
    mean = sum(d.return_ for d in expected) / 3
    assert done.output == f"3 demonstrations by the question of the largest entropy, mean return {mean:.4f}\n"


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["textgym/Dialogue-choice-v0"], "no expert is known for 'textgym/Dialogue-choice-v0'"),
        (["textgym/Dialog-v0"], "Dialog"),
        (["textgym/Dialogue-v0", "--episodes", "0"], "number must be at least 1, got 0"),
        (["textgym/Dialogue-v0", "--split", "tset"], "tset"),
        (["textgym/Dialogue-v0", "--set", "colour=red"], "takes no argument 'colour'"),
        (["textgym/Dialogue-v0", "--out", "agents"], "cannot write agents: it is a folder"),
        (["textgym/Dialogue-v0", "--out", f"{COPY}/x"], f"{COPY} is a file, not a folder"),
    ],
)
def test_a_mistake_in_demonstrations_is_one_line_and_no_file(run, tmp_path, arguments, message):
    out = tmp_path / "rows.jsonl"
    done = run("demonstrations", "--out", str(out), *arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith("textgym: ")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_demonstrations_that_fail_in_the_middle_leave_no_file(run, tmp_path):
    task = {
        "prompt": 'def f(x):\n    """Add 1."""\n',
        "entry_point": "f",
        "tests": ">>> f(1)\n2\n",
        "split": "train",
    }
    solved = {**task, "prompt": task["prompt"].replace("1", "one"), "solution": "def f(x): return x + 1"}
    (tmp_path / "tasks.jsonl").write_text(json.dumps(solved) + "\n" + json.dumps(task) + "\n")
    out = tmp_path / "rows.jsonl"
    source = f"source=jsonl:{tmp_path / 'tasks.jsonl'}"
    arguments = ["--episodes", "2", "--set", source, "--out", str(out)]
    done = run("demonstrations", "textgym/CodeGeneration-v0", *arguments)
    assert done.exit_code == 2
    assert "has no reference" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["tasks.jsonl"]


def test_set_reaches_the_environment(run):
    done = run("evaluate", COPY, "textgym/Summarization-v0", "--episodes", "2", "--set", "max_words=3")
    assert "max_words=3" in done.output
    assert run("evaluate", COPY, "textgym/Summarization-v0", "--set", "max_words").exit_code == 2


def test_failed_episodes_are_told(run, tmp_path):
    path = tmp_path / "broken.py"
    path.write_text("def make_agent():\n    return lambda text: 1 / 0\n")
    done = run("evaluate", str(path), "textgym/Translation-v0", "--episodes", "2")
    assert "failed in 2 episodes; the first: ZeroDivisionError" in done.output


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["nobody.py", "textgym/Translation-v0"], "no agent file 'nobody.py'"),
        ([COPY, "textgym/Translatoin-v0"], "Translation"),
        ([COPY, "textgym/Translation-tokens-v0"], "Evaluate on 'textgym/Translation-v0'"),
        ([COPY, "textgym/Translation-v0", "--set", "source=djanko:de"], "djanko"),
        (
            [COPY, "textgym/Translation-v0", "--set", "colour=red"],
            "takes no argument 'colour'; it takes source",
        ),
        ([COPY, "textgym/Translation-v0", "--split", "tset"], "tset"),
        ([COPY, "textgym/Translation-v0", "--episodes", "0"], "at least 1"),
        ([COPY, "textgym/Translation-v0", "--set", "source=7"], "source must be a string, got 7"),
        ([COPY, "textgym/CodeRepair-v0", "--set", "source=7"], "source must be a string, got 7"),
        ([COPY, "textgym/Translation-v0", "--set", "language=7"], "language must be a string, got 7"),
        ([COPY, "textgym/Translation-v0", "--set", "split=test"], "pass split=... beside"),
        (
            [COPY, "textgym/Summarization-v0", "--set", "max_words=abc"],
            "max_words must be an integer, got 'abc'",
        ),
        ([COPY, "textgym/ChitChat-v0", "--set", "max_words=1.5"], "max_words must be an integer, got 1.5"),
        ([COPY, "textgym/Translation-v0", "--out", "agents"], "cannot write agents: it is a folder"),
        ([COPY, "textgym/Translation-v0", "--out", f"{COPY}/x"], f"{COPY} is a file, not a folder"),
        ([COPY, "textgym/Translation-v0", "--out", "x" * 300], "File name too long: 'xxx"),
    ],
)
def test_a_mistake_is_one_line_on_standard_error(run, arguments, message):
    done = run("evaluate", *arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith("textgym: ")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


def test_an_agent_file_that_imports_what_is_absent_is_one_line(run, tmp_path):
    path = tmp_path / "needy.py"
    path.write_text("\nimport not_installed_anywhere\n")
    done = run("evaluate", str(path), "textgym/Translation-v0")
    assert done.exit_code == 2
    assert done.stderr == (
        f"textgym: {path}, line 2: ModuleNotFoundError: No module named 'not_installed_anywhere'\n"
    )


@pytest.mark.data
def test_the_languages_that_an_unknown_one_could_be_are_listed(run):
    pytest.importorskip("polib")
    done = run("evaluate", COPY, "textgym/Translation-v0", "--set", "source=django:german")
    assert done.exit_code == 2
    assert "'german'; did you mean de" in done.stderr
    assert "`textgym list --languages` shows all" in done.stderr
    lines = run("list", "--languages").output.splitlines()
    assert "de  German" in lines
    assert f"all {len(lines)} codes" in done.stderr


@pytest.mark.parametrize("command", ["evaluate", "bench"])
def test_a_dead_endpoint_stops_with_one_line_and_no_score(run, tmp_path, monkeypatch, command):
    openai = pytest.importorskip("openai")
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(openai.OpenAI, "_calculate_retry_timeout", lambda *_: 0.0)
    (tmp_path / "suite.toml").write_text('name = "small-v0"\n' + _one_task(run, tmp_path))
    out = tmp_path / "out" / "result.json"
    arguments = {
        "evaluate": ["textgym/Translation-v0", "--episodes", "2", "--out", str(out)],
        "bench": ["--suite", str(tmp_path / "suite.toml"), "--out", str(out.parent)],
    }
    done = run(command, "http://127.0.0.1:1/v1#m", *arguments[command])
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith("textgym: http://127.0.0.1:1/v1#m cannot be asked")
    assert done.stderr.count("\n") == 1
    assert not out.parent.exists()


@pytest.mark.train
@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--option", "n_steps=abc"], "n_steps of ppo must be int, got 'abc'"),
        (["--option", "learning_rate=abc"], "learning_rate of ppo must be float or Callable, got 'abc'"),
        (["--option", "batch_size=0"], "batch_size of ppo must be at least 1, got 0"),
        (["--option", "batch_size=1"], "`batch_size` must be greater than 1"),
        (["--option", "device=foo"], "device string: foo"),
        (["--option", 'policy_kwargs={"foo":1}'], "the policy of ppo takes no option foo; it takes language"),
        (["--option", 'policy_kwargs={"lora_rank":0}'], "rank of an adapter must be at least 1, got 0"),
        (["--option", "policy_kwargs=3"], "policy_kwargs of ppo must be dict or null, got 3"),
        (
            ["--algorithm", "dqn", "--option", 'policy_kwargs={"foo":1}'],
            "the policy of dqn takes no option foo; it takes net_arch",
        ),
        (["--timesteps", "0"], "timesteps must be at least 1, got 0"),
        (["--timesteps", "-5"], "timesteps must be at least 1, got -5"),
        (["--n-envs", "0"], "n_envs must be at least 1, got 0"),
        (["--set", "candidates=abc"], "candidates must be an integer, got 'abc'"),
        (["--set", "context_length=1e3"], "context_length must be an integer, got 1000.0"),
        (["--set", "tokenizer=7"], "tokenizer must be a string, got 7"),
        (["--set", "proposer=7"], "proposer must be a string, got 7"),
        (["--set", "seed=3"], "pass seed to the training itself"),
        (["--option", "nsteps=4"], "ppo takes no option nsteps; it takes learning_rate, n_steps"),
        (["--option", "seed=4"], "ppo takes no option seed"),
        (["--algorithm", "dqn", "--option", "n_epochs=4"], "dqn takes no option n_epochs"),
        (["--algorithm", "pppo"], "unknown algorithm 'pppo'"),
        (["--set", "colour=red"], "takes no argument 'colour'; it takes tokenizer, candidates"),
    ],
)
def test_a_mistake_in_training_is_one_line_and_claims_no_folder(run, tmp_path, arguments, message):
    pytest.importorskip("stable_baselines3")
    out = tmp_path / "run"
    done = run("train", "textgym/Translation-choice-v0", "--out", str(out), *arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith("textgym: ")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    "agent, env_id, message",
    [
        ("agents/random_words.py", "textgym/DialogueActs-v0", "is a decision environment: it needs an agent"),
        ("agents/wait_k.py:offline", "textgym/Translation-v0", "is a text environment: it needs an agent"),
    ],
)
def test_an_agent_of_the_other_kind_is_one_line(run, agent, env_id, message):
    done = run("evaluate", agent, env_id, "--episodes", "2")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"textgym: '{env_id}' {message}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "env_id, pair, message",
    [
        ("SimultaneousTranslation", "latency_weight=abc", "must be a number in [0, 1], got 'abc'"),
        ("SimultaneousTranslation", "latency_weight=null", "must be a number in [0, 1], got None"),
        ("SimultaneousTranslation", "translator=5", "must be a name or a PrefixTranslator, got 5"),
        ("ExtractiveSummarization", 'max_sentences="3"', "must be an integer, got '3'"),
        ("ExtractiveSummarization", "max_sentences=2.5", "must be an integer, got 2.5"),
        ("ExtractiveSummarization", "max_sentences=0", "must be at least 1, got 0"),
    ],
)
def test_a_wrong_value_for_a_decision_environment_is_one_line(run, env_id, pair, message):
    done = run("play", f"textgym/{env_id}-v0", "--set", pair)
    assert done.exit_code == 2
    assert done.stderr == f"textgym: {pair.partition('=')[0]} {message}\n"


@pytest.mark.parametrize("bug", [int, lambda env_id: np.zeros(2) + np.zeros(3)])
def test_a_value_error_that_nobody_wrote_keeps_its_traceback(run, monkeypatch, bug):
    monkeypatch.setattr("textgym.cli.describe", bug)
    with pytest.raises(ValueError, match=r"invalid literal|broadcast"):
        run("list", catch_exceptions=False)


def test_a_system_error_about_no_file_keeps_its_traceback(run, monkeypatch):
    monkeypatch.setattr("textgym.cli.describe", lambda env_id: (_ for _ in ()).throw(OSError("no memory")))
    with pytest.raises(OSError, match="no memory"):
        run("list", catch_exceptions=False)


def test_play_gives_the_seat_to_a_person(run):
    import gymnasium as gym

    env = gym.make("textgym/Translation-v0", split="test")
    prompt, info = env.reset(seed=7)
    done = run("play", "textgym/Translation-v0", "--seed", "7", input=info["example"].references[0] + "\n")
    assert done.exit_code == 0
    assert prompt in done.output
    assert "return: 1.0000" in done.output
    assert f"reference: {info['example'].references[0]}" in done.output


def test_play_ends_cleanly_when_the_input_ends(run):
    done = run("play", "textgym/Dialogue-v0", input="Hello\n")
    assert done.exit_code == 1
    assert "left before the end" in done.output
    assert done.stderr == ""


def test_bench_writes_a_submission(run, tmp_path):
    suite = tmp_path / "small.toml"
    suite.write_text('name = "small-v0"\n' + _one_task(run, tmp_path))
    done = run("bench", COPY, "--suite", str(suite), "--out", str(tmp_path / "out"))
    assert done.exit_code == 0
    (file,) = (tmp_path / "out").iterdir()
    assert file.name.startswith("copy_source-small-v0-")
    assert str(file) in done.output.replace("\n", "")


@pytest.mark.train
def test_a_mistake_in_the_token_view_is_one_line(run, tmp_path):
    pytest.importorskip("stable_baselines3")
    for pair in ("max_new_tokens=abc", "tokenizer=7"):
        out = str(tmp_path / "run")
        done = run("train", "textgym/Translation-tokens-v0", "--out", out, "--set", pair)
        assert done.exit_code == 2
        assert done.stderr.startswith(f"textgym: {pair.partition('=')[0]} must be")
    assert not (tmp_path / "run").exists()


@pytest.mark.train
@pytest.mark.parametrize("command", [["train", "textgym/Translation-choice-v0"], ["pretrain"]])
@pytest.mark.parametrize("place", ["file", "file/deeper"])
def test_a_run_cannot_be_kept_in_a_file(run, tmp_path, command, place):
    pytest.importorskip("stable_baselines3")
    (tmp_path / "file").write_text("mine")
    done = run(*command, "--out", str(tmp_path / place))
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert f"{tmp_path / 'file'} is a file, not a folder" in done.stderr
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.train
def test_pretraining_with_an_unknown_tokenizer_claims_no_folder(run, tmp_path):
    pytest.importorskip("torch")
    out = tmp_path / "run"
    done = run("pretrain", "--tokens", "8192", "--tokenizer", "nope", "--out", str(out))
    assert done.exit_code == 2
    assert done.stderr.startswith("textgym: unknown tokenizer 'nope'")
    assert not out.exists()


def _one_task(run, folder):
    fingerprint = json.loads(_result_json(run, folder))["fingerprint"]
    return (
        '[[tasks]]\nname = "t"\nenv_id = "textgym/Translation-v0"\nepisodes = 3\nseed = 1\n'
        f'fingerprint = "{fingerprint}"\n'
    )


def _result_json(run, folder):
    run("evaluate", COPY, "textgym/Translation-v0", "--episodes", "1", "--out", str(folder / "r.json"))
    return (folder / "r.json").read_text()


@pytest.mark.train
def test_train_then_evaluate(run, tmp_path, byte_model):
    view = ["--set", f"tokenizer={byte_model}", "--set", "context_length=400"]
    policy = json.dumps({"language_model": byte_model})
    options = ["--option", "n_steps=4", "--option", "batch_size=8", "--option", f"policy_kwargs={policy}"]
    out = str(tmp_path / "run")
    size = ["--timesteps", "8", "--n-envs", "2", "--out", out]
    done = run("train", "textgym/Translation-choice-v0", *view, *options, *size)
    assert done.exit_code == 0, done.output
    done = run("evaluate", f"sb3:{out}", "textgym/Translation-v0", "--episodes", "2")
    assert done.exit_code == 0, done.output
    assert "mean return" in done.output
    done = run("train", "textgym/Translation-v0", "--out", out + "2")
    assert done.exit_code == 2
    assert "Translation-tokens-v0" in done.stderr


@pytest.mark.train
def test_pretrain_trains_its_own_tokenizer_and_measures_when_asked(run, tmp_path, monkeypatch):
    pytest.importorskip("torch")
    from textgym.algorithms import measure_pretrained, pretrain
    from textgym.algorithms.corpus import vocabulary

    calls = []
    monkeypatch.setattr(
        vocabulary, "tokenizer_texts", lambda characters, seed: ["some text to learn from"] * 9
    )
    monkeypatch.setattr(pretrain, "pretrain", lambda out, **named: calls.append((out, named)))
    monkeypatch.setattr(measure_pretrained, "measure_run", lambda out: calls.append(out))
    out = tmp_path / "tiny"
    done = run("pretrain", "--out", str(out), "--tokens", "9000", "--tokenizer", "new", "--measure")
    assert done.exit_code == 0
    (folder, named), measured = calls
    assert folder == measured == out
    assert named["tokens"] == 9000
    assert named["tokenizer"] == str(out / "tokenizer")
    assert load_tokenizer(named["tokenizer"]).decode([1]) == ""
