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


@pytest.mark.parametrize("command", ["list", "play", "evaluate", "train", "pretrain", "bench"])
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
    assert all("Translate" in line for line in lines if "Translation" in line)


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
    ],
)
def test_a_mistake_is_one_line_on_standard_error(run, arguments, message):
    done = run("evaluate", *arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith("textgym: ")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


@pytest.mark.train
@pytest.mark.parametrize(
    "arguments, message",
    [
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


@pytest.mark.parametrize("bug", [int, lambda env_id: np.zeros(2) + np.zeros(3)])
def test_a_value_error_that_nobody_wrote_keeps_its_traceback(run, monkeypatch, bug):
    monkeypatch.setattr("textgym.cli.describe", bug)
    with pytest.raises(ValueError, match=r"invalid literal|broadcast"):
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
    fingerprint = json.loads(_result_json(run, tmp_path))["fingerprint"]
    suite.write_text(
        'name = "small-v0"\n[[tasks]]\nname = "t"\nenv_id = "textgym/Translation-v0"\nepisodes = 3\nseed = 1\n'
        f'fingerprint = "{fingerprint}"\n'
    )
    done = run("bench", COPY, "--suite", str(suite), "--out", str(tmp_path / "out"))
    assert done.exit_code == 0
    (file,) = (tmp_path / "out").iterdir()
    assert file.name.startswith("copy_source-small-v0-")
    assert str(file) in done.output.replace("\n", "")


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
