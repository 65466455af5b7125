"""Of a file of a million lines little is looked at, and it takes no memory."""

import json
import os
import subprocess
import sys

import pytest

LINES, RESETS = 1_000_000, 200
#: Makes an environment in a process of its own and prints, in bytes: what was looked at in the map of the file for the
#: first reset and for all, what was read from files besides, and the largest resident memory before and after.
PROGRAM = """
import json, mmap, re, sys
from pathlib import Path
import gymnasium as gym
import textgym, textgym.envs.translation

class CountingMap(mmap.mmap):
    seen = 0

    def __getitem__(self, key):
        data = super().__getitem__(key)
        CountingMap.seen += len(data)
        return data

    def find(self, text, start):
        found = super().find(text, start)
        CountingMap.seen += (found if found >= 0 else len(self)) - start
        return found

    def rfind(self, text, start, end):
        found = super().rfind(text, start, end)
        CountingMap.seen += end - max(found, start)
        return found

def told(file, name):
    return int(re.search(name + r":\\s+(\\d+)", Path("/proc/self", file).read_text())[1])

mmap.mmap = CountingMap
read, before = told("io", "rchar"), 1024 * told("status", "VmHWM")
env = gym.make("textgym/Translation-v0", source="jsonl:" + sys.argv[1], language="de", split=sys.argv[2])
env.reset(seed=0)
first = CountingMap.seen
for _ in range(int(sys.argv[3])):
    env.reset()
peak = 1024 * told("status", "VmHWM")
print(json.dumps([first, CountingMap.seen, told("io", "rchar") - read, before, peak]))
"""


@pytest.fixture(scope="module")
def million_lines(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "pairs.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for i in range(LINES):
            trees = "trees " * (i % 6)
            file.write(
                f'{{"source": "Sentence {i} has {trees}in it.", "target": "Satz {i} hat das auch."}}\n'
            )
    yield path
    path.unlink()


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/io"), reason="Linux tells what a process read")
@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_only_what_is_needed_is_looked_at(million_lines, split):
    size = million_lines.stat().st_size
    assert size > 80e6
    command = [sys.executable, "-c", PROGRAM, str(million_lines), split, str(RESETS)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    first, seen, read, before, peak = json.loads(printed)
    # The first line and some places of the file.
    assert 0 < first < size / 1000
    # One line in ten is of the validation split, and a few places of the file are tried for each.
    assert first < seen < RESETS * 5000
    assert read < size / 1000
    assert peak < 200e6
    assert peak - before < 30e6
