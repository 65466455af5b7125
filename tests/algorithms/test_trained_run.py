"""What is read back from the folder of a training run."""

import pytest

pytestmark = pytest.mark.train
pytest.importorskip("stable_baselines3")

from textgym.algorithms.trained_run import learning_curve  # noqa: E402


def test_a_learning_curve_goes_on_where_an_interrupted_run_went_on(tmp_path):
    logs = {
        "log-0": ["8,0.1,", "16,,0.5", "20,0.7,", "24,0.3,"],
        "log-16": ["24,0.4,0.6"],
        "log-8": ["16,0.2,", "24,0.9,"],
    }
    for name, rows in logs.items():
        (tmp_path / name).mkdir()
        lines = ["time/total_timesteps,rollout/ep_rew_mean,metrics/success", *rows]
        (tmp_path / name / "progress.csv").write_text("\n".join(lines))
    # A step that two logs hold is that of the later one; step 20 was undone when the run went on from 8.
    assert list(learning_curve(tmp_path).items()) == [(8, 0.1), (16, 0.2), (24, 0.4)]
    assert learning_curve(tmp_path, "metrics/success") == {24: 0.6}
