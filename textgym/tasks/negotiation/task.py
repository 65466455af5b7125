"""Negotiation: divide items of three kinds with a partner whose values are private; proposals are the actions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import product
from operator import mul

import numpy as np

from textgym.data.base import SPLITS, Split, draw_from_split
from textgym.errors import UnknownName
from textgym.metrics.pareto import is_pareto_optimal, pareto_efficiency
from textgym.protocols import Example
from textgym.tasks.decision import DecisionStep, DecisionTask
from textgym.tasks.negotiation.table import (
    KINDS,
    MESSAGES,
    MOST_OF_A_KIND,
    WORTH,
    Items,
    Table,
    TableGenerator,
)

MESSAGE_COST = 0.02
"""Share of the deal that each message after the first costs."""

DIVISIONS = tuple(product(range(MOST_OF_A_KIND + 1), repeat=len(KINDS)))
"""What the agent gets of each kind; the actions before the last, which accepts."""

ACCEPT = len(DIVISIONS)

_DIVISIONS = np.array(DIVISIONS)


@dataclass(frozen=True)
class Talks:
    """Where an episode stands.

    Args:
        table: What is divided.
        said: The agent's proposals.
        offers: The partner's, one for each of them.
    """

    table: Table
    said: tuple[Items, ...] = ()
    offers: tuple[Items, ...] = ()


class NegotiationTask(DecisionTask[Talks]):
    """Make proposals or accept the partner's newest one.

    Reward of an agreement at the t-th message: the agent's share of the worth times 1 - 0.02 (t - 1); else 0.

    Args:
        source: `"generated"`, the only one.

    Raises:
        UnknownName: If there is no such source.
    """

    finite = False
    actions = ACCEPT + 1
    vector_size = 25
    max_steps = MESSAGES

    def __init__(self, source: str = "generated") -> None:
        if source != "generated":
            raise UnknownName(f"unknown source {source!r} of negotiations; the only one is 'generated'")
        self.source = source

    def generate(self, rng: np.random.Generator, split: Split, difficulty: float) -> Example:
        """New items, values and partner; splits share no items with values."""
        record = draw_from_split(TableGenerator(), rng, split, difficulty)
        fields = record.fields
        data = {name: _numbers(fields[name]) for name in ("counts", "own", "partner")}
        manner = {"reserve": float(fields["reserve"]), "exponent": float(fields["exponent"])}
        table = _table({**data, **manner, "patience": int(fields["patience"])}, int(fields["seed"]))
        return Example(
            id=record.id,
            prompt=self.features(Talks(table)),
            group=record.group,
            seed=table.seed,
            data={**data, **manner, "patience": table.patience, "difficulty": float(difficulty)},
        )

    def fingerprint(self) -> str:
        """Changes when the generator gives other negotiations."""
        return _fingerprint()

    def start(self, example: Example) -> Talks:
        """Nothing was proposed."""
        return Talks(_table(example.data, example.seed))

    def step(self, state: Talks, action: int) -> DecisionStep[Talks]:
        """Accept, or propose and hear the answer."""
        if action == ACCEPT:
            return _end(state, state.offers[-1], len(state.said) + 1)
        table, items = state.table, DIVISIONS[action]
        after = Talks(table, (*state.said, items), state.offers)
        count = len(after.said)
        if table.shares(items)[1] >= table.aspiration(count) - 1e-9:
            return _end(after, items, count)
        if count >= table.patience:
            return _end(after, None, count)
        offers = (*state.offers, table.counter(items, count))
        return DecisionStep(Talks(table, after.said, offers), 0.0)

    def mask(self, state: Talks) -> np.ndarray:
        """Divisions of what there is; to accept, once there is an offer."""
        mask = _possible(state.table.counts).copy()
        mask[ACCEPT] = bool(state.offers)
        return mask

    def features(self, state: Talks) -> str:
        """The items with their worth, and the proposals of both sides."""
        table = state.table
        kinds = zip(table.counts, KINDS, table.own, strict=True)
        lines = [
            "Divide " + ", ".join(f"{count} x {kind} (worth {value})" for count, kind, value in kinds) + "."
        ]
        for number, said in enumerate(state.said):
            lines.append(f"You asked for {_words(table, said)}.")
            if number < len(state.offers):
                lines.append(f"The partner offers you {_words(table, state.offers[number])}.")
        return "\n".join([*lines, f"Message {len(state.said) + 1} of at most {MESSAGES}."])

    def vector(self, state: Talks) -> np.ndarray:
        """Counts, worth of one and of all of each kind; the partner's newest, first and best offer; what it kept of each
        kind in the mean; the agent's newest proposal; the number of proposals. Items by 3, shares by 1.
        """
        table, said, offers = state.table, state.said, state.offers
        entries = list(table.seen)
        if offers:
            shares = [sum(map(mul, offer, table.own)) / WORTH for offer in offers]
            entries += [*(i / MOST_OF_A_KIND for i in offers[-1]), 1.0, shares[-1], shares[0], max(shares)]
            given = [sum(items) for items in zip(*offers, strict=True)]
            entries += [1.0 - g / len(offers) / c for g, c in zip(given, table.counts, strict=True)]
        else:
            entries += [0.0] * 10
        if said:
            shares = [sum(map(mul, items, table.own)) / WORTH for items in said]
            entries += [*(i / MOST_OF_A_KIND for i in said[-1]), shares[-1], min(shares)]
        else:
            entries += [0.0] * 5
        return np.array([*entries, len(said) / MESSAGES], np.float32)

    def action_name(self, state: Talks, action: int) -> str:
        """`"accept"`, or what the agent asks for."""
        return "accept" if action == ACCEPT else f"ask for {_words(state.table, DIVISIONS[action])}"


def _end(state: Talks, items: Items | None, messages: int) -> DecisionStep[Talks]:
    table = state.table
    own, partner = table.shares(items) if items is not None else (0.0, 0.0)
    agreed = items is not None
    reward = own * (1.0 - MESSAGE_COST * (messages - 1))
    metrics = {
        "agreement": float(agreed),
        "own_share": own,
        "partner_share": partner,
        "pareto_optimal": float(agreed and is_pareto_optimal((own, partner), table.outcomes)),
        "pareto_efficiency": pareto_efficiency((own, partner), table.outcomes) if agreed else 0.0,
        "messages": float(messages),
    }
    return DecisionStep(state, reward, True, metrics)


@lru_cache(maxsize=64)
def _possible(counts: Items) -> np.ndarray:
    """Divisions of so many items, bool (n,); not to accept."""
    return np.append((np.array(counts) >= _DIVISIONS).all(1), False)


def _words(table: Table, items: Items) -> str:
    named = ", ".join(f"{i} {kind}" for i, kind in zip(items, KINDS, strict=True) if i) or "nothing"
    return f"{named} (worth {round(table.shares(items)[0] * WORTH)})"


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split()]


def _table(data: Mapping[str, object], seed: int) -> Table:
    counts, own, partner = (tuple(data[name]) for name in ("counts", "own", "partner"))  # type: ignore[arg-type]
    return Table(counts, own, partner, data["reserve"], data["exponent"], data["patience"], seed)  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def _fingerprint() -> str:
    rng, task, digest = np.random.default_rng(0), NegotiationTask(), sha256()
    for split in SPLITS:
        for difficulty in (0.0, 0.5, 1.0):
            digest.update(repr(task.generate(rng, split, difficulty).to_json()).encode())
    return digest.hexdigest()[:16]
