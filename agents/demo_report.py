"""What the demo shows: a table of scores and a picture of the learning curves."""

from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from rich.console import Console
from rich.table import Table

from textgym.evaluation import Difference, Result, paired_difference
from textgym.evaluation.statistics import mean_interval

MODES = ("greedy", "sampled")


@dataclass
class Scores:
    """Results of one trained agent and of what it is compared with.

    Args:
        title: What is learned.
        env_id: The view that was trained on.
        folder: Where the runs lie, one `seed-N` each.
        timesteps: Length of the training.
        second_metric: A metric that is not the reward.
        rival: The baseline that the trained policy is compared with.
        baselines: Results by name.
        bound: Name and mean return of an upper bound.
        before: Results of the untrained policy, by (mode, seed).
        after: Results of the trained policy, by (mode, seed).
    """

    title: str
    env_id: str
    folder: Path
    timesteps: int
    second_metric: str
    rival: str
    baselines: dict[str, Result]
    bound: tuple[str, float]
    before: dict[tuple[str, int], Result] = field(default_factory=dict)
    after: dict[tuple[str, int], Result] = field(default_factory=dict)

    @property
    def seeds(self) -> list[int]:
        """The training seeds."""
        return sorted({seed for _, seed in self.after})

    @property
    def heading(self) -> str:
        """What the table is about, in a line."""
        some = next(iter(self.after.values()))
        return f"{self.title} ({self.env_id}, {len(some.records)} held-out episodes, data {some.fingerprint})"


def rows(scores: Scores) -> list[list[str]]:
    """The table, headings first.

    The gains are paired over episodes, against the untrained policy of the same seed and mode and against the
    rival; their intervals are 95 %, by a bootstrap over prompt groups.
    """
    metric = scores.second_metric
    gains = ["gain by training", f"in {metric}", f"over {scores.rival}"]
    table = [["agent", "reward x 100", "95 % interval", metric, *gains]]
    table += [[name, *_cells(scores, result), "", "", ""] for name, result in scores.baselines.items()]
    table.append([scores.bound[0], f"{100 * scores.bound[1]:.1f}", "", "", "", "", ""])
    rival = scores.baselines[scores.rival]
    for mode in MODES:
        for seed in scores.seeds:
            before, after = scores.before[mode, seed], scores.after[mode, seed]
            gains = [
                _gain(paired_difference(after, before), 100),
                _gain(paired_difference(after, before, metric=metric), 1),
                _gain(paired_difference(after, rival), 100),
            ]
            table.append([f"untrained policy, {mode}, seed {seed}", *_cells(scores, before), "", "", ""])
            table.append([f"PPO, {mode}, seed {seed}", *_cells(scores, after), *gains])
        if len(scores.seeds) > 1:
            table.append(_over_seeds(scores, mode))
    return table


def show(scores: Scores, table: list[list[str]], console: Console) -> None:
    """Print the table."""
    printed = Table(title=scores.heading)
    for heading in table[0]:
        first = heading == "agent"
        printed.add_column(heading, justify="left" if first else "right", no_wrap=first)
    for row in table[1:]:
        printed.add_row(*row)
    console.print(printed)


def markdown(scores: Scores, table: list[list[str]]) -> str:
    """The table for a page."""
    lines = [f"| {' | '.join(row)} |" for row in table]
    lines.insert(1, "|---|" + "---:|" * (len(table[0]) - 1))
    return "\n".join([f"**{scores.heading}**", "", *lines, ""])


def picture(all_scores: list[Scores], file: Path) -> None:
    """Mean return of the sampled training episodes over environment steps, one panel an agent."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    from textgym.algorithms.trained_run import learning_curve

    figure, panels = pyplot.subplots(1, len(all_scores), figsize=(7 * len(all_scores), 4.5), squeeze=False)
    for panel, scores in zip(panels[0], all_scores, strict=True):
        for seed in scores.seeds:
            curve = learning_curve(scores.folder / f"seed-{seed}")
            line = panel.plot(
                list(curve), list(curve.values()), label=f"training episodes, sampled, seed {seed}"
            )[0]
            for mode, style in zip(MODES, ("o", "x"), strict=True):
                ends = [when[mode, seed].mean_return for when in (scores.before, scores.after)]
                label = f"held out, {mode}, seed {seed}"
                panel.plot([0, scores.timesteps], ends, style, color=line.get_color(), label=label)
        rival = scores.baselines[scores.rival].mean_return
        panel.axhline(rival, color="grey", linestyle=":", label=f"held out, {scores.rival}")
        panel.set(title=scores.title, xlabel="environment steps", ylabel="return")
        panel.legend(fontsize="x-small", loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.tight_layout()
    figure.savefig(file, dpi=110, bbox_inches="tight")
    pyplot.close(figure)


def _over_seeds(scores: Scores, mode: str) -> list[str]:
    """One row for all seeds: means, and the gain averaged over seeds episode by episode."""

    def gain(metric: str | None, factor: int) -> str:
        pairs = [(scores.after[mode, s].records, scores.before[mode, s].records) for s in scores.seeds]

        def value(record) -> float:
            return record.metrics[metric] if metric else record.return_

        gaps = [
            fmean(value(after[i]) - value(before[i]) for after, before in pairs)
            for i in range(len(pairs[0][0]))
        ]
        groups = [record.group for record in pairs[0][0]]
        return _gain(
            Difference(fmean(gaps), mean_interval(gaps, groups), len(gaps), len(set(groups))), factor
        )

    means = [scores.after[mode, seed].mean_return for seed in scores.seeds]
    seconds = [scores.after[mode, seed].metric_means[scores.second_metric] for seed in scores.seeds]
    spread = f"seeds {100 * min(means):.1f} to {100 * max(means):.1f}"
    return [
        f"PPO, {mode}, mean of {len(means)} seeds",
        f"{100 * fmean(means):.1f}",
        spread,
        f"{fmean(seconds):.3f}",
        gain(None, 100),
        gain(scores.second_metric, 1),
        "",
    ]


def _cells(scores: Scores, result: Result) -> list[str]:
    low, high = result.interval
    second = result.metric_means[scores.second_metric]
    return [f"{100 * result.mean_return:.1f}", f"{100 * low:.1f} to {100 * high:.1f}", f"{second:.3f}"]


def _gain(difference: Difference, factor: int) -> str:
    digits = 1 if factor == 100 else 3
    low, high = (factor * end for end in difference.interval)
    return f"{factor * difference.mean:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f})"
