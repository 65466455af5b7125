"""The agent's free text -> dialogue acts, by fixed rules.

A line that begins with the upper-case word `SEARCH` or `BOOK` is a command:

- `SEARCH slot=value slot=value ...` with the slots food, area and price, each at most once and with one of its
  values; no pair at all means every restaurant;
- `BOOK id` with the number from the database's answer.

Anything else after these words makes the command malformed; the database says why. The other lines are cut
into clauses at `.`, `!`, `?`, `;`, "but" and line ends. Case, accents' encoding and punctuation inside a clause
do not matter. Each clause is read by these rules, in this order:

1. a restaurant's full name is an offer ("The" may be left out);
2. a phone number (`123 4567`), an address (`12 Mill Lane`), a postcode (`AB1 2CD`) and a booking reference
   (`ABC123`) inform about that slot, in questions too;
3. "no ...", "nothing", "not find" and the like together with "match", "found", "restaurant" and the like say
   that nothing matches, and the values in that clause are not read;
4. a question that asks for a slot ("which area", "what kind of food", "how many people") requests it;
5. another question that holds values of slots ("italian", "in the north", "cheap") asks to confirm them; in a
   statement they inform;
6. "anything else" or "what else" asks what else is needed; "goodbye" or "have a nice day" ends the conversation.

Negation is not understood. If nothing in the text is, the only act is `Unclear`. At most `READ_LIMIT`
characters are read.
"""

import re
import unicodedata

from textgym.tasks.dialogue.acts import (
    AgentAct, AnythingElse, Book, Bye, Command, Confirm, Inform, Malformed, NoMatch, Offer, Request, Search, Unclear,
)  # fmt: skip
from textgym.tasks.dialogue.database import SEARCHABLE, STREETS, VALUES, Database

READ_LIMIT = 16_384
"""Characters of one agent message that are read; the rest is not heard."""

_COMMAND = re.compile(r"\s*(SEARCH|BOOK)\b(.*)")
_CLAUSE = re.compile(r"[^.!?;\n]+[.!?;\n]?")
_BUT = re.compile(r"\bbut\b")
_SYNONYMS = {
    "moderately": "moderate", "midrange": "moderate", "inexpensive": "cheap", "center": "centre",
    "central": "centre", "northern": "north", "southern": "south", "eastern": "east", "western": "west",
}  # fmt: skip
_SLOT_OF = {value: slot for slot, values in VALUES.items() for value in values}

_PHONE = re.compile(r"(?<![0-9])([0-9]{3})[ -]?([0-9]{4})(?![0-9])")
_ADDRESS = re.compile(
    r"(?<![0-9])([0-9]{1,3}) (" + "|".join(s.casefold() for s in STREETS) + r")(?!\w)"
)
_POSTCODE = re.compile(r"(?<!\w)([a-z]{2}[0-9]) ?([0-9][a-z]{2})(?!\w)")
_REFERENCE = re.compile(r"(?<!\w)([a-z]{3}[0-9]{3})(?!\w)")

_NOTHING = re.compile(r"\b(no|nothing|none|not|cannot|can't|couldn't|could not)\b.*\b(match\w*|find|found|fits?|"
                      r"restaurants?|places?|available|results?)\b|\bnothing\b|\bno match\w*")  # fmt: skip
_ELSE = re.compile(r"\b(anything|something|what) else\b|\bmore i can\b|\bhelp you with\b")
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
        Acts in the order of the text, each once; at least one.
    """
    acts: dict[AgentAct, None] = {}
    prose: list[str] = []
    for line in text[:READ_LIMIT].splitlines():
        command = _COMMAND.match(line)
        if command is None:
            prose.append(line)
            continue
        acts[(_search if command[1] == "SEARCH" else _book)(command[2])] = None
    folded = unicodedata.normalize("NFKC", "\n".join(prose)).casefold()
    for clause in _CLAUSE.findall(folded):
        question = clause.endswith("?")
        for part in _BUT.split(clause):
            acts.update(dict.fromkeys(_read(part, database, question=question)))
    return tuple(acts) or (Unclear(),)


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
    acts: list[AgentAct] = [
        Offer(e.name) for e in database.entities if f" {e.name.casefold().removeprefix('the ')} " in words
    ]
    acts += _details(clause)
    if _NOTHING.search(clause) and not acts:
        return [NoMatch()]
    requests = [Request(slot) for slot, rule in _QUESTIONS.items() if rule.search(clause)] if question else []
    if requests and not acts:
        acts += requests
    else:
        values = [_SYNONYMS.get(w, w) for w in words.split()]
        kind = Confirm if question and not acts else Inform
        acts += [kind(_SLOT_OF[v], v) for v in values if v in _SLOT_OF]
    if _ELSE.search(clause):
        acts.append(AnythingElse())
    if _BYE.search(clause):
        acts.append(Bye())
    return acts


def _details(clause: str) -> list[AgentAct]:
    acts: list[AgentAct] = [Inform("phone", f"{m[1]} {m[2]}") for m in _PHONE.finditer(clause)]
    acts += [Inform("address", f"{m[1]} {m[2].title()}") for m in _ADDRESS.finditer(clause)]
    acts += [Inform("postcode", f"{m[1]} {m[2]}".upper()) for m in _POSTCODE.finditer(clause)]
    acts += [Inform("reference", m[1].upper()) for m in _REFERENCE.finditer(clause)]
    return acts
