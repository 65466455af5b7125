"""What an environment over ten million lines, or a table of a million rows, costs: first reset, later ones, and memory.

The file, about a gigabyte, is written to a temporary folder and deleted afterwards. The environment is made in a
process of its own, which reports the time from `gym.make` to the end of the first `reset` and its resident memory
(mapped parts of the file included) after a thousand resets. The ratio is that of the first reset to one over a file of
1,000 lines. A tenth of the lines is read as `hf:` too, from a Parquet file beside 3,000 rows of `test`: at the first
time `datasets` writes its own copy of the file, which it maps into memory from then on. That library is imported
before the clock starts.

python tests/benchmarks/large_jsonl.py [LINES]
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.json
import pyarrow.parquet

LINES = 10_000_000
FEW = 1000
HELD_OUT = 3000
RESETS = 1000
#: Seconds to the first reset, and MB of memory.
TIME_BAR_S, MEMORY_BAR_MB = 1.0, 200.0

MEASURE = """
import json, re, sys, time
import gymnasium as gym
import textgym, textgym.envs.translation
from pathlib import Path
if sys.argv[1].startswith("hf:"):
    import datasets
    datasets.disable_progress_bars()

def resident_mb():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

before = resident_mb()
start = time.perf_counter()
env = gym.make("textgym/Translation-v0", source=sys.argv[1], language="de", split=sys.argv[2])
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
        write(few, range(FEW))
        start = time.perf_counter()
        write(many, range(lines))
        print(
            f"{lines:,} lines, {many.stat().st_size / 1e6:,.0f} MB, written in {time.perf_counter() - start:.0f} s"
        )
        small = measure(f"jsonl:{few}", "train")
        for split in ("train", "validation", "test"):
            large = measure(f"jsonl:{many}", split)
            report(split, large)
            print(
                f"{'':10}  the first is {large['first_s'] / small['first_s']:.2f} of that over {FEW:,} lines"
            )
            assert large["first_s"] < TIME_BAR_S
            assert large["most_mb"] < MEMORY_BAR_MB
        many.unlink()
        os.environ["HF_DATASETS_CACHE"] = f"{folder}/cache"
        table = Path(folder) / "table"
        size_mb = write_table(table, lines // 10) / 1e6
        print(f"{lines // 10:,} rows of `train` and {HELD_OUT:,} of `test` as Parquet, {size_mb:,.0f} MB")
        for split in ("train", "train", "validation", "test"):
            report(split, measure(f"hf:{table}", split))


def report(split: str, figures: dict[str, float]) -> None:
    """One line of figures."""
    print(
        f"{split:10}: first reset {figures['first_s']:.3f} s, later ones {figures['later_ms']:.2f} ms; memory "
        f"{figures['most_mb']:.0f} MB, of which {figures['before_mb']:.0f} MB before"
    )


def write(path: Path, numbers: range) -> None:
    """Lines of 60 to 140 bytes."""
    with path.open("w", encoding="utf-8") as file:
        for number in numbers:
            words = " ".join(("tree", "house", "river", "stone", "cloud")[: 1 + number % 5])
            file.write(
                f'{{"source": "Sentence {number} has a {words} in it.", "target": "Satz {number} hat das auch."}}\n'
            )


def write_table(folder: Path, rows: int) -> int:
    """A Parquet file of the same sentences for `train`, and one for `test`; their bytes."""
    folder.mkdir()
    for split, numbers in {"train": range(rows), "test": range(rows, rows + HELD_OUT)}.items():
        lines = folder / f"{split}.jsonl"
        write(lines, numbers)
        pyarrow.parquet.write_table(pyarrow.json.read_json(lines), folder / f"{split}.parquet")
        lines.unlink()
    return sum(file.stat().st_size for file in folder.iterdir())


def measure(source: str, split: str) -> dict[str, float]:
    """Figures of a fresh process."""
    command = [sys.executable, "-c", MEASURE, source, split, str(RESETS)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()
