"""Size and training recipe of the shipped language model."""

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from textgym.tokenization import ChatTokenizer


@dataclass(frozen=True)
class Recipe:
    """Size and schedule of the model; the defaults are what the shipped one was trained with.

    Hidden matrices are trained with Muon, embeddings and norms with AdamW. The learning rates rise linearly
    over `warmup_tokens`, stay, and fall linearly to zero over the last `decay_share` of the tokens: runs of
    different length are the same until the shorter one begins to decay.

    References:
        Muon: Jordan et al., 2024, https://kellerjordan.github.io/posts/muon/; the schedule: Hägele et al.,
        2024, arXiv:2405.18392.
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
        """Factor of the learning rates at some of all tokens, in [0, 1]."""
        decay = (total - tokens) / max(1.0, self.decay_share * total)
        return min(1.0, tokens / self.warmup_tokens, max(0.0, decay))


#: The recipe of the shipped model.
SHIPPED = Recipe()


def new_model(recipe: Recipe, tokenizer: ChatTokenizer, *, seed: int) -> LlamaForCausalLM:
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
    half.half().save_pretrained(temporary)
    for file in temporary.iterdir():
        file.chmod(0o644)
        os.replace(file, folder / file.name)
    temporary.rmdir()
