# ruff: noqa: E402 - what is absent is named before anything imports it
"""Train the shipped language model from nothing, on the text of `textgym.algorithms.corpus`."""

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from textgym.errors import InvalidValue, require

for _package in ("torch", "transformers", "tqdm"):
    require(_package, extra="train")

import torch
from torch import distributed
from torch.multiprocessing.spawn import spawn
from torch.nn.functional import cross_entropy
from tqdm import tqdm
from transformers import LlamaForCausalLM

from textgym.algorithms.corpus.manifest import manifest
from textgym.algorithms.corpus.rows import training_rows
from textgym.algorithms.tiny_model import SHIPPED, Recipe, new_model, save_model
from textgym.evaluation.whole_file import check_writable
from textgym.tokenization import load_tokenizer, tokenizer_folder

CHECKPOINT = "checkpoint.pt"
LOG = "loss.csv"
MANIFEST = "manifest.json"
_LOG_EVERY = 4
_IGNORED = -100


def pretrain(
    out: Path | str,
    *,
    tokens: int,
    seed: int = 0,
    tokenizer: str = "tiny",
    recipe: Recipe = SHIPPED,
    processes: int = 1,
    checkpoint_every: int = 100,
    progress: bool = False,
) -> LlamaForCausalLM:
    """Train a model and save it with its loss curve.

    The same seed, packages and recipe give the same text in the same order and, up to rounding, the same
    loss curve. A run that was interrupted goes on from its last checkpoint when it is started again with the
    same folder; the first Ctrl-C ends it after the current step, with a checkpoint. Checkpoints are written
    whole or not at all.

    Args:
        out: Folder for checkpoint, loss curve (`loss.csv`: tokens seen, mean loss in nats per token over the
            steps since the line before), description of the text (`manifest.json`) and the model.
        tokens: Length of the training, rounded down to whole steps.
        seed: Of the initial weights, of generated text and of the order of the rest.
        tokenizer: Name for `load_tokenizer`; its files are copied into `out`.
        recipe: Size and schedule.
        processes: Split each step's rows over processes of one thread each, which on shared cores is faster
            than threads. More than one needs a main module that can be imported.
        checkpoint_every: Steps between two checkpoints; each also saves the model as it is.
        progress: Show a progress bar.

    Returns:
        The trained model, in float32.

    Raises:
        UnknownName: If there is no such tokenizer.
        InvalidValue: If the folder cannot be written, `tokens` is less than one step, the rows of a step cannot be
            split evenly, or the folder holds a run with another seed or recipe, or one whose length cannot be changed
            any more because the learning rates of the shorter length fall already.
        KeyboardInterrupt: After the checkpoint that the first Ctrl-C asked for.
    """
    steps = tokens // recipe.tokens_per_step
    if steps < 1:
        raise InvalidValue(f"tokens must be at least one step of {recipe.tokens_per_step}, got {tokens}")
    if processes < 1 or recipe.rows_per_step % processes:
        raise InvalidValue(
            f"processes must divide the {recipe.rows_per_step} rows of a step, got {processes}"
        )
    out = Path(out)
    check_writable(out / CHECKPOINT)
    load_tokenizer(tokenizer)  # refused before the folder is claimed
    out.mkdir(parents=True, exist_ok=True)
    _copy_tokenizer(tokenizer, out)
    job = _Job(out, tokenizer, steps, recipe, seed, processes, checkpoint_every, progress)
    job.check_checkpoint()
    _prepare_rows(job)
    with _deferred_interrupt() as interrupted, tempfile.TemporaryDirectory() as meeting:
        if processes == 1:
            _work(0, job, meeting, interrupted)
        else:
            spawn(_work, args=(job, meeting), nprocs=processes)
    state = torch.load(out / CHECKPOINT, weights_only=True)
    if state["step"] < steps:
        raise KeyboardInterrupt
    model = new_model(recipe, load_tokenizer(tokenizer), seed=seed)
    model.load_state_dict(state["model"])
    return model


