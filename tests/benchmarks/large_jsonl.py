"""What an environment over a file of ten million lines costs: the time to its first reset, later resets, and memory.

The file, about a gigabyte, is written to a temporary folder and deleted afterwards. The environment is made in a
process of its own, which reports the time from `gym.make` to the end of the first `reset` and its resident memory
(mapped parts of the file included) after a thousand resets. The ratio is that of the first reset to one over a file of
1,000 lines.

python tests/benchmarks/large_jsonl.py [LINES]
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LINES = 10_000_000
FEW = 1000
RESETS = 1000
#: Seconds to the first reset, and MB of memory.
TIME_BAR_S, MEMORY_BAR_MB = 1.0, 200.0

MEASURE = """
import json, re, sys, time
import gymnasium as gym
import textgym, textgym.envs.translation
from pathlib import Path

def resident_mb():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

before = resident_mb()
start = time.perf_counter()
env = gym.make("textgym/Translation-v0", source="jsonl:" + sys.argv[1], language="de", split=sys.argv[2])
env.reset(seed=0)
first = time.perf_counter() - start
most, start = resident_mb(), time.perf_counter()
for _ in range(int(sys.argv[3])):
    env.reset()
    most = max(most, resident_mb())
later = (time.perf_counter() - start) / int(sys.argv[3])
print(json.dumps({"first_s": first, "later_ms": 1000 * later, "before_mb": before, "most_mb": most}))
"""


def main() -> None:
    """Write the file, measure, print, delete."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    with tempfile.TemporaryDirectory() as folder:
        few, many = Path(folder) / "few.jsonl", Path(folder) / "many.jsonl"
        write(few, FEW)
        start = time.perf_counter()
        write(many, lines)
        print(
            f"{lines:,} lines, {many.stat().st_size / 1e6:,.0f} MB, written in {time.perf_counter() - start:.0f} s"
        )
        small = measure(few, "train")
        for split in ("train", "validation", "test"):
            large = measure(many, split)
            print(
                f"{split:10}: first reset {large['first_s']:.3f} s ({large['first_s'] / small['first_s']:.2f} of that "
                f"over {FEW:,} lines), later ones {large['later_ms']:.2f} ms; memory {large['most_mb']:.0f} MB, of which "
                f"{large['before_mb']:.0f} MB before"
            )
            assert large["first_s"] < TIME_BAR_S
            assert large["most_mb"] < MEMORY_BAR_MB


def write(path: Path, lines: int) -> None:
    """Lines of 60 to 140 bytes."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(lines):
            words = " ".join(("tree", "house", "river", "stone", "cloud")[: 1 + number % 5])
            file.write(
                f'{{"source": "Sentence {number} has a {words} in it.", "target": "Satz {number} hat das auch."}}\n'
            )


def measure(path: Path, split: str) -> dict[str, float]:
    """Figures of a fresh process."""
    command = [sys.executable, "-c", MEASURE, str(path), split, str(RESETS)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()
