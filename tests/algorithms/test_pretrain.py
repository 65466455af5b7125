# ruff: noqa: E402
"""The training loop on a very small model, and the shipped loss curve."""

import csv
import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("django")
pytest.importorskip("aclsum")
pytest.importorskip("chitchat_dataset")

from textgym.algorithms import pretrain as module
from textgym.algorithms.corpus.kinds import KINDS
from textgym.algorithms.corpus.manifest import package_versions
from textgym.algorithms.corpus.rows import training_rows
from textgym.algorithms.pretrain import CHECKPOINT, LOG, pretrain
from textgym.algorithms.tiny_model import SHIPPED, Recipe
from textgym.llm.loading import load_language_model
from textgym.tokenization import TINY_FOLDER, load_tokenizer

SMALL = Recipe(
    hidden=32,
    layers=1,
    feed_forward=48,
    heads=2,
    key_value_heads=1,
    row_length=32,
    rows_per_step=4,
    warmup_tokens=512,
)
STEP = SMALL.tokens_per_step


@pytest.fixture(autouse=True)
def copying_only(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Reading all corpora takes a minute; the loop does not care what it reads."""
    if "slow" in request.keywords:
        return
    kinds = tuple(kind for kind in KINDS if kind.name == "copying")
    monkeypatch.setattr(
        module, "training_rows", lambda *args, **options: training_rows(*args, **options, kinds=kinds)
    )


def _curve(folder: Path) -> list[tuple[int, float]]:
    with (folder / LOG).open(encoding="utf-8") as file:
        return [(int(row["tokens"]), float(row["loss"])) for row in csv.DictReader(file)]


def _interrupting(*, at: int):
    """`train_step` with a Ctrl-C at the start of a step, counted from 1."""
    original, calls = module._Run.train_step, []

    def train_step(self, rows, interrupted):
        calls.append(1)
        if len(calls) == at:
            os.kill(os.getpid(), signal.SIGINT)
            return original(self, rows, True)
        return original(self, rows, interrupted)

    return train_step


def test_learning_rate_rises_stays_and_falls() -> None:
    recipe = Recipe(warmup_tokens=100, decay_share=0.25)
    factors = [recipe.factor(tokens, 1000) for tokens in (50, 100, 700, 750, 875, 1000)]
    assert factors == pytest.approx([0.5, 1.0, 1.0, 1.0, 0.5, 0.0])


def test_loss_falls_and_the_saved_model_is_the_returned_one(tmp_path: Path) -> None:
    model = pretrain(tmp_path, tokens=60 * STEP, recipe=SMALL)
    curve = _curve(tmp_path)
    assert [tokens for tokens, _ in curve] == [4 * STEP * i for i in range(1, 16)]
    assert curve[0][1] > 8.0  # log 4096 is 8.3
    assert curve[-1][1] < curve[0][1] - 1.0
    ids = torch.tensor([[3, 300, 301, 302]])
    saved = load_language_model(str(tmp_path), device="cpu")
    assert load_tokenizer(str(tmp_path)).encode("Hello") == load_tokenizer("tiny").encode("Hello")
    assert torch.allclose(saved(ids).logits, model(ids).logits, atol=0.02)


def test_shorter_run_has_the_first_part_of_the_loss_curve(tmp_path: Path) -> None:
    pretrain(tmp_path / "long", tokens=40 * STEP, recipe=SMALL)
    pretrain(tmp_path / "short", tokens=20 * STEP, recipe=SMALL)
    before_decay = 12 * STEP
    long, short = (
        [loss for tokens, loss in _curve(tmp_path / name) if tokens <= before_decay]
        for name in ("long", "short")
    )
    assert short == pytest.approx(long, abs=1e-3)
    assert len(short) == 3


def test_interrupted_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pretrain(tmp_path / "whole", tokens=16 * STEP, recipe=SMALL)
    monkeypatch.setattr(module._Run, "train_step", _interrupting(at=6))
    with pytest.raises(KeyboardInterrupt):
        pretrain(tmp_path / "parts", tokens=16 * STEP, recipe=SMALL)
    assert torch.load(tmp_path / "parts" / CHECKPOINT, weights_only=True)["step"] == 6
    parts = pretrain(tmp_path / "parts", tokens=16 * STEP, recipe=SMALL)
    assert _curve(tmp_path / "parts") == _curve(tmp_path / "whole")
    for expected, value in zip(whole.parameters(), parts.parameters(), strict=True):
        assert torch.allclose(expected, value, atol=1e-5)


def test_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    pretrain(tmp_path, tokens=2 * STEP, recipe=SMALL)
    with pytest.raises(ValueError, match="holds a run with seed 0"):
        pretrain(tmp_path, tokens=4 * STEP, recipe=SMALL, seed=1)


def test_a_run_may_change_its_length_until_its_learning_rate_falls(tmp_path: Path) -> None:
    whole = pretrain(tmp_path / "whole", tokens=20 * STEP, recipe=SMALL)
    with (
        pytest.MonkeyPatch.context() as patch
    ):  # stopped after 14 of 30 steps, where those of 20 steps begin to fall
        patch.setattr(module._Run, "train_step", _interrupting(at=14))
        with pytest.raises(KeyboardInterrupt):
            pretrain(tmp_path / "parts", tokens=30 * STEP, recipe=SMALL)
    with pytest.raises(ValueError, match=f"holds 14 steps of a run of 30.*tokens={30 * STEP}"):
        pretrain(tmp_path / "parts", tokens=19 * STEP, recipe=SMALL)
    parts = pretrain(tmp_path / "parts", tokens=20 * STEP, recipe=SMALL)
    for expected, value in zip(whole.parameters(), parts.parameters(), strict=True):
        assert torch.allclose(expected, value, atol=1e-5)
    for file in ("manifest.json", LOG):
        assert (tmp_path / "parts" / file).read_text() == (tmp_path / "whole" / file).read_text()


def test_too_few_tokens_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"at least one step of {STEP}"):
        pretrain(tmp_path, tokens=STEP - 1, recipe=SMALL)


def test_rows_must_divide_over_processes(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must divide the 4 rows"):
        pretrain(tmp_path, tokens=STEP, recipe=SMALL, processes=3)


@pytest.mark.slow
def test_two_processes_train_like_one(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).integers(0, 4096, size=(48, 32)).astype(np.uint16)
    for name, processes in (("one", 1), ("two", 2)):
        (tmp_path / name).mkdir()
        np.save(tmp_path / name / "rows-0-32.npy", rows)
        pretrain(tmp_path / name, tokens=12 * STEP, recipe=SMALL, processes=processes)
    one, two = (np.array(_curve(tmp_path / name)) for name in ("one", "two"))
    assert one == pytest.approx(two, abs=0.01)


@pytest.mark.slow
def test_shipped_loss_curve_is_reproducible(tmp_path: Path) -> None:
    manifest = json.loads((TINY_FOLDER / "manifest.json").read_text("utf-8"))
    if manifest["packages"] != package_versions():
        pytest.skip("other package versions than the shipped model was trained with")
    pretrain(tmp_path, tokens=200_000, seed=manifest["seed"])
    unchanged = (1 - SHIPPED.decay_share) * 200_000
    again, shipped = (
        [loss for tokens, loss in _curve(folder) if tokens <= unchanged] for folder in (tmp_path, TINY_FOLDER)
    )
    assert len(again) == 4
    assert again == pytest.approx(
        shipped[: len(again)], abs=0.05
    )  # bfloat16 rounding differs between machines
