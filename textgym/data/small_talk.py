"""Small talk between two invented people who tell each other about themselves."""

import json
from dataclasses import dataclass, field

import numpy as np

from textgym.data.base import Record, group_key
from textgym.data.invented_names import first_name
from textgym.data.small_talk_topics import ASK_BACK, GREETINGS, NAME, REPLIES, TOPICS, Topic

SPEAKERS = ("A", "B")
MOST_TOPICS = 5


@dataclass
class _Talk:
    """A conversation in the making: lines so far, and who told what."""

    rng: np.random.Generator
    difficulty: float
    lines: list[str] = field(default_factory=list)
    told: list[tuple[int, Topic, dict[str, str]]] = field(default_factory=list)

    @property
    def speaker(self) -> int:
        return len(self.lines) % 2

    def wording(self, wordings: tuple[str, ...]) -> str:
        in_use = 1 + round(self.difficulty * (len(wordings) - 1))
        return wordings[self.rng.integers(in_use)]

    def tell(self, topic: Topic) -> str:
        taken = {word for _, _, values in self.told for value in values.values() for word in value.split()}
        while True:
            values = {slot: draw(self.rng) for slot, draw in topic.slots.items()}
            if taken.isdisjoint(word for value in values.values() for word in value.split()):
                break
        self.told.append((self.speaker, topic, values))
        return self.wording(topic.tell).format(**values)

    def say(self, *parts: str) -> None:
        self.lines.append(" ".join(part for part in parts if part))


@dataclass(frozen=True)
class SmallTalk:
    """Generator of small talk and its next utterance.

    Two people greet each other, ask and tell. The last line either asks for something that was said before
    (about the one who asks or the one who answers) or tells something new. The next utterance, the
    reference, has to use it. Difficulty raises the number of topics before the last line from 1 to 5 and
    the number of wordings in use. The reference has a fixed wording per topic.

    Fields of a record: `context` (lines that begin with `A: ` or `B: `, in turns, from A), `target` (the
    next utterance, by the other speaker), `facts` (JSON list of strings that it must contain) and `kind`
    (`"recall own"`, `"recall other"` or `"react"`).
    """

    name: str = "generated"

    def draw(self, rng: np.random.Generator, difficulty: float) -> Record:
        """One conversation; `difficulty` in [0, 1]."""
        talk = _Talk(rng, difficulty)
        number = 1 + int(rng.integers(round(difficulty * (MOST_TOPICS - 1)) + 1))
        topics = [TOPICS[i] for i in rng.permutation(len(TOPICS))[: number + 1]]
        _greet(talk)
        for topic in topics[:number]:
            _exchange(talk, topic)
        kind, target, facts = _close(talk, topics[number])
        context = "\n".join(f"{SPEAKERS[i % 2]}: {line}" for i, line in enumerate(talk.lines))
        group = group_key(context)
        fields = {"context": context, "target": target, "facts": json.dumps(facts), "kind": kind}
        return Record(id=f"generated/{group}", group=group, fields=fields)


def _greet(talk: _Talk) -> None:
    names = [first_name(talk.rng)]
    while (other := first_name(talk.rng)) in names:
        pass
    names.append(other)
    for name in names:
        talk.told.append((talk.speaker, NAME, {"name": name}))
        talk.say(talk.wording(GREETINGS[talk.speaker]).format(name=name, partner=names[0]))


def _exchange(talk: _Talk, topic: Topic) -> None:
    """One asks, the other tells and may ask back; ends after a line that tells something."""
    last = talk.told[-1]
    reaction = last[1].react.format(**last[2]) if last[1] is not NAME else talk.wording(REPLIES)
    talk.say(reaction, talk.wording(topic.ask))
    asks_back = talk.rng.random() < 0.5
    talk.say(talk.tell(topic), talk.wording(ASK_BACK) if asks_back else "")
    if asks_back:
        last = talk.told[-1]
        talk.say(last[1].react.format(**last[2]), talk.tell(topic))


def _close(talk: _Talk, fresh: Topic) -> tuple[str, str, list[str]]:
    """The last line of the context; gives the kind, the next utterance and its facts."""
    last = talk.told[-1]
    reaction = last[1].react.format(**last[2])
    if talk.rng.random() < 0.25:
        talk.say(reaction, talk.tell(fresh))
        _, topic, values = talk.told[-1]
        return "react", topic.react.format(**values), list(values.values())
    teller, topic, values = talk.told[talk.rng.integers(len(talk.told))]
    own = teller != talk.speaker
    question = talk.wording(topic.recall_own if own else topic.recall_other)
    talk.say(reaction if last is not talk.told[0] else "", question)
    answer = topic.answer_own if own else topic.answer_other
    return "recall own" if own else "recall other", answer.format(**values), list(values.values())
