"""What can be asked about each kind of event."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Aspect:
    """One thing to be asked about a kind of event.

    Args:
        question: The question.
        answer: A template over the slots of the kind. It says little beside the facts, so that few of its words can be
            guessed without reading the report.
        facts: The facts of the kind (`EventKind.facts`) that the answer states; it states no other.
    """

    question: str
    answer: str
    facts: tuple[str, ...]


#: From the name of each kind to its aspects; each fact of the kind belongs to one.
EVENT_ASPECTS: dict[str, tuple[Aspect, ...]] = {
    "match": (
        Aspect("Who beat whom?", "{winner} beat {loser}.", ("winner first", "loser first")),
        Aspect("What was the score?", "{score}.", ("score",)),
        Aspect("When was the match?", "On {day}.", ("day",)),
        Aspect("Who scored the goals?", "{scorer}.", ("scorer last",)),
        Aspect("How many people watched?", "{crowd} people.", ("crowd",)),
    ),
    "storm": (
        Aspect("What is the name of the storm?", "Storm {storm}.", ("storm",)),
        Aspect("Where did the storm hit?", "In {town}.", ("town",)),
        Aspect("When did the storm hit?", "On {day}.", ("day",)),
        Aspect("How strong was the wind?", "{wind} kilometres per hour.", ("wind",)),
        Aspect("How many houses were damaged?", "{houses} houses.", ("houses",)),
        Aspect("How many people were hurt?", "{hurt} people.", ("hurt",)),
    ),
    "accident": (
        Aspect("What hit what?", "A {what} hit a {other}.", ("what", "other")),
        Aspect("Where was the accident?", "In {town}.", ("town",)),
        Aspect("When was the accident?", "On {day}.", ("day",)),
        Aspect("How many people were hurt?", "{hurt} people.", ("hurt",)),
        Aspect("What was the cause?", "Because of {cause}.", ("cause last",)),
    ),
    "concert": (
        Aspect("Who gave the concert?", "{star}.", ("star last",)),
        Aspect("Where was the concert?", "In {town}.", ("town",)),
        Aspect("When was the concert?", "On {date}.", ("date",)),
        Aspect("How many songs were sung?", "{songs} songs.", ("songs",)),
        Aspect("How many people listened?", "{crowd} people.", ("crowd",)),
        Aspect("Who gets the money?", "{cause}.", ("cause last",)),
    ),
    "rescue": (
        Aspect("Who was the rescuer?", "{who}.", ("who last",)),
        Aspect("Who or what was saved?", "A {what}.", ("what",)),
        Aspect("Where did it happen?", "In the river {river} near {town}.", ("river", "town")),
        Aspect("When did it happen?", "On {day}.", ("day",)),
        Aspect("How long did the rescue take?", "{minutes} minutes.", ("minutes",)),
    ),
    "launch": (
        Aspect(
            "Which company presented what?",
            "{company} presented the {product}, a {thing}.",
            ("company first", "product", "thing"),
        ),
        Aspect("How much will it cost?", "{price} crowns.", ("price",)),
        Aspect("When can it be bought?", "From {date}.", ("date",)),
        Aspect("Who designed it?", "{chief}.", ("chief last",)),
    ),
    "election": (
        Aspect("Who was elected?", "{winner}.", ("winner last",)),
        Aspect("Where was the election?", "In {town}.", ("town",)),
        Aspect("When was the election?", "On {day}.", ("day",)),
        Aspect("How large was the winner's share?", "{share} percent.", ("share",)),
        Aspect("Who lost?", "{loser}.", ("loser last",)),
        Aspect("What was promised?", "{promise}.", ("promise last",)),
    ),
    "results": (
        Aspect("Which company is it about?", "{company}.", ("company first",)),
        Aspect("How did the profit change?", "It {way} by {percent} percent.", ("way", "percent")),
        Aspect("How large is the profit?", "{profit} crowns.", ("profit",)),
        Aspect("What was the reason?", "Because of {reason}.", ("reason last",)),
        Aspect("Who is chief executive?", "{head}.", ("head last",)),
    ),
    "find": (
        Aspect("Who made the find?", "{finder}.", ("finder last",)),
        Aspect("What was found, and how many?", "{number} {what}.", ("number", "what")),
        Aspect("How old is the find?", "About {age} years.", ("age",)),
        Aspect("Where was it found?", "Near {town}.", ("town",)),
        Aspect("When can it be seen?", "From {date}.", ("date",)),
    ),
    "opening": (
        Aspect("What was opened?", "A {thing}.", ("thing",)),
        Aspect("Where is it?", "In {town}.", ("town",)),
        Aspect("When was it opened?", "On {date}.", ("date",)),
        Aspect(
            "Who built it, and how long did it take?",
            "{builder}, in {years} years.",
            ("builder first", "years"),
        ),
        Aspect("How much did it cost?", "{cost} crowns.", ("cost",)),
    ),
}