@dataclass(frozen=True)
class _Job:
    """The arguments of `pretrain`, for its processes."""

    out: Path
    tokenizer: str
    steps: int
    recipe: Recipe
    seed: int
    processes: int
    checkpoint_every: int
    progress: bool

    @property
    def rows_path(self) -> Path:
        return self.out / f"rows-{self.seed}-{self.recipe.row_length}.npy"

    def check_checkpoint(self) -> None:
        path = self.out / CHECKPOINT
        if path.exists():
            state = torch.load(path, weights_only=True)
            if state["seed"] != self.seed or state["recipe"] != asdict(self.recipe):
                raise InvalidValue(
                    f"{self.out} holds a run with seed {state['seed']} and recipe {state['recipe']}; "
                    "go on with the same, or choose an empty folder"
                )
            shorter = min(self.steps, state["steps"])
            if self.steps != state["steps"] and state["step"] > shorter * (1 - self.recipe.decay_share):
                raise InvalidValue(
                    f"{self.out} holds {state['step']} steps of a run of {state['steps']}, too many to make it one of "
                    f"{self.steps}: its learning rates would not fall over the last {self.recipe.decay_share:.0%}; go on "
                    f"with tokens={state['steps'] * self.recipe.tokens_per_step}, or choose an empty folder"
                )


