"""The agent's free text -> dialogue acts, by fixed rules.

A line that begins with the upper-case word `SEARCH` or `BOOK` is a command:

- `SEARCH slot=value slot=value ...` with the slots food, area and price, each at most once and with one of its
  values; no pair at all means every restaurant;
- `BOOK id` with the number from the database's answer.

Anything else after these words makes the command malformed; the database says why. At most `MAX_COMMANDS` are
read, one more line of this kind is malformed and the rest is ignored. The other lines are cut
into clauses at `.`, `!`, `?`, `;`, "but" and line ends. Case, accents' encoding and punctuation inside a clause
do not matter. Each clause is read by these rules, in this order:

1. a restaurant's full name is an offer ("The" may be left out);
2. a phone number (`123 4567`), an address (`12 Mill Lane`), a postcode (`AB1 2CD`) and a booking reference
   (`ABC123`) inform about that slot, in questions too;
3. otherwise "no", "nothing", "none", "not", "cannot" followed by "match", "find", "fit", "restaurant", "place",
   "available" or "results" says that nothing matches, and the rest of that clause is not read;
4. values of slots ("italian", "in the north", "cheap") inform in a statement and beside an offer; in another
   question a single value of a slot asks to confirm it;
5. such a question with several values of a slot, or with the slot's words but no value ("which area", "what kind
   of food", "how many people"), requests the slot;
6. "anything else", "help you" or a question about a table asks what else is needed; "goodbye" or "have a nice
   day" ends the conversation.

Negation is not understood. If nothing in the text is, the only act is `Unclear`. At most `READ_LIMIT`
characters are read.
"""

import re
import unicodedata

from textgym.tasks.dialogue.acts import (
    AgentAct,
    AnythingElse,
    Book,
    Bye,
    Command,
    Confirm,
    Inform,
    Malformed,
    NoMatch,
    Offer,
    Request,
    Search,
    Unclear,
)  # fmt: skip
from textgym.tasks.dialogue.database import SEARCHABLE, STREETS, VALUES, Database

READ_LIMIT = 16_384
"""Characters of one agent message that are read; the rest is not heard."""

MAX_COMMANDS = 3
"""Commands in one message; a longer list would read out the whole database at once."""

_COMMAND = re.compile(r"\s*(SEARCH|BOOK)\b(.*)")
_CLAUSE = re.compile(r"[^.!?;\n]+[.!?;\n]?")
_BUT = re.compile(r"\bbut\b")
_SYNONYMS = {
    "moderately": "moderate", "midrange": "moderate", "inexpensive": "cheap", "center": "centre",
    "central": "centre", "northern": "north", "southern": "south", "eastern": "east", "western": "west",
}  # fmt: skip
_SLOT_OF = {value: slot for slot, values in VALUES.items() for value in values}

_PHONE = re.compile(r"(?<![0-9])([0-9]{3})[ -]?([0-9]{4})(?![0-9])")
_ADDRESS = re.compile(r"(?<![0-9])([0-9]{1,3}) (" + "|".join(s.casefold() for s in STREETS) + r")(?!\w)")
_POSTCODE = re.compile(r"(?<!\w)([a-z]{2}[0-9]) ?([0-9][a-z]{2})(?!\w)")
_REFERENCE = re.compile(r"(?<!\w)([a-z]{3}[0-9]{3})(?!\w)")

# Two searches instead of one pattern with `.*` between, which takes quadratic time on "no no no ...".
_NEGATION = re.compile(r"\b(no|nothing|none|not|cannot|can't|couldn't)\b")
_MATCH = re.compile(r"\b(match\w*|find|found|fits?|restaurants?|places?|available|results?)\b")
_ELSE = re.compile(r"\b(anything|something|what) else\b|\bhelp you\b|\bcan i help\b")
_TABLE = re.compile(r"\b(book|reserve|table)\b")
_BYE = re.compile(r"\b(bye|goodbye)\b|\b(have a|enjoy your) (nice|good|great|lovely|meal|evening|day)\b")
_QUESTIONS = {
    "food": re.compile(r"\b(food|cuisine|eat)\b"),
    "area": re.compile(r"\b(area|part of|location|where|district)\b"),
    "price": re.compile(r"\b(price\w*|budget|spend|how expensive|how much)\b"),
    "people": re.compile(r"\b(how many|people|party|guests)\b"),
    "time": re.compile(r"\b(what time|time|when)\b"),
}


