"""The tables of the shipped model's card, from its manifest and measurements."""

from collections.abc import Mapping
from typing import Any


def text_table(manifest: dict[str, Any]) -> str:
    """What was read of each kind of text, as Markdown.

    Args:
        manifest: See `textgym.algorithms.corpus.manifest.manifest`.
    """
    lines = [
        "| Kind | Share | Documents read | Tokens read | Left out as held-out | Licence | Hash |",
        "|---|---:|---:|---:|---:|---|---|",
    ]
    for name, kind in manifest["kinds"].items():
        available = kind.get("available_documents")
        read = f"{kind['read_documents']:,}" + (f" (there are {available:,})" if available else "")
        lines.append(
            f"| {name} | {kind['share']:.0%} | {read} | {kind['read_tokens']:,} | "
            f"{kind['excluded_documents']:,} | {kind['licence']} | `{kind['hash']}` |"
        )
    return "\n".join(lines)


def bits_table(bits: Mapping[str, Mapping[str, Mapping[str, float | None]]]) -> str:
    """Bits per byte of the model beside the 5-gram's, as Markdown; the better of two is bold.

    Args:
        bits: See `textgym.algorithms.measure_pretrained.compare_bits`.
    """
    lines = [
        "| Held-out text | Model | 5-gram | Model, replies only | 5-gram, replies only |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, row in bits.items():
        cells = []
        for part in ("whole", "replies"):
            pair = [row[scorer][part] for scorer in ("model", "5-gram")]
            best = min((v for v in pair if v is not None), default=None)
            cells += ["" if v is None else f"**{v:.3f}**" if v == best else f"{v:.3f}" for v in pair]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def replies_table(replies: dict[str, dict[str, float]]) -> str:
    """Scores of greedy replies, as Markdown.

    Args:
        replies: See `textgym.algorithms.measure_pretrained.measure_replies`.
    """
    lines = [
        "| Test examples | n | Exact match | Mean reward | chrF | chrF of copying the source |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, row in replies.items():
        cells = [
            f"{row['exact']:.0%}" if "exact" in row else "",
            f"{row['reward']:.3f}" if "reward" in row else "",
            f"{row['chrf']:.1f}" if "chrf" in row else "",
            f"{row['chrf_copy']:.1f}" if "chrf_copy" in row else "",
        ]
        lines.append(f"| {name} | {row['n']} | {' | '.join(cells)} |")
    return "\n".join(lines)