class _Run:
    """The state of a training; a checkpoint holds all of it."""

    def __init__(self, job: _Job) -> None:
        self.job, self.step = job, 0
        self.log: list[tuple[int, float]] = []
        self._recent: list[float] = []
        self.model = new_model(job.recipe, load_tokenizer(job.tokenizer), seed=job.seed)
        embeddings = self.model.get_input_embeddings().weight
        self.parameters = list(self.model.parameters())
        hidden = [p for p in self.parameters if p.ndim == 2 and p is not embeddings]
        rest = [p for p in self.parameters if p.ndim != 2 or p is embeddings]
        self.optimizers = (
            torch.optim.Muon(hidden, lr=job.recipe.muon_lr, weight_decay=0.01),
            torch.optim.AdamW(rest, lr=job.recipe.adamw_lr, betas=(0.9, 0.95), weight_decay=0.0),
        )
        if (job.out / CHECKPOINT).exists():
            self._restore(torch.load(job.out / CHECKPOINT, weights_only=True))

    def train_step(self, rows: np.ndarray, interrupted: bool) -> tuple[float, bool]:
        """One step on this process's rows of ids, shape (B, T).

        Returns:
            The mean loss over all processes, and whether any of them was interrupted.
        """
        ids = torch.from_numpy(rows.astype(np.int64))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = self.model(input_ids=ids, use_cache=False).logits
        # Moving the targets instead of cutting the logits saves a copy of the largest tensor.
        targets = torch.nn.functional.pad(ids[:, 1:], (0, 1), value=_IGNORED)
        loss = cross_entropy(logits.flatten(0, 1).float(), targets.flatten(), ignore_index=_IGNORED)
        loss.backward()
        mean_loss, stop = self._average(loss.item(), interrupted)
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        recipe, total = self.job.recipe, self.job.steps + 1
        factor = recipe.factor((self.step + 1) * recipe.tokens_per_step, total * recipe.tokens_per_step)
        for optimizer, lr in zip(self.optimizers, (recipe.muon_lr, recipe.adamw_lr), strict=True):
            optimizer.param_groups[0]["lr"] = lr * factor
            optimizer.step()
            optimizer.zero_grad()
        self._note(mean_loss)
        return mean_loss, stop

    def save(self) -> None:
        """Write checkpoint, loss curve and model."""
        job = self.job
        state = {
            "recipe": asdict(job.recipe),
            "seed": job.seed,
            "step": self.step,
            "steps": job.steps,
            "log": self.log,
            "recent": self._recent,
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
        }
        temporary = job.out / (CHECKPOINT + ".part")
        torch.save(state, temporary)
        os.replace(temporary, job.out / CHECKPOINT)
        lines = ["tokens,loss", *(f"{tokens},{loss:.4f}" for tokens, loss in self.log)]
        (job.out / LOG).write_text("\n".join(lines) + "\n", encoding="utf-8")
        save_model(self.model, job.out)

    def _restore(self, state: dict) -> None:
        self.step, self.log, self._recent = state["step"], state["log"], state["recent"]
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)

    def _average(self, loss: float, interrupted: bool) -> tuple[float, bool]:
        if self.job.processes == 1:
            return loss, interrupted
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        flat = torch.cat([*(g.flatten() for g in gradients), torch.tensor([loss, float(interrupted)])])
        distributed.all_reduce(flat)
        flat /= self.job.processes
        for gradient, mean in zip(gradients, flat[:-2].split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(mean.view_as(gradient))
        return flat[-2].item(), flat[-1].item() > 0

    def _note(self, loss: float) -> None:
        self.step += 1
        self._recent.append(loss)
        if len(self._recent) == _LOG_EVERY:
            tokens = self.step * self.job.recipe.tokens_per_step
            self.log.append((tokens, float(np.mean(self._recent))))
            self._recent = []


def _work(rank: int, job: _Job, meeting: str, interrupted: list[int] | None = None) -> None:
    """The training loop of one process; the first one saves."""
    if job.processes > 1:
        torch.set_num_threads(1)
        distributed.init_process_group(
            "gloo", init_method=f"file://{meeting}/store", rank=rank, world_size=job.processes
        )
    rows = np.load(job.rows_path, mmap_mode="r")
    run = _Run(job)
    share = job.recipe.rows_per_step // job.processes
    bar = tqdm(total=job.steps, initial=run.step, unit="step", disable=not job.progress or rank > 0)
    with bar, nullcontext(interrupted) if interrupted is not None else _deferred_interrupt() as received:
        while run.step < job.steps:
            start = run.step * job.recipe.rows_per_step + rank * share
            loss, stop = run.train_step(rows[start : start + share], bool(received))
            bar.update()
            bar.set_postfix(loss=f"{loss:.3f}")
            if rank == 0 and (stop or run.step == job.steps or run.step % job.checkpoint_every == 0):
                run.save()
            if stop:
                break
    if job.processes > 1:
        distributed.barrier()
        distributed.destroy_process_group()


def _copy_tokenizer(name: str, out: Path) -> None:
    """Put the tokenizer's files beside the model, so that the folder's path is a name for both."""
    folder = tokenizer_folder(name)
    for file in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        if (folder / file).exists() and not (out / file).exists():
            shutil.copyfile(folder / file, out / file)


def _prepare_rows(job: _Job) -> None:
    """Write the training rows and their manifest, unless an earlier start has written just these."""
    number = job.steps * job.recipe.rows_per_step
    if job.rows_path.exists() and len(np.load(job.rows_path, mmap_mode="r")) == number:
        return
    chat = load_tokenizer(job.tokenizer)
    length = job.recipe.row_length
    with tqdm(total=number, unit="row", desc="text", disable=not job.progress) as bar:
        made = training_rows(chat, number, length=length, seed=job.seed, progress=lambda _: bar.update())
    described = json.dumps(manifest(made, seed=job.seed), indent=1)
    (job.out / MANIFEST).write_text(described + "\n", encoding="utf-8")
    temporary = job.rows_path.with_suffix(".part")
    with temporary.open("wb") as file:
        np.save(file, made.ids)
    os.replace(temporary, job.rows_path)


@contextmanager
def _deferred_interrupt() -> Iterator[list[int]]:
    """A list that the first Ctrl-C fills; the second one interrupts at once."""
    received: list[int] = []

    def receive(number: int, frame: object) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)

    try:
        previous = signal.signal(signal.SIGINT, receive)
    except ValueError:  # not in the main thread: Ctrl-C does not come here
        yield received
        return
    try:
        yield received
    finally:
        signal.signal(signal.SIGINT, previous)
