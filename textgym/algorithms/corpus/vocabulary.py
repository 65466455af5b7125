"""The byte-level BPE tokenizer of the shipped language model."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from textgym.algorithms.corpus.documents import SPECIAL_TOKENS
from textgym.algorithms.corpus.exclusion import training_stream
from textgym.algorithms.corpus.kinds import KINDS, Kind

VOCABULARY_SIZE = 4096
# Length of the text that a tokenizer is trained on.
_CHARACTERS = 8_000_000
#: Opens each message with its role; opens the agent's message when asked to.
CHAT_TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def train_tokenizer(texts: Iterable[str]) -> Tokenizer:
    """A byte-level BPE tokenizer of `VOCABULARY_SIZE` tokens; digits stay single.

    Args:
        texts: What to learn the merges from.

    Returns:
        The tokenizer; the special tokens have the ids of their order in `SPECIAL_TOKENS`.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def tokenizer_texts(characters: int, *, seed: int, kinds: tuple[Kind, ...] = KINDS) -> Iterator[str]:
    """Training texts of all kinds, each kind with its share of the characters."""
    for kind in kinds:
        read = 0
        for document, _ in training_stream(kind, seed=seed):
            for text in document.texts():
                yield text
                read += len(text)
            if read >= kind.share * characters:
                break


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write the files that `load_tokenizer` and transformers read."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|end|>",
        "pad_token": "<|pad|>",
        "model_max_length": 2048,
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE, encoding="utf-8")


def new_tokenizer(folder: Path, *, seed: int) -> Path:
    """Train a tokenizer on the training text and save it, unless the folder holds one.

    Args:
        folder: Where it is saved.
        seed: Of the generated part of the text.

    Returns:
        The folder.
    """
    if not (folder / "tokenizer_config.json").is_file():
        save_tokenizer(train_tokenizer(tokenizer_texts(_CHARACTERS, seed=seed)), folder)
    return folder
