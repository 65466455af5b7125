"""What importing costs."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "statement",
    [
        "import textgym",
        "import textgym.wrappers",
        "import textgym.cli",
        "import textgym.evaluation",
        "import gymnasium, textgym; gymnasium.make('textgym/Translation-choice-v0').reset(seed=0)",
    ],
)
def test_core_loads_no_torch(statement):
    program = f"{statement}\nimport sys; print([m for m in ('torch', 'transformers', 'stable_baselines3') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


_WITHOUT_TRAIN = (
    "import sys\nfor name in ('torch', 'transformers', 'stable_baselines3', 'sb3_contrib', 'tqdm'):\n"
    "    sys.modules[name] = None\n"
)


@pytest.mark.parametrize(
    "statement",
    [
        "import textgym.algorithms.train",
        "import textgym.algorithms.pretrain",
        "import textgym.algorithms.trained_run",
        "import textgym.algorithms.q_learning",
        "textgym.load_agent('sb3:runs/x')",
        "textgym.load_agent('hf:tiny')",
    ],
)
def test_what_needs_the_train_extra_names_its_command(statement):
    program = (
        f"{_WITHOUT_TRAIN}import textgym\ntry:\n    {statement}\n"
        "except textgym.errors.MissingExtra as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("Install it with: pip install 'textgym[train]'")


@pytest.mark.parametrize("command", ["train textgym/Translation-tokens-v0", "pretrain"])
def test_a_command_without_its_extra_ends_with_one_line(command, tmp_path):
    arguments = [*command.split(), "--out", str(tmp_path / "run")]
    program = f"{_WITHOUT_TRAIN}from textgym.cli import app\napp({arguments!r})\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("textgym: 'torch' is needed here")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_public_names_resolve():
    import textgym

    for name in ("Agent", "Example", "Request", "as_agent", "get_state", "set_state"):
        assert getattr(textgym, name).__name__ == name
    with pytest.raises(AttributeError, match="nothing_here"):
        _ = textgym.nothing_here
