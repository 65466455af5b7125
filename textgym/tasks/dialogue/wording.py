"""What the user and the database say: dialogue acts -> text with varied wording."""

from collections.abc import Mapping, Sequence

import numpy as np

from textgym.tasks.dialogue.acts import (
    Affirm,
    AskBooking,
    Booked,
    Bye,
    Change,
    CheckAgain,
    DatabaseAct,
    Deny,
    DontCare,
    Failed,
    Found,
    Inform,
    Request,
    Unclear,
    UserAct,
)  # fmt: skip
from textgym.tasks.dialogue.domain import Domain
from textgym.tasks.dialogue.domains.restaurant import RESTAURANT

DATABASE_MARK = "[database]"
USER_MARK = "[user]"

GREETINGS = ("Hello, ", "Hi, ", "Good evening, ", "Hi there, ")
CHANGES = (
    "Actually, could it be {v} instead?",
    "Then let us try {v} instead.",
    "I have changed my mind: {v}, please.",
    "How about {v} instead?",
)
FIXED: Mapping[type, tuple[str, ...]] = {
    Affirm: ("Yes, that sounds good.", "Great.", "Good."),
    Deny: ("No.", "No, that is not what I want.", "No, thank you."),
    CheckAgain: ("Are you sure? Please check again.", "Please look again."),
    Bye: ("Thank you, goodbye.", "Thanks, bye."),
    Unclear: ("Sorry, I did not understand.", "I am not sure what you mean."),
}


def opening_text(
    acts: Sequence[UserAct], rng: np.random.Generator, *, indirect: float, domain: Domain = RESTAURANT
) -> str:
    """The user's first message, marked; wishes that are worded directly go into one noun phrase."""
    return " ".join([USER_MARK, *opening_sentences(acts, rng, domain, indirect=indirect)])


def user_text(
    acts: Sequence[UserAct], rng: np.random.Generator, *, indirect: float, domain: Domain = RESTAURANT
) -> str:
    """A later message of the user, marked.

    Args:
        acts: At least one act.
        rng: Chooses the wording.
        indirect: Probability of an indirect wording where there is one, in [0, 1].
        domain: What is spoken of.
    """
    return " ".join([USER_MARK, *(sentence(a, rng, domain, indirect=indirect) for a in acts)])


def opening_sentences(
    acts: Sequence[UserAct], rng: np.random.Generator, domain: Domain, *, indirect: float
) -> list[str]:
    """The sentences of the first message: what is looked for, then the wishes that are not in it."""
    wishes = [a for a in acts if isinstance(a, Inform)]
    direct = {a.slot: a.value for a in wishes if a.slot in domain.values and rng.random() >= indirect}
    rest = [sentence(a, rng, domain, indirect=1.0) for a in wishes if a.slot not in direct]
    place = _place(direct, domain)
    return [_pick(GREETINGS, rng) + _pick(domain.user.openings, rng).format(place=place), *rest]


def sentence(act: UserAct, rng: np.random.Generator, domain: Domain, *, indirect: float) -> str:
    """One act in words, one or two sentences with a capital letter."""
    hinted, words = rng.random() < indirect, domain.user
    match act:
        case Inform(slot, value):
            hints = words.indirect.get(slot, {}).get(value) if hinted else None
            text = _pick(hints or words.wishes[slot], rng).format(v=domain.show(slot, value))
        case Request(slot):
            text = _pick((words.indirect_questions if hinted else words.questions)[slot], rng)
        case DontCare(slot):
            text = _pick(words.careless[slot], rng)
        case Change(slot, value):
            text = _pick(CHANGES, rng).format(v=words.changed[slot].format(v=domain.show(slot, value)))
        case AskBooking():
            text = _pick(words.ask_booking, rng)
        case _:
            text = _pick(FIXED[type(act)], rng)
    return text[0].upper() + text[1:]


def database_text(acts: Sequence[DatabaseAct], domain: Domain = RESTAURANT) -> str:
    """The database's answers, each on its own marked line; a list of matches has one more line for each."""
    return "\n".join(f"{DATABASE_MARK} {line}" for act in acts for line in _lines(act, domain))


def _lines(act: DatabaseAct, domain: Domain) -> list[str]:
    match act:
        case Found(total, entities):
            rows = (" | ".join(_row(e.slots, domain)) for e in entities)
            shown = f", first {len(entities)}:" if total > len(entities) else ":" if total else ""
            head = f"{total} found{shown}"
            return [head, *(f"{e.id} {e.name} | {row}" for e, row in zip(entities, rows, strict=True))]
        case Booked(entity, people, time, reference, stay):
            said = {"people": people, "time": time, **dict(stay)}
            cells = [f"{slot}={said[slot]}" for slot in domain.booking]
            return [" | ".join([f"booked {entity.id} {entity.name}", *cells, f"reference={reference}"])]
        case Failed(reason):
            return [f"error: {reason}"]


def _row(slots: Mapping[str, str], domain: Domain) -> list[str]:
    return [f"{slot}={slots[slot]}" for slot in (*domain.values, *domain.details)]


def _place(wishes: Mapping[str, str], domain: Domain) -> str:
    words = domain.user

    def phrases(templates: Mapping[str, str]) -> list[str]:
        return [t.format(v=domain.show(s, wishes[s])) for s, t in templates.items() if s in wishes]

    described = " ".join([*phrases(words.before), wishes.get(words.noun_slot, words.noun)])
    article = "an" if described[0] in "aeiouAEIOU" else "a"
    return " ".join([article, described, *phrases(words.after)])


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]
