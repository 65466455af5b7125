import json
import subprocess
import sys

import pytest

from textgym.data.base import group_key, split_of

datasets = pytest.importorskip("datasets")

MEASURED = """
import json, sys
import datasets, gymnasium as gym
from pathlib import Path
import textgym, textgym.envs.translation

def mb(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024

datasets.config.HF_DATASETS_CACHE = Path(sys.argv[2])
datasets.disable_progress_bars()
before, drawn = mb("VmRSS"), {}
for split in ("train", "validation", "test"):
    env = gym.make("textgym/Translation-v0", source="hf:" + sys.argv[1], language="de", split=split)
    drawn[split] = []
    for seed in range(300):
        _, info = env.reset(seed=seed)
        drawn[split].append([info["example"].id, info["example"].data["source"], info["example"].references[0]])
print(json.dumps({"mb": mb("VmHWM") - before, "drawn": drawn}))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells the most memory of a process")
def test_memory_of_200_000_rows(tmp_path):
    datasets.disable_progress_bars()
    rows = 200_000
    table = datasets.Dataset.from_dict(
        {
            "source": [f"Sentence {i} {'of many words ' * 4}" for i in range(rows)],
            "target": [f"Satz {i} {'aus vielen Worten ' * 3}" for i in range(rows)],
        }
    )
    datasets.DatasetDict({"train": table}).save_to_disk(str(tmp_path / "data"))
    command = [sys.executable, "-c", MEASURED, str(tmp_path / "data"), str(tmp_path / "cache")]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    # The mapped table has 28 MB; records of it would take 300 MB.
    assert told["mb"] < 80
    for split, examples in told["drawn"].items():
        for id, source, target in examples:
            row = table[int(id.rpartition("/")[2])]
            assert (source, target) == (row["source"], row["target"].strip())
            assert split_of(group_key(source, digits=True)) == split
    assert all(len({id for id, _, _ in examples}) > 290 for examples in told["drawn"].values())