def parse(text: str, database: Database) -> tuple[AgentAct, ...]:
    """The acts of an agent's message.

    Args:
        text: Any string.
        database: Its names are the vocabulary of offers.

    Returns:
        The commands, then the other acts, both in the order of the text; at least one. A command that stands
        there twice is given twice, any other act once.
    """
    commands: list[AgentAct] = []
    prose: list[str] = []
    for line in text[:READ_LIMIT].splitlines():
        command = _COMMAND.match(line)
        if command is None:
            prose.append(line)
            continue
        if len(commands) < MAX_COMMANDS:
            commands.append((_search if command[1] == "SEARCH" else _book)(command[2]))
        elif len(commands) == MAX_COMMANDS:
            reason = f"at most {MAX_COMMANDS} commands fit in one message, the rest is ignored"
            commands.append(Malformed(reason))
    acts: dict[AgentAct, None] = {}
    folded = unicodedata.normalize("NFKC", "\n".join(prose)).casefold()
    for clause in _CLAUSE.findall(folded):
        question = clause.endswith("?")
        for part in _BUT.split(clause):
            acts.update(dict.fromkeys(_read(part, database, question=question)))
    return (*commands, *acts) or (Unclear(),)


def _search(arguments: str) -> Command:
    pairs: dict[str, str] = {}
    for word in arguments.split():
        slot, equals, value = word.partition("=")
        if not equals:
            return Malformed(f"SEARCH takes slot=value pairs, not {_quote(word)}")
        if slot not in SEARCHABLE:
            return Malformed(f"cannot search for {_quote(slot)}, only for {', '.join(SEARCHABLE)}")
        if value not in VALUES[slot]:
            return Malformed(f"{slot} is one of {', '.join(VALUES[slot])}, not {_quote(value)}")
        if slot in pairs:
            return Malformed(f"SEARCH names {slot} twice")
        pairs[slot] = value
    return Search(tuple(pairs.items()))


def _book(arguments: str) -> Command:
    number = arguments.strip()
    if not re.fullmatch(r"[0-9]{1,6}", number):
        return Malformed(f"BOOK takes one id, a number, not {_quote(number)}")
    return Book(int(number))


def _quote(word: str) -> str:
    return repr(word if len(word) <= 20 else word[:20] + "...")


def _read(clause: str, database: Database, *, question: bool) -> list[AgentAct]:
    words = " " + " ".join(re.findall(r"[\w']+", clause)) + " "
    acts: list[AgentAct] = [*_offers(words, database), *_details(clause)]
    negation = _NEGATION.search(clause)
    if not acts and negation and _MATCH.search(clause, negation.end()):
        return [NoMatch()]
    values = dict.fromkeys(_SYNONYMS.get(w, w) for w in words.split())
    pairs = [(_SLOT_OF[v], v) for v in values if v in _SLOT_OF]
    if question and not acts:
        acts += _question(clause, pairs)
    else:
        acts += [Inform(slot, value) for slot, value in pairs]
    if _ELSE.search(clause) or (question and not acts and _TABLE.search(clause)):
        acts.append(AnythingElse())
    if _BYE.search(clause):
        acts.append(Bye())
    return acts


def _offers(words: str, database: Database) -> list[Offer]:
    """The restaurants that are named, first mention first."""
    places = {e.name: words.find(f" {e.name.casefold().removeprefix('the ')} ") for e in database.entities}
    return [Offer(name) for name in sorted(places, key=places.__getitem__) if places[name] >= 0]


def _question(clause: str, pairs: list[tuple[str, str]]) -> list[AgentAct]:
    """One value of a slot is to be confirmed; several are a choice, which asks for the slot."""
    slots = [slot for slot, _ in pairs]
    asked = [
        s for s, rule in _QUESTIONS.items() if slots.count(s) > 1 or (s not in slots and rule.search(clause))
    ]
    return [*(Confirm(s, v) for s, v in pairs if slots.count(s) == 1), *(Request(s) for s in asked)]


def _details(clause: str) -> list[AgentAct]:
    acts: list[AgentAct] = [Inform("phone", f"{m[1]} {m[2]}") for m in _PHONE.finditer(clause)]
    acts += [Inform("address", f"{m[1]} {m[2].title()}") for m in _ADDRESS.finditer(clause)]
    acts += [Inform("postcode", f"{m[1]} {m[2]}".upper()) for m in _POSTCODE.finditer(clause)]
    acts += [Inform("reference", m[1].upper()) for m in _REFERENCE.finditer(clause)]
    return acts
