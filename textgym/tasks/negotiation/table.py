"""What is divided, and the partner: it concedes with time, as its manner says.

References:
    Lewis et al., 2017, "Deal or No Deal? End-to-End Learning of Negotiation Dialogues", arXiv:1706.05125,
    section 2.2 (items and values).
    Faratin et al., 1998, "Negotiation decision functions for autonomous agents", Robotics and Autonomous Systems 24,
    section 4 (time-dependent concession).
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from operator import mul

import numpy as np

from textgym.data.base import Record, group_key

KINDS = ("book", "hat", "ball")
MOST_OF_A_KIND = 3
WORTH = 10
"""What all items together are worth to either side."""

MESSAGES = 10
"""Agent messages in the longest episode."""

Items = tuple[int, ...]
"""A number for each kind."""


@dataclass(frozen=True)
class Table:
    """What is divided, and the partner's manner.

    Args:
        counts: Items of each kind.
        own: What one item of each kind is worth to the agent.
        partner: The same for the partner; the agent does not see it, or what follows.
        reserve: Share of its worth below which the partner never goes, in [0, 1].
        exponent: How late the partner concedes; 1 is a straight line, more is later.
        patience: Proposals that the partner hears, at most; it breaks off at the last one if it does not like it.
        seed: Breaks ties between the partner's proposals.
    """

    counts: Items
    own: Items
    partner: Items
    reserve: float
    exponent: float
    patience: int
    seed: int

    @cached_property
    def divisions(self) -> np.ndarray:
        """All divisions, as what the agent gets: int (m, kinds)."""
        return np.array(list(product(*(range(count + 1) for count in self.counts))))

    def shares(self, items: Items) -> tuple[float, float]:
        """What a division is worth to the agent and to the partner, by all items."""
        own, given = sum(map(mul, items, self.own)), sum(map(mul, items, self.partner))
        return own / WORTH, (sum(map(mul, self.counts, self.partner)) - given) / WORTH

    @cached_property
    def seen(self) -> tuple[float, ...]:
        """What the agent sees of it: counts by 3, worth of one and of all of each kind by all items."""
        whole = [count * value for count, value in zip(self.counts, self.own, strict=True)]
        return (*(c / MOST_OF_A_KIND for c in self.counts), *(v / WORTH for v in (*self.own, *whole)))

    @cached_property
    def partner_shares(self) -> np.ndarray:
        """What each division is worth to the partner, by all items: float (m,)."""
        return (np.array(self.counts) - self.divisions) @ np.array(self.partner) / WORTH

    @cached_property
    def outcomes(self) -> tuple[tuple[float, float], ...]:
        """`shares` of all divisions."""
        own = self.divisions @ np.array(self.own) / WORTH
        return tuple(zip(own.tolist(), self.partner_shares.tolist(), strict=True))

    def aspiration(self, proposals: int) -> float:
        """What the partner wants after so many proposals of the agent: from all down to its reserve."""
        time = min(proposals / self.patience, 1.0)
        return 1.0 - (1.0 - self.reserve) * time**self.exponent

    def counter(self, items: Items, proposals: int) -> Items:
        """The partner's proposal: of those it likes the one nearest to the agent's, the best for itself first.

        Nearness is the number of items that change hands; further ties are broken at random.
        """
        liked = np.flatnonzero(self.partner_shares >= self.aspiration(proposals) - 1e-9)
        distance = np.abs(self.divisions[liked] - np.array(items)).sum(1)
        nearest = liked[distance == distance.min()]
        shares = self.partner_shares[nearest]
        best = nearest[shares == shares.max()]
        if len(best) > 1:
            chance = np.random.default_rng([self.seed, proposals]).permutation(len(self.divisions))
            best = best[chance[best].argmin() :]
        return tuple(self.divisions[best[0]].tolist())


class TableGenerator:
    """Draws items, values and partners."""

    name = "generated"

    def draw(self, rng: np.random.Generator, difficulty: float) -> Record:
        """One table as a record; `difficulty` in [0, 1]."""
        counts = (0, 0, 0)
        while not 5 <= sum(counts) <= 7:
            counts = tuple(rng.integers(1, MOST_OF_A_KIND + 1, size=len(KINDS)).tolist())
        options = _values(counts)
        own = options[rng.integers(len(options))]
        others = [options[i] for i in rng.integers(len(options), size=3)]
        others.sort(
            key=lambda values: sum(c * abs(a - b) for c, a, b in zip(counts, own, values, strict=True))
        )
        partner = others[0 if rng.random() < difficulty else -1]
        reserve = 0.2 + 0.4 * difficulty + 0.1 * rng.random()
        exponent = 2.0 ** (2.0 * difficulty - 1.0 + rng.uniform(-0.5, 0.5))
        patience = int(rng.integers(5, MESSAGES + 1))
        seed = int(rng.integers(2**53))
        numbers = {"counts": counts, "own": own, "partner": partner}
        fields = {name: " ".join(map(str, items)) for name, items in numbers.items()}
        group = group_key("items " + " ".join(fields.values()), digits=True)
        manner = {"reserve": f"{reserve:.3f}", "exponent": f"{exponent:.3f}", "patience": str(patience)}
        return Record(f"generated/{seed}", group, {**fields, **manner, "seed": str(seed)})


@lru_cache(maxsize=64)
def _values(counts: Items) -> tuple[Items, ...]:
    """All values of one item of each kind, two kinds at least, with which all are worth `WORTH` together."""
    values = product(range(WORTH + 1), repeat=len(counts))
    worth = (v for v in values if sum(a * b for a, b in zip(v, counts, strict=True)) == WORTH)
    return tuple(v for v in worth if sum(map(bool, v)) >= 2)
