"""The ids of token episodes, in arrays that one view or the rows of a vector environment share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class TokenEpisodes:
    """N episodes of the token view; all arrays are written in place.

    Args:
        tokens: The ids so far, right padded with 0, int64, shape (N, L).
        length: Number of ids, int64, shape (N,).
        turn_start: Where the agent's running turn begins, int64, shape (N,).
        over: Whether there is no running episode, bool, shape (N,).
        end_of_turn: Id that ends the agent's turn.
        max_new_tokens: Most tokens in one agent turn.
    """

    tokens: np.ndarray
    length: np.ndarray
    turn_start: np.ndarray
    over: np.ndarray
    end_of_turn: int
    max_new_tokens: int

    @classmethod
    def empty(
        cls, rows: int, context_length: int, *, end_of_turn: int, max_new_tokens: int
    ) -> "TokenEpisodes":
        """N rows of length L, none with a running episode."""
        return cls(
            np.zeros((rows, context_length), np.int64),
            np.zeros(rows, np.int64),
            np.zeros(rows, np.int64),
            np.ones(rows, np.bool_),
            end_of_turn=end_of_turn,
            max_new_tokens=max_new_tokens,
        )

    def begin(self, row: int, ids: Sequence[int]) -> bool:
        """Start an episode with the ids of its prompt; False, and no episode, if a turn no longer fits L."""
        fits = self._fits(len(ids))
        if fits:
            self.load(row, ids, turn_start=len(ids))
        self.over[row] = not fits
        return fits

    def load(self, row: int, ids: Sequence[int], *, turn_start: int) -> None:
        """Replace the ids of a row."""
        self.tokens[row] = 0
        self.tokens[row, : len(ids)] = ids
        self.length[row], self.turn_start[row] = len(ids), turn_start

    def ends_turn(self, rows: np.ndarray | int, actions: np.ndarray | int) -> np.ndarray:
        """Whether one more id ends the agent's turn, by its value or as the last of the budget.

        Args:
            rows: Numbers of B rows, shape (B,), or the number of one, shape ().
            actions: One id for each, of the same shape.

        Returns:
            bool, of the same shape.
        """
        written = self.length[rows] + 1 - self.turn_start[rows]
        return (actions == self.end_of_turn) | (written >= self.max_new_tokens)

    def append(self, rows: np.ndarray | int, actions: np.ndarray | int) -> None:
        """Append one id of the agent to each of B rows, or to one; shapes as for `ends_turn`."""
        self.tokens[rows, self.length[rows]] = actions
        self.length[rows] += 1

    def turn(self, row: int) -> list[int]:
        """The agent's ids of the running turn."""
        return self.tokens[row, self.turn_start[row] : self.length[row]].tolist()

    def answer(self, row: int, ids: Sequence[int]) -> bool:
        """Append the environment's ids, and before them the end-of-turn id if the agent left it out.

        Returns:
            False, and nothing is appended, if they and another turn do not fit L.
        """
        start = int(self.length[row])
        closing = [] if self.tokens[row, start - 1] == self.end_of_turn else [self.end_of_turn]
        end = start + len(closing) + len(ids)
        if not self._fits(end):
            return False
        self.tokens[row, start:end] = [*closing, *ids]
        self.length[row] = self.turn_start[row] = end
        return True

    def _fits(self, length: int) -> bool:
        return length + self.max_new_tokens <= self.tokens.shape[1]
