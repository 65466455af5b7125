"""The agent's free text -> dialogue acts, by fixed rules.

A line that begins with the upper-case word `SEARCH` or `BOOK` is a command:

- `SEARCH slot=value slot=value ...` with searchable slots of the domain (food, area and price of restaurants), each at
  most once and with one of its values; no pair at all means everything;
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

The examples are of restaurants; what counts as the words of a slot, a thing or a booking is in the `Rules` of each
domain, and trains are told apart by "from" and "to".

Negation is not understood. If nothing in the text is, the only act is `Unclear`. At most `READ_LIMIT`
characters are read.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

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
from textgym.tasks.dialogue.database import Database
from textgym.tasks.dialogue.domain import Domain

READ_LIMIT = 16_384
"""Characters of one agent message that are read; the rest is not heard."""

MAX_COMMANDS = 3
"""Commands in one message; a longer list would read out the whole database at once."""

_COMMAND = re.compile(r"\s*(SEARCH|BOOK)\b(.*)")
_CLAUSE = re.compile(r"[^.!?;\n]+[.!?;\n]?")
_BUT = re.compile(r"\bbut\b")
_REFERENCE = re.compile(r"(?<!\w)([a-z]{3}[0-9]{3})(?!\w)")

# Two searches instead of one pattern with `.*` between, which takes quadratic time on "no no no ...".
_NEGATION = re.compile(r"\b(no|nothing|none|not|cannot|can't|couldn't)\b")
_ELSE = re.compile(r"\b(anything|something|what) else\b|\bhelp you\b|\bcan i help\b")
_BYE = re.compile(r"\b(bye|goodbye)\b|\b(have a|enjoy your) (nice|good|great|lovely|meal|evening|day)\b")


@dataclass(frozen=True)
class _Grammar:
    """The rules of one domain, compiled."""

    values: re.Pattern[str]
    meanings: tuple[tuple[str, str], ...]
    asked: tuple[tuple[str, re.Pattern[str]], ...]
    match: re.Pattern[str]
    booking: re.Pattern[str]


@lru_cache(maxsize=16)
def _grammar(domain: Domain) -> _Grammar:
    named = [(domain.mention(s, v), (s, v)) for s, values in domain.values.items() for v in values]
    for slot, words in domain.rules.synonyms.items():
        named += [(word, (slot, value)) for word, value in words.items() if value in domain.values[slot]]
    # Longer values first: "north indian" is not "indian".
    named.sort(key=lambda pair: -len(pair[0]))
    return _Grammar(
        re.compile("(?<= )(?:" + "|".join(f"({pattern})" for pattern, _ in named) + ")(?= )"),
        tuple(meaning for _, meaning in named),
        tuple((slot, re.compile(rf"\b(?:{words})\b")) for slot, words in domain.rules.asked.items()),
        re.compile(rf"\b(match\w*|find|found|fits?|{domain.rules.things}|places?|available|results?)\b"),
        re.compile(rf"\b({domain.rules.booking})\b"),
    )


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
            search = command[1] == "SEARCH"
            commands.append(_search(command[2], database.domain) if search else _book(command[2]))
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


def words_of_search(arguments: str, domain: Domain) -> list[str]:
    """The words after `SEARCH`; those of a value of several words are kept together."""
    words: list[str] = []
    for word in arguments.split():
        slot, _, begun = words[-1].partition("=") if words else ("", "", "")
        if any(value.startswith(f"{begun} {word}") for value in domain.values.get(slot, ())):
            words[-1] += f" {word}"
        else:
            words.append(word)
    return words


def _search(arguments: str, domain: Domain) -> Command:
    pairs: dict[str, str] = {}
    for word in words_of_search(arguments, domain):
        slot, equals, value = word.partition("=")
        if not equals:
            return Malformed(f"SEARCH takes slot=value pairs, not {_quote(word)}")
        if slot not in domain.values:
            return Malformed(f"cannot search for {_quote(slot)}, only for {', '.join(domain.values)}")
        if value not in domain.values[slot]:
            return Malformed(f"{slot} is one of {', '.join(domain.values[slot])}, not {_quote(value)}")
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
    grammar = _grammar(database.domain)
    details, rest = _details(clause, database.domain)
    offers, words = _offers(" " + " ".join(re.findall(r"[\w']+", rest)) + " ", database)
    acts: list[AgentAct] = [*offers, *details]
    negation = _NEGATION.search(clause)
    if not acts and negation and grammar.match.search(clause, negation.end()):
        return [NoMatch()]
    found = (m.lastindex for m in grammar.values.finditer(words))
    pairs = list(dict.fromkeys(grammar.meanings[index - 1] for index in found if index))
    if question and not acts:
        acts += _question(clause, pairs, grammar)
    else:
        acts += [Inform(slot, value) for slot, value in pairs]
    if _ELSE.search(clause) or (question and not acts and grammar.booking.search(clause)):
        acts.append(AnythingElse())
    if _BYE.search(clause):
        acts.append(Bye())
    return acts


def _offers(words: str, database: Database) -> tuple[list[Offer], str]:
    """What is named, first mention first, and the words without these names."""
    places: dict[str, int] = {}
    # In a loaded database one name may be part of another.
    for spoken, name in database.spoken_names:
        place = words.find(f" {spoken} ")
        if place >= 0:
            places[name] = place
            words = words.replace(f" {spoken} ", f" {'_' * len(spoken)} ")
    return [Offer(name) for name in sorted(places, key=places.__getitem__)], words


def _question(clause: str, pairs: list[tuple[str, str]], grammar: _Grammar) -> list[AgentAct]:
    """One value of a slot is to be confirmed; several are a choice, which asks for the slot."""
    slots = [slot for slot, _ in pairs]
    asked = [s for s, rule in grammar.asked if slots.count(s) > 1 or (s not in slots and rule.search(clause))]
    return [*(Confirm(s, v) for s, v in pairs if slots.count(s) == 1), *(Request(s) for s in asked)]


def _details(clause: str, domain: Domain) -> tuple[list[AgentAct], str]:
    """The facts that are told, and the clause without them: an address may hold the name of an area."""
    acts: list[AgentAct] = []
    rest = clause
    for slot, fact in domain.details.items():
        acts += [Inform(slot, fact.form(m)) for m in fact.pattern.finditer(clause)]
        rest = fact.pattern.sub(lambda m: "_" * len(m[0]), rest)
    return [*acts, *(Inform("reference", m[1].upper()) for m in _REFERENCE.finditer(clause))], rest
