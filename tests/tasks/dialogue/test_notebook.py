from textgym.tasks.dialogue.notebook import take_notes

ROW = "{id} {name} | food=thai | area=west | price=cheap | phone=123 4567 | address=1 Mill Lane | postcode=AB1 2CD"
FOUND = "[database] 2 found:\n" + "\n".join(
    "[database] " + ROW.format(id=n, name=name) for n, name in ((7, "Lurano"), (9, "Mabodor"))
)


def notes(*texts):
    """Notes of a conversation in which environment and agent take turns."""
    roles = ("user", "assistant")
    return take_notes(tuple({"role": roles[i % 2], "content": text} for i, text in enumerate(texts)))


def test_wishes_and_indifference_leave_nothing_missing():
    notebook = notes(
        "[user] Hi, I need a Thai restaurant.",
        "Which area? Price?",
        "[user] Any price is fine. It should be in the west.",
    )
    assert notebook.constraints == {"food": "thai", "area": "west"}
    assert notebook.careless == {"price"}
    assert notebook.missing == []


def test_a_change_of_mind_replaces_the_wish_and_drops_the_offer():
    notebook = notes(
        "[user] Thai food, please.",
        "SEARCH food=thai",
        FOUND,
        "Lurano?",
        "[user] How about the east instead?",
    )
    assert notebook.constraints == {"food": "thai", "area": "east"}
    assert notebook.focus is None
    assert notebook.searched == {"food": "thai"}


def test_open_questions_are_what_was_asked_and_not_yet_answered():
    talk = ["[user] Thai food, please.", "SEARCH food=thai", FOUND, "How about Lurano?"]
    talk += ["[user] Great. What is the postcode? What is the phone number?"]
    assert notes(*talk).unsaid == ["postcode", "phone"]
    assert notes(*talk, "The postcode is AB1 2CD.", "[user] What is the phone number?").unsaid == ["phone"]


def test_a_booking_is_known_with_its_reference():
    talk = ["[user] Thai food, please.", "SEARCH food=thai", FOUND, "How about Mabodor?"]
    talk += ["[user] Great. Please book a table. At 19:30. We will be 4.", "BOOK 9"]
    notebook = notes(*talk, "[database] booked 9 Mabodor | people=4 | time=19:30 | reference=ABC123")
    assert notebook.wants_table
    assert notebook.missing_for_table == []
    assert notebook.unsaid == ["reference"]
    assert notebook.facts["reference"] == "ABC123"


def test_what_the_agent_says_is_told_whatever_its_case_and_as_whole_words():
    talk = ["[user] Cheap, please.", "SEARCH price=cheap", FOUND, "How about Lurano? They serve Thai food."]
    notebook = notes(*talk, "[user] Great. What kind of food do they serve?")
    assert notebook.told == {"food"}
    assert notebook.unsaid == []
    at_least = notes(*talk, "[user] Good.", "At the westernmost end you can get it at least.")
    assert at_least.told == {"food"}
