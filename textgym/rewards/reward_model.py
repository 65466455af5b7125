"""Reward: a score learned from preferences, by the language model that the policy is made of."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from textgym.errors import ContextTooSmall, MalformedData
from textgym.llm.backbone import Backbone
from textgym.llm.loading import LanguageModel
from textgym.llm.packed import PackedTokens, activation_bytes_per_token, packed_read
from textgym.protocols import Conversation, Example
from textgym.rewards.reply import up_to_reply
from textgym.rewards.reward_model_folder import RewardModelConfig, base_hash, read_folder, write_folder
from textgym.tokenization import load_tokenizer

# What tells tokenizers and chat templates apart.
_PROBE: Conversation = (
    {"role": "user", "content": "Übersetze: 3 cats"},
    {"role": "assistant", "content": "3 Katzen"},
)
# Length of a long conversation, in tokens, for which the memory is reckoned.
_LONG = 2048


class RewardModel:
    """A reward model on the resident language model: low-rank adapters and a scalar head.

    The score of a conversation is `w . h / sqrt(D)`, h the hidden state (D numbers) at the end-of-turn token of
    the agent's newest message; what follows that message is not read. The head w begins at zero, and with it every
    score. Scores have no natural zero and no bounds: only differences between replies to one prompt mean something.

    The frozen base is the one that a policy, its value head and its reference share, if language model, device and
    dtype are the same; adapters are attached only while a score is computed. Conversations are framed as in the token
    view of the same tokenizer, and a reply is read in the ids that encode its text, whatever ids it was written in. A
    score does not depend on the order of a batch, and on the other conversations in it by rounding only.

    Args:
        language_model: See `textgym.llm.loading.load_language_model`.
        tokenizer: Name for `textgym.tokenization.load_tokenizer`; None for that of the language model.
        lora_rank: Rank of the adapters. Their first weights come from torch's generator: seed it before.
        activation_memory_mb: Most memory for activations, in 2^20 bytes. A batch that needs more is read in parts,
            and when it is trained on, twice.
        device: Where the model computes: a torch device, or `"auto"`: CUDA where there is a GPU, else the CPU.
        dtype: `"float32"`, `"bfloat16"` or `"auto"`: bfloat16 on a GPU. Adapters and head are float32.

    Raises:
        UnknownName: If there is no such language model or tokenizer.
        ValueError: If an argument is out of range, or the tokenizer is not the language model's.

    References:
        Christiano et al., 2017, arXiv:1706.03741; with a scalar head: Stiennon et al., 2020, arXiv:2009.01325.
    """

    def __init__(
        self,
        language_model: LanguageModel = "tiny",
        *,
        tokenizer: str | None = None,
        lora_rank: int = 8,
        activation_memory_mb: int = 4096,
        device: str = "auto",
        dtype: str = "auto",
    ) -> None:
        name = language_model if isinstance(language_model, str) else None
        if name is None and tokenizer is None:
            raise ValueError("a language model that is a callable needs tokenizer=NAME")
        self.name = f"RewardModel({name or tokenizer})"
        self.backbone = Backbone(language_model, "lora", lora_rank=lora_rank, device=device, dtype=dtype)
        # After the model: loading `smollm2` writes its tokenizer.
        self._tokenizer = load_tokenizer(str(tokenizer or name))
        if self._tokenizer.vocab_size > self.backbone.vocab_size:
            raise ValueError(
                f"the tokenizer has {self._tokenizer.vocab_size} ids and the language model "
                f"{self.backbone.vocab_size}: they do not belong together"
            )
        self.head = nn.Linear(self.backbone.hidden_size, 1, bias=False)
        nn.init.zeros_(self.head.weight)
        # The frozen base is no submodule of the backbone, and so neither moved nor saved.
        self._trained = nn.ModuleDict({"backbone": self.backbone, "head": self.head})
        self._trained.to(self.backbone.model.device)
        self._config = RewardModelConfig(
            language_model=name,
            tokenizer=tokenizer,
            lora_rank=lora_rank,
            activation_memory_mb=activation_memory_mb,
            dtype=dtype,
            base=base_hash(self.backbone.model, self.ids(_PROBE)),
        )

    def __call__(self, conversations: Sequence[Conversation], examples: Sequence[Example]) -> np.ndarray:
        """Scores of shape (B,), float32; the examples are not looked at.

        Raises:
            ContextTooSmall: If a conversation is longer than the model reads.
            ValueError: If the agent has not spoken.
        """
        rows = [tuple(self.ids(conversation)) for conversation in conversations]
        # Sorted, so that a score does not depend on the order of the batch, not even by rounding.
        different = sorted(set(rows))
        with torch.no_grad():
            known = dict(zip(different, self._scores(different).tolist(), strict=True))
        return np.array([known[row] for row in rows], np.float32)

    def scores(self, conversations: Sequence[Conversation]) -> Tensor:
        """Scores of shape (B,), float32 and on the model's device, with gradients for adapters and head.

        Raises:
            ContextTooSmall: If a conversation is longer than the model reads.
            ValueError: If the agent has not spoken.
        """
        return self._scores([self.ids(conversation) for conversation in conversations])

    def parameters(self) -> list[nn.Parameter]:
        """What an optimizer trains: adapters and head."""
        return list(self._trained.parameters())

    def ids(self, conversation: Conversation) -> list[int]:
        """What is read: the token ids up to the end-of-turn token of the agent's newest message.

        Raises:
            ContextTooSmall: If they are more than the model reads.
            ValueError: If the agent has not spoken.
        """
        ids = [i for part in self._tokenizer.dialogue_ids(up_to_reply(conversation)) for i in part]
        limit = self.backbone.max_positions
        if limit is not None and len(ids) > limit:
            raise ContextTooSmall(
                f"the conversation to score takes {len(ids)} tokens and the language model of {self.name} reads "
                f"{limit}: limit its turns or their length, or choose another model"
            )
        return ids

    def save(self, folder: Path | str) -> None:
        """Save adapters and head, and beside them what `load` needs; the folder is written whole or not at all.

        Raises:
            FileExistsError: If there is such a folder already.
        """
        write_folder(Path(folder), self._config, self._trained.state_dict())

    @classmethod
    def load(
        cls, folder: Path | str, *, language_model: LanguageModel | None = None, device: str = "auto"
    ) -> "RewardModel":
        """The reward model that `save` wrote, with the same scores.

        Args:
            folder: Where it was saved.
            language_model: The base, if it was a callable or has another name here.
            device: See `RewardModel`.

        Raises:
            UnknownName: If the folder holds no reward model, or its language model is not there.
            MalformedData: If the files are damaged, or the base is not the one that was trained on.
            ValueError: If the base was a callable and is not given.
        """
        saved, weights = read_folder(Path(folder))
        base = language_model or saved.language_model
        if base is None:
            raise ValueError(f"the language model of {folder} is a callable: pass language_model=")
        model = cls(base, device=device, **saved.options)
        if model._config.base != saved.base:
            raise MalformedData(
                f"{folder} was trained on another base than {model.name} has now, so that its scores would mean "
                "nothing: the language model, its tokenizer or chat template has changed. Give load the old one."
            )
        try:
            model._trained.load_state_dict(weights)
        except RuntimeError as error:  # weights are missing, too many, or of another size
            raise MalformedData(f"{folder} holds a damaged reward model: {error}") from error
        return model

    def _scores(self, rows: Sequence[Sequence[int]]) -> Tensor:
        if not rows:
            return self.head.weight.new_zeros(0)
        ids = pad_sequence([torch.tensor(row) for row in rows], batch_first=True)
        last = torch.tensor([len(row) - 1 for row in rows])
        packed = PackedTokens(ids, torch.arange(len(rows)), last)
        (scores,) = packed_read(self.backbone, packed, self._read, max_tokens=self._max_tokens)
        return scores

    def _read(self, hidden: Tensor, _own: Tensor) -> tuple[Tensor]:
        return (self.head(hidden.float())[:, 0] / self.backbone.hidden_size**0.5,)

    @cached_property
    def _max_tokens(self) -> int:
        budget = self._config.activation_memory_mb * 2**20
        return max(1, budget // activation_bytes_per_token(self.backbone, _LONG))
