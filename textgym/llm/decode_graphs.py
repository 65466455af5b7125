"""The pass that a rollout repeats for every token, recorded once and replayed on a GPU."""

import warnings
from collections.abc import Callable, Hashable
from functools import partial

import torch
from torch import Tensor

Run = Callable[[], Tensor]
Recorder = Callable[[Run], Run]
"""Takes a function that reads and writes fixed memory; gives one that does the same again, to the same memory."""

# Runs before a recording: kernels are compiled and workspaces taken outside of it.
_WARM_UP_RUNS = 3


class DecodeGraphs:
    """One new token in every slot, recorded once for each span of columns.

    Such a pass is short on arithmetic and long on kernels to launch; a recording is launched as a whole. It holds
    addresses, not values: the inputs are copied into memory of its own, weights and cache are read where they are.
    When one of them moves, all recordings are made anew. Where recording fails, a warning says so and the pass runs
    as it is.

    Args:
        run: The pass: token ids, positions and whether each slot takes part, all (N, 1), and the span; gives
            hidden states (N, 1, D).
        record: Makes a recording.
    """

    def __init__(self, run: Callable[[Tensor, Tensor, Tensor, int], Tensor], record: Recorder) -> None:
        self._run, self._record = run, record
        self._inputs: tuple[Tensor, Tensor, Tensor] | None = None
        self._recordings: dict[int, Run] = {}
        self._memory: Hashable = None

    def __call__(
        self, token: Tensor, position: Tensor, new: Tensor, *, span: int, memory: Hashable
    ) -> Tensor:
        """Run the pass.

        Args:
            token: Newest id of each slot, int64 (N, 1).
            position: Its position, int64 (N, 1).
            new: Whether it is to be remembered, bool (N, 1).
            span: Number of columns that attention looks at.
            memory: Changes when the weights or the cache lie elsewhere than before.

        Returns:
            Hidden states (N, 1, D), overwritten by the next call.
        """
        if memory != self._memory:
            self._recordings.clear()
            self._memory = memory
        given = (token, position, new)
        if self._inputs is None:
            self._inputs = (token.clone(), position.clone(), new.clone())
        for held, values in zip(self._inputs, given, strict=True):
            held.copy_(values)
        if span not in self._recordings:
            self._recordings[span] = self._recorded(partial(self._run, *self._inputs, span))
        return self._recordings[span]()

    def _recorded(self, run: Run) -> Run:
        try:
            return self._record(run)
        except RuntimeError as error:
            warnings.warn(
                f"decoding runs without a CUDA graph, which is slow: it could not be recorded: {error}",
                stacklevel=2,
            )
            self._record = _unrecorded
            return run


def cuda_graph(run: Run) -> Run:
    """Record a function as a CUDA graph.

    Raises:
        RuntimeError: If it does what a graph cannot hold, such as waiting for the device.
    """
    warm_up, current = torch.cuda.Stream(), torch.cuda.current_stream()
    warm_up.wait_stream(current)
    with torch.cuda.stream(warm_up):
        for _ in range(_WARM_UP_RUNS):
            run()
    current.wait_stream(warm_up)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        states = run()

    def replay() -> Tensor:
        graph.replay()
        return states

    return replay


def _unrecorded(run: Run) -> Run:
    return run
