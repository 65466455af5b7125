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


def test_public_names_resolve():
    import textgym

    for name in ("Agent", "Example", "Request", "as_agent", "get_state", "set_state"):
        assert getattr(textgym, name).__name__ == name
    with pytest.raises(AttributeError, match="nothing_here"):
        _ = textgym.nothing_here
