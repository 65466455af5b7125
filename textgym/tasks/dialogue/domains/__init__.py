"""What dialogues can be about, by name."""

from collections.abc import Mapping

from textgym.errors import UnknownName
from textgym.tasks.dialogue.domain import Domain
from textgym.tasks.dialogue.domains.hotel import HOTEL
from textgym.tasks.dialogue.domains.restaurant import RESTAURANT
from textgym.tasks.dialogue.domains.train import TRAIN

DOMAINS: Mapping[str, Domain] = {domain.name: domain for domain in (RESTAURANT, TRAIN, HOTEL)}
"""The domains; the first one is the default."""


def named_domain(name: str) -> Domain:
    """The domain of this name.

    Raises:
        UnknownName: If there is none.
    """
    if not isinstance(name, str) or name not in DOMAINS:
        raise UnknownName(f"domain must be one of {', '.join(DOMAINS)}, got {name!r}")
    return DOMAINS[name]
