"""What is known of common data sets of the Hugging Face hub: where they are and what their columns are called."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from textgym.data.base import Split


@dataclass(frozen=True)
class Preset:
    """Facts about one data set.

    Args:
        repository: Its name on the hub.
        family: The family of environments that it serves, as in `textgym/<family>-v0`.
        columns: From our field to the column (see `hf_source`); empty where the rows are translations, whose
            languages follow from the configuration.
        config: The configuration that is read where none is asked for; empty for a set that has one only.
        script: Whether the repository holds a loading script, which `datasets` no longer runs. Such a set is read
            from the branch of the hub that holds it as Parquet, one folder for each configuration.
        splits: From our split to the upstream one; a missing `validation` is taken from `train` by hash.
    """

    repository: str
    family: str
    columns: Mapping[str, str] = field(default_factory=dict)
    config: str = ""
    script: bool = False
    splits: Mapping[Split, str] = field(
        default_factory=lambda: {"train": "train", "validation": "validation", "test": "test"}
    )


PRESETS: dict[str, Preset] = {
    "wmt14": Preset("wmt/wmt14", "Translation", config="de-en"),
    "wmt16": Preset("wmt/wmt16", "Translation", config="de-en"),
    "iwslt2017": Preset("IWSLT/iwslt2017", "Translation", config="iwslt2017-en-de", script=True),
    "opus100": Preset("Helsinki-NLP/opus-100", "Translation", config="de-en"),
    "cnn_dailymail": Preset(
        "abisee/cnn_dailymail",
        "Summarization",
        {"source": "article", "target": "highlights"},
        config="3.0.0",
    ),
    "xsum": Preset(
        "EdinburghNLP/xsum",
        "Summarization",
        {"source": "document", "target": "summary"},
        config="default",
        script=True,
    ),
    # The original, Samsung/samsum, is no longer on the hub: https://github.com/huggingface/datasets/issues/7573
    "samsum": Preset("knkarthick/samsum", "Summarization", {"source": "dialogue", "target": "summary"}),
    "daily_dialog": Preset(
        "li2017dailydialog/daily_dialog",
        "ChitChat",
        {"conversation": "dialog"},
        config="default",
        script=True,
    ),
    "multi_woz_v22": Preset(
        "pfb30/multi_woz_v22", "ChitChat", {"conversation": "turns.utterance"}, config="v2.2", script=True
    ),
    "mbpp": Preset(
        "google-research-datasets/mbpp",
        "CodeGeneration",
        {"task": "text", "solution": "code", "tests": "test_list", "setup": "test_setup_code"},
        config="full",
    ),
    "humaneval": Preset(
        "openai/openai_humaneval",
        "CodeGeneration",
        {
            "prompt": "prompt",
            "entry_point": "entry_point",
            "tests": "test",
            "solution": "canonical_solution",
        },
        splits={"test": "test"},
    ),
    "apps": Preset(
        "codeparrot/apps",
        "CodeGeneration",
        {"task": "question", "solution": "solutions", "calls": "input_output"},
        config="all",
        script=True,
        splits={"train": "train", "test": "test"},
    ),
}


def preset_of(name: str) -> Preset | None:
    """The preset with this name, or of the repository with this name."""
    return PRESETS.get(name) or next((p for p in PRESETS.values() if p.repository == name), None)
