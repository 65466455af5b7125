"""What a pretrained model can and cannot do: bits per byte beside a 5-gram, copying, and greedy replies."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from textgym.algorithms.bits_per_byte import bits_per_byte, language_model_scorer
from textgym.algorithms.corpus.kinds import KINDS, Kind
from textgym.algorithms.kneser_ney import KneserNey
from textgym.algorithms.model_card import bits_table, replies_table, text_table
from textgym.errors import UnknownName
from textgym.evaluation.whole_file import write_whole
from textgym.llm.agent import LanguageModelAgent
from textgym.llm.loading import load_language_model
from textgym.metrics.chrf import corpus_chrf
from textgym.protocols import Conversation, Example, Message, Request
from textgym.tasks.base import Task
from textgym.tasks.chitchat import ChitChatTask
from textgym.tasks.code.generation import CodeGenerationTask
from textgym.tasks.dialogue.task import DialogueTask
from textgym.tasks.summarization import SummarizationTask
from textgym.tasks.translation import TranslationTask
from textgym.tokenization import load_tokenizer

#: Difficulties at which generated tasks are measured.
DIFFICULTIES = (0.0, 0.5, 1.0)
_SEED = 12345


def compare_bits(
    name: str, rows: np.ndarray, *, documents: int = 150, length: int = 512
) -> dict[str, dict[str, dict[str, float]]]:
    """Bits per byte of held-out text for a language model and a 5-gram over the same tokens.

    Args:
        name: Name or folder of the language model.
        rows: The ids that it was trained on, shape (B, T); the 5-gram is made from them.
        documents: Validation documents of each kind, or fewer where there are fewer.
        length: Documents are cut to this many ids.

    Returns:
        For each kind of text the `BitsPerByte` of `"model"` and `"5-gram"`, as dicts.
    """
    tokenizer = load_tokenizer(name)
    scorers = {
        "model": language_model_scorer(load_language_model(name)),
        "5-gram": KneserNey(rows, vocab_size=tokenizer.vocab_size).log_probabilities,
    }
    table: dict[str, dict[str, dict[str, float]]] = {}
    for kind in KINDS:
        held_out = kind.sample("validation", documents, seed=_SEED)
        table[kind.name] = {
            model: asdict(bits_per_byte(scorer, held_out, tokenizer, length=length))
            for model, scorer in scorers.items()
        }
    return table


def measure_run(folder: Path, *, documents: int = 150, examples: int = 100) -> None:
    """Measure the model of a finished `pretrain` run; writes `measurements.json` and `tables.md` beside it.

    Args:
        folder: The run.
        documents: See `compare_bits`.
        examples: See `measure_replies`.

    Raises:
        UnknownName: If the folder holds no finished run.
    """
    found = sorted(folder.glob("rows-*.npy"))
    if not found or not (folder / "manifest.json").is_file():
        raise UnknownName(
            f"{folder} holds no finished pretraining run; run textgym pretrain --out {folder} first"
        )
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    rows = np.load(found[0], mmap_mode="r")
    bits = compare_bits(str(folder), rows[: manifest["tokens"] // rows.shape[1]], documents=documents)
    replies = measure_replies(str(folder), examples=examples)
    write_whole(
        folder / "measurements.json", json.dumps({"bits_per_byte": bits, "replies": replies}, indent=1)
    )
    tables = (text_table(manifest), bits_table(bits), replies_table(replies))
    write_whole(folder / "tables.md", "\n\n".join(tables) + "\n")


def measure_replies(name: str, *, examples: int = 100) -> dict[str, dict[str, Any]]:
    """Greedy replies of a model to test examples.

    Args:
        name: Name or folder of the language model.
        examples: Test examples for each line, or fewer where there are fewer.

    Returns:
        For each line (`"copying"`, `"translation de 0.5"`, `"django:de"`, ...) the number `n`, the mean `reward`,
        the share `exact` of replies equal to a reference, and for translations the corpus `chrf` with that of
        copying the source, `chrf_copy`.
    """
    agent = LanguageModelAgent(name)
    table: dict[str, dict[str, Any]] = {"copying": _copying(agent, examples)}
    for language in ("de", "fr", "es"):
        task = TranslationTask("generated", language=language)
        for difficulty in DIFFICULTIES:
            drawn = _drawn(task, examples, difficulty)
            table[f"translation {language} {difficulty}"] = _translation(agent, task, drawn)
    for language in ("de", "fr", "es"):
        task = TranslationTask(f"django:{language}")
        table[f"django:{language}"] = _translation(agent, task, task.examples("test")[:examples])
    written = (
        ("summary", SummarizationTask()),
        ("small talk", ChitChatTask()),
        ("code", CodeGenerationTask()),
    )
    for line, task in written:
        for difficulty in DIFFICULTIES:
            table[f"{line} {difficulty}"] = _single_turn(agent, task, _drawn(task, examples, difficulty))
    stdlib = SummarizationTask("stdlib")
    table["docstring"] = _single_turn(agent, stdlib, stdlib.examples("test")[:examples])
    for difficulty in DIFFICULTIES:
        table[f"dialogue {difficulty}"] = _dialogue(agent, _drawn(DialogueTask(), examples, difficulty))
    return table


def _drawn(task: Task, number: int, difficulty: float) -> list[Example]:
    rng = np.random.default_rng(_SEED)
    return [task.generate(rng, "test", difficulty) for _ in range(number)]


def _replies(agent: LanguageModelAgent, conversations: Sequence[Conversation]) -> list[str]:
    return agent.act([Request(c, episode=i, turn=0, seed=0) for i, c in enumerate(conversations)])


def _asked(examples: Sequence[Example]) -> list[Conversation]:
    return [(Message(role="user", content=example.prompt),) for example in examples]


def _copying(agent: LanguageModelAgent, number: int) -> dict[str, Any]:
    kind: Kind = next(kind for kind in KINDS if kind.name == "copying")
    documents = kind.sample("test", number, seed=_SEED)
    replies = _replies(agent, [document.messages[:-1] for document in documents])
    right = [r == d.messages[-1]["content"] for r, d in zip(replies, documents, strict=True)]
    return {"n": number, "exact": float(np.mean(right))}


def _single_turn(agent: LanguageModelAgent, task: Task, examples: Sequence[Example]) -> dict[str, Any]:
    asked = _asked(examples)
    replies = _replies(agent, asked)
    said = [(*c, Message(role="assistant", content=r)) for c, r in zip(asked, replies, strict=True)]
    turns = task.judge(list(zip(examples, said, strict=True)))
    return {
        "n": len(examples),
        "reward": float(np.mean([turn.reward for turn in turns])),
        "exact": float(np.mean([r in e.references for r, e in zip(replies, examples, strict=True)])),
    }


def _translation(agent: LanguageModelAgent, task: Task, examples: Sequence[Example]) -> dict[str, Any]:
    references = [example.references for example in examples]
    sources = [example.data["source"] for example in examples]
    replies = _replies(agent, _asked(examples))
    return {
        "n": len(examples),
        "exact": float(np.mean([r in e for r, e in zip(replies, references, strict=True)])),
        "chrf": corpus_chrf(replies, references),
        "chrf_copy": corpus_chrf(sources, references),
    }


def _dialogue(agent: LanguageModelAgent, examples: Sequence[Example]) -> dict[str, Any]:
    task = DialogueTask()
    open_conversations = list(zip(examples, _asked(examples), strict=True))
    rewards: list[float] = []
    while open_conversations:
        replies = _replies(agent, [conversation for _, conversation in open_conversations])
        said = [
            (example, (*conversation, Message(role="assistant", content=reply)))
            for (example, conversation), reply in zip(open_conversations, replies, strict=True)
        ]
        open_conversations = []
        for (example, conversation), turn in zip(said, task.judge(said), strict=True):
            if turn.reply is None:
                rewards.append(turn.reward)
            else:
                following = (*conversation, Message(role="user", content=turn.reply))
                open_conversations.append((example, following))
    return {
        "n": len(examples),
        "reward": float(np.mean(rewards)),
        "success": float(np.mean(np.array(rewards) > 0)),
    }
