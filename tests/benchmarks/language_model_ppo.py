"""What an iteration of PPO on a language model costs, beside the recipe that everyone writes, TRL and the limit.

Each candidate generates N turns of T tokens after P random ids and updates the whole model once. All run
round-robin in one process on one thread, in rotating order, after one iteration to warm up. Printed are medians of
processor time (on a GPU: of real time), and medians and ranges of ratios within a round: to `limit`, which is
`generate()` and one forward and backward pass, and to this project. A bar is the most that this project may take of
the limit, and the least that others may take of this project.

The re-encoding recipe is extrapolated where the table says so: a few of its steps and one of its minibatches are
timed. `--full` times it whole on the tiny model; `--large` runs a model of 135M parameters instead, which takes half
an hour. On a GPU the models are that one and a random one of a billion parameters.
"""

import argparse
import gc
import importlib.util
import statistics
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import transformers
from ppo_candidates import (
    DEVICE,
    Candidate,
    ExtrapolatedNaive,
    Limit,
    Seconds,
    Setting,
    naive_ppo,
    textgym_ppo,
)
from rich.console import Console
from rich.table import Table
from transformers import LlamaConfig, LlamaForCausalLM

LIMIT, TEXTGYM, NAIVE, EXTRAPOLATED, TRL = "limit", "textgym", "naive", "naive, extrapolated", "TRL"


@dataclass(frozen=True)
class Bars:
    """What this project has to reach on one setting.

    Args:
        to_limit: Most time of this project, in times of the limit's; None: no bar, turns are too short.
        naive: Least time of the re-encoding recipe, in times of this project's.
        trl: Least time of TRL's, in times of this project's.
    """

    to_limit: float | None
    naive: float
    trl: float = 1 / 0.9


@dataclass(frozen=True)
class Comparison:
    """Candidates on one setting.

    Args:
        setting: What they do.
        bars: What is expected.
        rounds: How often each runs.
        naive_rounds: How often the re-encoding recipe runs whole; 0: it is extrapolated, in every round.
    """

    setting: Setting
    bars: Bars
    rounds: int
    naive_rounds: int

    def run(self) -> dict[str, list[Seconds]]:
        """Seconds of each candidate in each of its rounds."""
        candidates = self._candidates()
        times: dict[str, list[Seconds]] = {name: [] for name in candidates}
        for candidate in candidates.values():
            candidate()
        names = list(candidates)
        for number in range(self.rounds):
            for name in names[number % len(names) :] + names[: number % len(names)]:
                if name != NAIVE or number < self.naive_rounds:
                    gc.collect()
                    times[name].append(candidates[name]())
        return times

    def _candidates(self) -> dict[str, Candidate]:
        setting = self.setting
        candidates: dict[str, Candidate] = {LIMIT: Limit(setting), TEXTGYM: textgym_ppo(setting)}
        if self.naive_rounds:
            candidates[NAIVE] = naive_ppo(setting)
        else:
            candidates[EXTRAPOLATED] = ExtrapolatedNaive(setting)
        if importlib.util.find_spec("trl"):
            from trl_candidate import TrlGrpo

            candidates[TRL] = TrlGrpo(setting)
        return candidates


def comparisons(*, full: bool, large: bool) -> list[Comparison]:
    """What `main` runs."""
    if DEVICE != "cpu":
        wide = [Setting("smollm2", 256, 128, 256), Setting(billion, 256, 128, 256)]
        return [
            Comparison(setting, Bars(most, 22), 5, 0) for setting, most in zip(wide, (1.7, 1.35), strict=True)
        ]
    if large:
        return [Comparison(Setting("smollm2", 8, 32, 64), Bars(1.1, 22), 5, 0)]
    return [
        Comparison(Setting("tiny", 16, 32, 16), Bars(None, 7, 1.0), 5, 5),
        Comparison(Setting("tiny", 16, 32, 64), Bars(1.2, 22), 5, 2 if full else 0),
        Comparison(Setting("tiny", 16, 32, 128), Bars(1.2, 40), 5, 1 if full else 0),
    ]


def billion() -> LlamaForCausalLM:
    """Random weights in the shape of a Llama of 1.2 billion parameters."""
    config = LlamaConfig(
        vocab_size=128_256,
        hidden_size=2048,
        intermediate_size=8192,
        num_hidden_layers=16,
        num_attention_heads=32,
        num_key_value_heads=8,
        tie_word_embeddings=True,
    )
    return LlamaForCausalLM(config)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="time the re-encoding recipe whole")
    parser.add_argument(
        "--large", action="store_true", help="a model of 135M parameters instead of the tiny one"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    warnings.simplefilter("ignore", FutureWarning)  # TRL reads options that transformers has renamed
    table = Table("model", "N", "P", "T", "candidate", "rounds", "ms", "rollout", "update")
    for name in ("to limit", "range", "to textgym", "range", "bar"):
        table.add_column(name, justify="right")
    for comparison in comparisons(full=arguments.full, large=arguments.large):
        times = comparison.run()
        for name in times:
            table.add_row(*_row(comparison, name, times))
        if TRL not in times:
            table.add_row("", "", "", "", f"{TRL} is not installed")
        table.add_section()
    Console(width=160).print(table)


def _row(comparison: Comparison, name: str, times: dict[str, list[Seconds]]) -> list[str]:
    setting, own = comparison.setting, times[name]
    rollout, update = (statistics.median(parts) * 1e3 for parts in zip(*own, strict=True))
    to_limit, to_textgym = _ratios(own, times[LIMIT]), _ratios(own, times[TEXTGYM])
    return [
        getattr(setting.language_model, "__name__", str(setting.language_model)),
        *(str(n) for n in (setting.rows, setting.prompt, setting.turn)),
        name,
        str(len(own)),
        f"{statistics.median(map(sum, own)) * 1e3:.0f}",
        *(("-", "-") if name == TRL else (f"{rollout:.0f}", f"{update:.0f}")),
        f"{statistics.median(to_limit):.2f}",
        f"{min(to_limit):.2f} - {max(to_limit):.2f}",
        f"{statistics.median(to_textgym):.2f}",
        f"{min(to_textgym):.2f} - {max(to_textgym):.2f}",
        _verdict(comparison.bars, name, statistics.median(to_limit), statistics.median(to_textgym)),
    ]


def _ratios(own: Sequence[Seconds], base: Sequence[Seconds]) -> list[float]:
    """Of the same rounds; some candidates run in the first ones only."""
    return [sum(a) / sum(b) for a, b in zip(own, base, strict=False)]


def _verdict(bars: Bars, name: str, to_limit: float, to_textgym: float) -> str:
    if name == LIMIT or (name == TEXTGYM and bars.to_limit is None):
        return ""
    if name == TEXTGYM:
        return f"{bars.to_limit:.2f} {'met' if to_limit <= bars.to_limit else 'MISSED'}"
    least = bars.trl if name == TRL else bars.naive
    return f"{least:.2f} {'met' if to_textgym >= least else 'MISSED'}"


if __name__ == "__main__":
    main()
