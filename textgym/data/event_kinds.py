"""What a kind of event report is made of, and the background that all kinds share."""

from collections.abc import Mapping
from dataclasses import dataclass

from textgym.data.invented_names import Draw


@dataclass(frozen=True)
class EventKind:
    """One kind of event, as templates over its slots.

    Args:
        name: Short name, such as `"match"`.
        slots: What fills each `{slot}` of the templates.
        key: One tuple of wordings for each key sentence, the plainest wording first. Together they state
            every slot.
        background: Sentences that a summary leaves out; they may use the slots and the decoys `{decoy_person}`,
            `{decoy_town}`, `{decoy_number}` and `{decoy_day}`.
        summary: The reference summary.
        facts: What a summary must contain: slots, or `"slot first"` / `"slot last"` for a word of one.
    """

    name: str
    slots: Mapping[str, Draw]
    key: tuple[tuple[str, ...], ...]
    background: tuple[str, ...]
    summary: str
    facts: tuple[str, ...]


OPENINGS = (
    "It had been a quiet week in {decoy_town}.",
    "Few had expected the news.",
    "For once the talk in the market hall was not of the weather.",
    "The day had begun like any other.",
)
WEATHER = (
    "The weather was {weather}.",
    "Forecasters expect {weather} days until {decoy_day}.",
    "It had been {weather} since {decoy_day}.",
)
WEATHERS = ("mild", "cold", "rainy", "windy", "foggy", "sunny", "dry", "grey", "warm", "icy")
ROLES = (
    "a teacher",
    "a baker",
    "a student",
    "a taxi driver",
    "a shopkeeper",
    "a nurse",
    "a retired judge",
    "a waiter",
)
QUOTES = (
    "I have never seen anything like it",
    "We will talk about it for years",
    "My children could not believe it",
    "It is what we all needed to hear",
    "I was just drinking my tea",
    "Somebody should write a song about it",
    "I only came here to buy bread",
    "That is how life goes",
    "We have to look ahead now",
    "I told everyone so",
)
QUOTED = (
    '"{quote}," said {decoy_person}, {role}.',
    '{decoy_person}, {role} from {decoy_town}, said: "{quote}."',
)
