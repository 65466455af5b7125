"""Train the shipped language model from nothing, on the text of `textgym.algorithms.corpus`."""

import math
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from tqdm import tqdm
from transformers import LlamaConfig, LlamaForCausalLM

from textgym.algorithms.corpus.rows import training_rows
from textgym.tokenization import ChatTokenizer, load_tokenizer

_CHECKPOINT = "checkpoint.pt"
_LOG = "loss.csv"
_LOG_EVERY = 4


@dataclass(frozen=True)
class Recipe:
    """Size and schedule of the model; the defaults are what the shipped one was trained with.

    Hidden matrices are trained with Muon, embeddings and norms with AdamW. The learning rate rises linearly
    over `warmup_tokens`, stays, and falls linearly to zero over the last `decay_share` of the tokens: runs
    of different length are the same until the shorter one begins to decay.
    """

    hidden: int = 256
    layers: int = 4
    feed_forward: int = 688
    heads: int = 8
    key_value_heads: int = 4
    row_length: int = 512
    rows_per_step: int = 16
    muon_lr: float = 0.02
    adamw_lr: float = 4e-3
    warmup_tokens: int = 200_000
    decay_share: float = 0.3

    @property
    def tokens_per_step(self) -> int:
        """Tokens that one optimizer step sees."""
        return self.row_length * self.rows_per_step

    def factor(self, tokens: int, total: int) -> float:
        """Factor of the learning rates after some of all tokens, in [0, 1]."""
        decay = (total - tokens) / max(1.0, self.decay_share * total)
        return min(1.0, tokens / self.warmup_tokens, max(0.0, decay))


def pretrain(
    out: Path | str,
    *,
    tokens: int,
    seed: int = 0,
    tokenizer: str = "tiny",
    recipe: Recipe = Recipe(),
    compiled: bool = True,
    checkpoint_every: int = 250,
    progress: bool = False,
) -> LlamaForCausalLM:
    """Train a model and save it with its loss curve.

    The same seed, packages and recipe give the same text in the same order and, up to rounding, the same
    loss curve. A run that was interrupted goes on from its last checkpoint when it is started again with the
    same folder; the first Ctrl-C ends it after the current step, with a checkpoint. Checkpoints are written
    whole or not at all.

    Args:
        out: Folder for checkpoint, loss curve (`loss.csv`) and the model.
        tokens: Length of the training, rounded down to whole steps.
        seed: Of the initial weights, of generated text and of the order of the rest.
        tokenizer: Name or folder of the tokenizer.
        recipe: Size and schedule.
        compiled: Compile the model first: a minute of waiting for a quarter more speed; needs a C++ compiler.
        checkpoint_every: Steps between two checkpoints; each also saves the model as it is.
        progress: Show a progress bar.

    Returns:
        The trained model, in float32.

    Raises:
        ValueError: If `tokens` is less than one step, or the folder holds a run with another seed or recipe.
        KeyboardInterrupt: After the checkpoint that the first Ctrl-C asked for.
    """
    steps = tokens // recipe.tokens_per_step
    if steps < 1:
        raise ValueError(f"tokens must be at least one step of {recipe.tokens_per_step}, got {tokens}")
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    chat = load_tokenizer(tokenizer)
    rows = _rows(out, chat, steps, recipe, seed, progress)
    run = _Run(recipe, chat, seed)
    run.restore(out)
    loss_of = torch.compile(run.loss) if compiled else run.loss
    bar = tqdm(total=steps, initial=run.step, unit="step", disable=not progress)
    with bar, _deferred_interrupt() as interrupted:
        while run.step < steps:
            batch = rows[run.step * recipe.rows_per_step :][: recipe.rows_per_step]
            loss = run.train_step(loss_of, batch, steps * recipe.tokens_per_step)
            bar.update()
            bar.set_postfix(loss=f"{loss:.3f}")
            if interrupted or run.step % checkpoint_every == 0:
                run.save(out)
                save_model(run.model, out)
            if interrupted:
                raise KeyboardInterrupt
    run.save(out)
    save_model(run.model, out)
    return run.model


