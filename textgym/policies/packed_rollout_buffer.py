"""A rollout buffer that stores each conversation once."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from stable_baselines3.common.buffers import RolloutBuffer
from torch import Tensor

from textgym.errors import UnsupportedSpace
from textgym.llm.packed import PackedTokens
from textgym.policies.late_values import LateValues
from textgym.policies.views import view_of

_ARRAYS = ("rewards", "returns", "episode_starts", "values", "log_probs", "advantages")


@dataclass(frozen=True)
class Segment:
    """A run of steps of one environment in which each observation extends the one before.

    Args:
        env: Number of the environment.
        start: First step.
        stop: Step after the last one.
        tokens: Ids of the last step's observation, of which every other one is a prefix, int32 (length,).
    """

    env: int
    start: int
    stop: int
    tokens: np.ndarray

    def __len__(self) -> int:
        return self.stop - self.start


class PackedRolloutSamples(NamedTuple):
    """A minibatch of whole segments: `RolloutBufferSamples` with packed observations.

    Args:
        observations: The conversations and the positions of the actions.
        actions: Token ids, int64 (A,).
        old_values: float32 (A,).
        old_log_prob: float32 (A,).
        advantages: float32 (A,).
        returns: float32 (A,).
    """

    observations: PackedTokens
    actions: Tensor
    old_values: Tensor
    old_log_prob: Tensor
    advantages: Tensor
    returns: Tensor


class PackedRolloutBuffer(RolloutBuffer):
    """`RolloutBuffer` for the token view, with memory and update cost linear in the length of an episode.

    Pass it as `rollout_buffer_class` of PPO or A2C with `LLMActorCriticPolicy`. A new segment begins where an
    episode or a rollout does and where an observation does not extend the last one. Minibatches are made of
    whole segments, about `batch_size` transitions each, so that every conversation goes through the language
    model once per epoch.

    Args:
        *args: As for `RolloutBuffer`.
        **kwargs: As for `RolloutBuffer`.

    Raises:
        UnsupportedSpace: If the observations are not those of a token view.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        space = kwargs.get("observation_space", args[1] if len(args) > 1 else None)
        if view_of(space).candidates:  # type: ignore[arg-type]
            raise UnsupportedSpace(
                "PackedRolloutBuffer stores the token view; leave rollout_buffer_class out for the choice view"
            )
        super().__init__(*args, **kwargs)

    @property
    def memory_bytes(self) -> int:
        """Size of what is stored."""
        arrays = sum(a.nbytes for a in vars(self).values() if isinstance(a, np.ndarray))
        return arrays + self._outputs.nbytes + sum(segment.tokens.nbytes for segment in self.segments)

    def reset(self) -> None:
        """Forget the rollout."""
        steps, envs = self.buffer_size, self.n_envs
        for name in _ARRAYS:
            setattr(self, name, np.zeros((steps, envs), np.float32))
        self.actions = np.zeros((steps, envs), np.int64)
        # Index of the last token of each step's observation.
        self.columns = np.zeros((steps, envs), np.int32)
        self.segments: list[Segment] = []
        self._tokens = np.zeros((envs, view_of(self.observation_space).context_length), np.int32)
        self._length = np.zeros(envs, np.int64)
        self._start = np.zeros(envs, np.int64)
        self._outputs = torch.empty(0)
        self._planned: list[list[Segment]] | None = None
        self.pos, self.full, self.generator_ready = 0, False, False

    def add(  # type: ignore[override]
        self,
        obs: dict[str, np.ndarray],
        action: np.ndarray,
        reward: np.ndarray,
        episode_start: np.ndarray,
        value: Tensor,
        log_prob: Tensor,
    ) -> None:
        """Store one step of every environment; arguments as in `RolloutBuffer.add`."""
        # The empty observation is in the space; a policy reads it as one token.
        step, length = self.pos, np.maximum(obs["length"].reshape(-1), 1)
        if step:
            for env in np.flatnonzero(
                np.asarray(episode_start, bool) | ~self._extends(obs["tokens"], length)
            ):
                self._close(int(env), step)
        self._tokens[:], self._length = obs["tokens"], length
        self.columns[step] = length - 1
        self.actions[step] = np.asarray(action).reshape(-1)
        self.rewards[step], self.episode_starts[step] = reward, episode_start
        if step == 0:
            # On the policy's device until the last step: copying each step would make the host wait for it.
            self._outputs = torch.empty(2, self.buffer_size, self.n_envs, device=value.device)
        self._outputs[0, step], self._outputs[1, step] = value.reshape(-1), log_prob.reshape(-1)
        self.pos += 1
        if self.pos == self.buffer_size:
            self.full = True
            self.values[:], self.log_probs[:] = self._outputs.cpu().numpy()
            for env in range(self.n_envs):
                self._close(env, self.pos)

    def compute_returns_and_advantage(self, last_values: Tensor, dones: np.ndarray) -> None:
        """As in `RolloutBuffer`; late values of episodes that ended are not computed, since none of them counts."""
        if isinstance(last_values, LateValues):
            last_values = last_values.known(torch.from_numpy(~np.asarray(dones, bool)))
        super().compute_returns_and_advantage(last_values, dones)

    def get(self, batch_size: int | None = None) -> Generator[PackedRolloutSamples, None, None]:  # type: ignore[override]
        """Minibatches of whole segments in random order, about `batch_size` transitions each; None for one."""
        groups = self._planned or self._divide(batch_size)
        self._planned = None
        for segments in groups:
            yield self.samples(segments)

    def plan(self, batch_size: int | None) -> list[list[Segment]]:
        """The minibatches that the next call of `get` will give."""
        self._planned = self._divide(batch_size)
        return self._planned

    def samples(self, segments: Sequence[Segment]) -> PackedRolloutSamples:
        """What `PPO.train` reads of some segments."""
        index = self.index(segments)
        width = max(len(s.tokens) for s in segments)
        ids = np.zeros((len(segments), width), np.int64)
        for row, segment in enumerate(segments):
            ids[row, : len(segment.tokens)] = segment.tokens
        packed = PackedTokens(
            ids=self.to_torch(ids),
            row=self.to_torch(np.repeat(np.arange(len(segments)), [len(s) for s in segments])),
            column=self.to_torch(self.columns[index].astype(np.int64)),
        )
        arrays = (self.actions, self.values, self.log_probs, self.advantages, self.returns)
        return PackedRolloutSamples(packed, *(self.to_torch(array[index]) for array in arrays))

    def index(self, segments: Sequence[Segment]) -> tuple[np.ndarray, np.ndarray]:
        """Where the numbers of some segments stand: `buffer.rewards[buffer.index(segments)]`, as in `samples`."""
        steps = np.concatenate([np.arange(s.start, s.stop) for s in segments])
        return steps, np.repeat([s.env for s in segments], [len(s) for s in segments])

    def _divide(self, batch_size: int | None) -> list[list[Segment]]:
        """The segments, shuffled and divided evenly."""
        if not self.full:
            raise ValueError(f"the buffer holds {self.pos} of {self.buffer_size} steps; fill it first")
        # The generator that Stable-Baselines3 seeds and shuffles with.
        order = np.random.permutation(len(self.segments))  # noqa: NPY002
        total = self.buffer_size * self.n_envs
        count = max(1, round(total / (batch_size or total)))
        groups: list[list[Segment]] = [[] for _ in range(count)]
        taken = 0
        for i in order:
            segment = self.segments[i]
            # By the middle of the segment, so that no minibatch is a left-over of a few steps.
            groups[int((taken + len(segment) / 2) * count / total)].append(segment)
            taken += len(segment)
        return [group for group in groups if group]

    def _extends(self, tokens: np.ndarray, length: np.ndarray) -> np.ndarray:
        """Whether each observation begins with all of the one before and is longer, bool (N,)."""
        widest = int(self._length.max())
        held = np.arange(widest) < self._length[:, None]
        differs = (tokens[:, :widest] != self._tokens[:, :widest]) & held
        return (length > self._length) & ~differs.any(1)

    def _close(self, env: int, step: int) -> None:
        tokens = self._tokens[env, : self._length[env]].copy()
        self.segments.append(Segment(env, int(self._start[env]), step, tokens))
        self._start[env] = step
