import json

from textgym.algorithms.model_card import bits_table, replies_table, text_table
from textgym.tokenization import TINY_FOLDER


def test_better_bits_are_bold_and_absent_replies_stay_empty() -> None:
    bits = {
        "chat": {"model": {"whole": 1.5, "replies": 2.25}, "5-gram": {"whole": 1.75, "replies": 2.0}},
        "papers": {"model": {"whole": 2.0, "replies": None}, "5-gram": {"whole": 1.0, "replies": None}},
    }
    assert bits_table(bits).splitlines()[2:] == [
        "| chat | **1.500** | 1.750 | 2.250 | **2.000** |",
        "| papers | 2.000 | **1.000** |  |  |",
    ]


def test_replies_show_what_was_measured() -> None:
    table = replies_table(
        {"copying": {"n": 100, "exact": 0.125}, "x": {"n": 5, "chrf": 31.26, "chrf_copy": 20.0}}
    )
    assert table.splitlines()[2:] == ["| copying | 100 | 12% |  |  |  |", "| x | 5 |  |  | 31.3 | 20.0 |"]


def test_shipped_card_shows_the_shipped_numbers() -> None:
    card = (TINY_FOLDER / "README.md").read_text("utf-8")
    manifest = json.loads((TINY_FOLDER / "manifest.json").read_text("utf-8"))
    measurements = json.loads((TINY_FOLDER / "measurements.json").read_text("utf-8"))
    assert text_table(manifest) in card
    assert bits_table(measurements["bits_per_byte"]) in card
    assert replies_table(measurements["replies"]) in card


def test_shipped_model_is_small() -> None:
    assert (TINY_FOLDER / "model.safetensors").stat().st_size < 12_000_000