class _Run:
    """Everything that a checkpoint holds."""

    def __init__(self, recipe: Recipe, tokenizer: ChatTokenizer, seed: int) -> None:
        self.recipe, self.seed, self.step = recipe, seed, 0
        self.log: list[tuple[int, float]] = []
        self._recent: list[float] = []
        self.model = new_model(recipe, tokenizer, seed)
        embeddings = self.model.get_input_embeddings().weight
        hidden = [p for p in self.model.parameters() if p.ndim == 2 and p is not embeddings]
        rest = [p for p in self.model.parameters() if p.ndim != 2 or p is embeddings]
        self.optimizers = (
            torch.optim.Muon(hidden, lr=recipe.muon_lr, weight_decay=0.01),
            torch.optim.AdamW(rest, lr=recipe.adamw_lr, betas=(0.9, 0.95), weight_decay=0.0),
        )

    def loss(self, ids: Tensor) -> Tensor:
        """Mean loss in nats for each token but the first of rows of ids, shape (B, T)."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = self.model(input_ids=ids, use_cache=False).logits
        return cross_entropy(logits[:, :-1].float().flatten(0, 1), ids[:, 1:].flatten())

    def train_step(self, loss_of: Callable[[Tensor], Tensor], rows: np.ndarray, total_tokens: int) -> float:
        """One step on rows of ids, shape (B, T); gives the mean loss in nats per token."""
        recipe = self.recipe
        factor = recipe.factor((self.step + 1) * recipe.tokens_per_step, total_tokens + recipe.tokens_per_step)
        for optimizer, lr in zip(self.optimizers, (recipe.muon_lr, recipe.adamw_lr), strict=True):
            optimizer.param_groups[0]["lr"] = lr * factor
        loss = loss_of(torch.from_numpy(rows.astype(np.int64)))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        self.step += 1
        self._recent.append(loss.item())
        if len(self._recent) == _LOG_EVERY:
            self.log.append((self.step * recipe.tokens_per_step, float(np.mean(self._recent))))
            self._recent = []
        return loss.item()

    def save(self, out: Path) -> None:
        """Write checkpoint and loss curve."""
        state = {
            "recipe": asdict(self.recipe),
            "seed": self.seed,
            "step": self.step,
            "log": self.log,
            "recent": self._recent,
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
        }
        temporary = out / (_CHECKPOINT + ".part")
        torch.save(state, temporary)
        os.replace(temporary, out / _CHECKPOINT)
        lines = ["tokens,loss", *(f"{tokens},{loss:.4f}" for tokens, loss in self.log)]
        (out / _LOG).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def restore(self, out: Path) -> None:
        """Go on from a checkpoint, if there is one."""
        if not (out / _CHECKPOINT).exists():
            return
        state = torch.load(out / _CHECKPOINT, weights_only=True)
        if state["seed"] != self.seed or state["recipe"] != asdict(self.recipe):
            raise ValueError(
                f"{out} holds a run with seed {state['seed']} and recipe {state['recipe']}; go on with the same, "
                "or choose an empty folder"
            )
        self.step, self.log, self._recent = state["step"], state["log"], state["recent"]
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)


def new_model(recipe: Recipe, tokenizer: ChatTokenizer, seed: int) -> LlamaForCausalLM:
    """A model with random weights that follow from the seed."""
    config = LlamaConfig(
        vocab_size=tokenizer.vocab_size,
        hidden_size=recipe.hidden,
        num_hidden_layers=recipe.layers,
        intermediate_size=recipe.feed_forward,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.key_value_heads,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.end_of_turn_id,
        pad_token_id=0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return LlamaForCausalLM(config)


def save_model(model: LlamaForCausalLM, folder: Path) -> None:
    """Save as float16 safetensors; each file is replaced as a whole."""
    temporary = folder / "saving"
    half = LlamaForCausalLM(model.config)
    half.load_state_dict(model.state_dict())
    half.to(torch.float16).save_pretrained(temporary)
    for file in temporary.iterdir():
        os.replace(file, folder / file.name)
    temporary.rmdir()


def _rows(
    out: Path, tokenizer: ChatTokenizer, steps: int, recipe: Recipe, seed: int, progress: bool
) -> np.ndarray:
    """The training rows, from the folder if an earlier start has written enough of them."""
    number = steps * recipe.rows_per_step
    path = out / f"rows-{seed}-{recipe.row_length}.npy"
    if path.exists() and len(rows := np.load(path, mmap_mode="r")) >= number:
        return rows
    with tqdm(total=number, unit="row", desc="text", disable=not progress) as bar:
        made = training_rows(
            tokenizer, number, length=recipe.row_length, seed=seed, progress=lambda _: bar.update()
        )
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as file:
        np.save(file, made.ids)
    os.replace(temporary, path)
    return made.ids


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
