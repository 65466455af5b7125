"""The proposer that mends drafts: its messages, and that nothing of the own sentence is counted."""

import gymnasium as gym
import pytest

from textgym.errors import InvalidValue
from textgym.protocols import Example
from textgym.tasks.draft_fixes import candidate_revisions
from textgym.wrappers.mending import Mending
from textgym.wrappers.proposers import named_proposer

NAMES = [f"N{i}" for i in range(12)]


def prompt(source, draft, language="German"):
    return f"Revise the {language} translation.\nSource: {source}\nDraft: {draft}\nEstimate: 3 of 5"


def example(source, target, language="German"):
    return Example(source, prompt(source, "Etwas.", language), (target,))


def talk(source, draft, *replies):
    conversation = [{"role": "user", "content": prompt(source, draft)}]
    for reply in replies:
        conversation += [
            {"role": "assistant", "content": reply},
            {"role": "user", "content": "Estimate: 3 of 5"},
        ]
    return tuple(conversation)


DOGS = Mending([example(f"The dog sees {name}.", f"Der Hund sieht {name}.") for name in NAMES])


def test_the_best_comes_first_and_all_are_handed_in():
    (messages,) = DOGS([talk("The dog sees Zoë.", "Die Hund sieht Zoë.")], 8, [0])
    assert messages[0] == "Der Hund sieht Zoë.\nSTOP"
    assert len(messages) == len(set(messages)) == 8
    assert all(message.endswith(".\nSTOP") for message in messages)
    assert DOGS([talk("The dog sees Zoë.", "Die Hund sieht Zoë.")], 1, [0]) == [messages[:1]]


def test_the_newest_text_is_mended():
    source, newest = "The dog sees Zoë.", "Die Hund sieht sieht Zoë."
    conversation = talk(source, "Der Hund sieht Zoë.", "Die Katze.", newest)
    assert DOGS([conversation], 8, [0]) == DOGS([talk(source, newest)], 8, [0])
    assert DOGS([conversation], 8, [0]) != DOGS([talk(source, "Der Hund sieht Zoë.")], 8, [0])


def test_the_own_sentence_is_not_counted():
    # All twelve sentences are counted, but no other one says what a cow is.
    cow = example("The cow sees N3.", "Die Kuh sieht N3.")
    dogs = [example(f"The dog sees {name}.", f"Der Hund sieht {name}.") for name in NAMES]
    horses = [example(f"The horse sees {name}.", f"Das Pferd sieht {name}.") for name in NAMES]
    propose = Mending([cow, *dogs, *horses])
    (messages,) = propose([talk("The cow sees N3.", "Der sieht N3.")], 8, [0])
    assert not any("Kuh" in message for message in messages)
    (messages,) = propose([talk("The horse sees N3.", "Der sieht N3.")], 8, [0])
    assert messages[0] == "Das Pferd sieht N3.\nSTOP"
    # In one half of the sentences the cow is met, the other half's sentences may use it.
    met = [propose([talk(f"The cow sees {name}.", "Der sieht N3.")], 8, [0])[0][0] for name in "ABCDEFGHIJKL"]
    assert 2 < sum("Kuh" in message for message in met) < 10


def test_nothing_of_the_own_group_is_counted():
    # Two wordings of each sentence in one group: what the name is in German is told by the other wording alone.
    rows = [
        Example(f"{i}{kind}", prompt(source.format(i), "Der sieht."), (target.format(i),), group=f"group {i}")
        for i in range(30)
        for kind, source, target in (
            ("a", "The dog sees thing{}.", "Der Hund sieht Ding{}."),
            ("b", "It is thing{} that the dog sees.", "Ding{} sieht der Hund."),
        )
    ]
    propose = Mending(rows)
    for i in range(30):
        (messages,) = propose([talk(f"The dog sees thing{i}.", "Der Hund sieht.")], 8, [0])
        assert not any(f"Ding{i}." in message or f"Ding{i} " in message for message in messages)


def test_languages_are_counted_apart():
    french = [example(f"The dog sees {name}.", f"Le chien voit {name}.", "French") for name in NAMES]
    german = [example(f"The dog sees {name}.", f"Der Hund sieht {name}.") for name in NAMES]
    (messages,) = Mending([*french, *german])([talk("The dog sees Zoë.", "Hund sieht Zoë.")], 8, [0])
    assert messages[0] == "Der Hund sieht Zoë.\nSTOP"
    assert "chien" not in "".join(messages)
    (messages,) = Mending(french)([talk("The dog sees Zoë.", "Hund sieht Zoë.")], 8, [0])
    assert messages == ["Hund sieht Zoë.\nSTOP"]


def test_other_tasks_are_refused():
    with pytest.raises(InvalidValue, match="PostEditing"):
        named_proposer("mending", gym.make("textgym/Translation-v0").unwrapped)


def test_another_task_gets_its_prompt_back():
    assert DOGS([({"role": "user", "content": "Translate into German:\nA dog."},)], 8, [0]) == [
        ["Translate into German:\nA dog."]
    ]


@pytest.mark.parametrize("language", ["de", "es", "fr"])
def test_candidates_of_generated_drafts_are_far_better_than_revisions(language):
    env = gym.make("textgym/PostEditing-v0", split="validation", language=language)
    mending = named_proposer("mending", env.unwrapped)

    def best(offered):
        said = [(*info["conversation"], {"role": "assistant", "content": text}) for text in offered]
        return max(
            turn.reward for turn in env.unwrapped.task.judge([(info["example"], talk) for talk in said])
        )

    gains, exact = [], 0
    for seed in range(40):
        _, info = env.reset(seed=seed)
        (offered,) = mending([info["conversation"]], 8, [seed])
        gains.append(best(offered) - best(candidate_revisions(info["conversation"], 8, seed)))
        exact += f"{info['example'].references[0]}\nSTOP" in offered
    assert sum(gains) / 40 > 0.15
    assert exact > 20
