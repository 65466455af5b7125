"""One iteration of TRL's `GRPOTrainer`, to be timed beside others in one process."""

import tempfile
import threading
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from ppo_candidates import DEVICE, LEARNING_RATE, MAX_GRAD_NORM, Seconds, Setting, now
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import PreTrainedTokenizerFast, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

_GROUP = 8
_PROMPTS = 4096


class TrlGrpo:
    """The trainer's own loop, in a thread that waits between two optimizer steps.

    One step is N completions of T tokens, one pass over them and one optimizer step; no reference model.

    Args:
        setting: The iteration.
    """

    def __init__(self, setting: Setting) -> None:
        self._gate = _Gate()
        config = GRPOConfig(
            output_dir=tempfile.mkdtemp(),
            per_device_train_batch_size=setting.rows,
            num_generations=_GROUP,
            num_iterations=1,
            max_completion_length=setting.turn,
            generation_kwargs={"min_new_tokens": setting.turn},
            learning_rate=LEARNING_RATE,
            max_grad_norm=MAX_GRAD_NORM,
            beta=0.0,
            gradient_checkpointing=False,
            max_steps=10**6,
            logging_steps=10**6,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=DEVICE == "cpu",
            bf16=False,
        )
        self._trainer = GRPOTrainer(
            model=setting.own_model(),
            reward_funcs=_share_of_even_ids,
            args=config,
            train_dataset=_prompts(setting),
            processing_class=_one_word_per_id(setting.vocabulary),
            callbacks=[self._gate],
        )
        self._thread = threading.Thread(target=self._train, daemon=True)

    def __call__(self) -> Seconds:
        """Seconds of a whole step: the trainer does not tell its parts apart."""
        start = now()
        if self._thread.ident is None:
            self._thread.start()
        else:
            self._gate.proceed.release()
        self._gate.finished.acquire()
        return 0.0, now() - start

    def _train(self) -> None:
        torch.set_num_threads(1)  # a setting of each thread
        self._trainer.train()


class _Gate(TrainerCallback):
    """Lets the trainer take one step at a time."""

    def __init__(self) -> None:
        self.proceed, self.finished = threading.Semaphore(0), threading.Semaphore(0)

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.finished.release()
        self.proceed.acquire()


def _share_of_even_ids(completion_ids: list[list[int]], **_: Any) -> list[float]:
    return [float((np.asarray(ids) % 2 == 0).mean()) for ids in completion_ids]


def _prompts(setting: Setting) -> Dataset:
    ids = np.random.default_rng(0).integers(3, setting.vocabulary, (_PROMPTS, setting.prompt))
    return Dataset.from_dict({"prompt": [" ".join(f"w{i}" for i in row) for row in ids]})


def _one_word_per_id(vocabulary: int) -> PreTrainedTokenizerFast:
    """A tokenizer that turns P words into P ids."""
    tokenizer = Tokenizer(WordLevel({f"w{i}": i for i in range(vocabulary)}, unk_token="w0"))
    tokenizer.pre_tokenizer = WhitespaceSplit()  # type: ignore[assignment]
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="w2", pad_token="w0", padding_side="left"
    )
