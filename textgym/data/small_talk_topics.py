"""What small talk is about: questions, statements, reactions, and questions that come back to them."""

from collections.abc import Mapping
from dataclasses import dataclass

from textgym.data.invented_names import (
    Draw,
    company,
    count,
    date,
    day,
    first_name,
    person,
    pet,
    pick,
    product,
    team,
    town,
)


@dataclass(frozen=True)
class Topic:
    """One thing that people tell about themselves, as templates over its slots.

    Args:
        slots: What fills each `{slot}`.
        ask: Wordings of the question, the plainest first.
        tell: Wordings of the statement, the plainest first; each uses every slot.
        react: What the listener says; uses every slot.
        recall_own: Later question of the listener, who wants to hear it again.
        answer_own: The teller's answer; uses every slot.
        recall_other: Later question of the teller, who tests the listener.
        answer_other: The listener's answer; uses every slot.
    """

    slots: Mapping[str, Draw]
    ask: tuple[str, ...]
    tell: tuple[str, ...]
    react: str
    recall_own: tuple[str, ...]
    answer_own: str
    recall_other: tuple[str, ...]
    answer_other: str


NAME = Topic(
    slots={"name": first_name},
    ask=("What is your name?",),
    tell=("I am {name}.",),
    react="Nice to meet you, {name}.",
    recall_own=("Sorry, what was your name again?", "I am bad at names. What is yours?"),
    answer_own="My name is {name}.",
    recall_other=("Do you still know my name?", "I bet you have forgotten my name."),
    answer_other="Your name is {name}.",
)

_ANIMALS = pick("dog", "cat", "parrot", "horse", "rabbit", "tortoise")
_JOBS = pick(
    "cook", "driver", "nurse", "clerk", "welder", "designer", "guard", "lawyer", "painter", "plumber"
)
_INSTRUMENTS = pick("piano", "guitar", "violin", "flute", "drums", "cello", "trumpet", "harp")
_FOODS = pick("soup", "pancakes", "noodles", "curry", "fish pie", "dumplings", "pizza", "lentils", "waffles")
_SPORTS = pick("chess", "tennis", "rowing", "climbing", "judo", "golf", "fencing", "skating", "archery")
_COLOURS = pick("red", "blue", "green", "yellow", "white", "pink", "grey", "orange")

TOPICS = (
    Topic(
        slots={"animal": _ANIMALS, "pet": pet},
        ask=("Do you have a pet?", "Are there any animals in your home?"),
        tell=(
            "I have a {animal} called {pet}.",
            "Yes, a {animal}. I named it {pet}.",
            "{pet}, my {animal}, lives with me.",
        ),
        react="{pet} is a lovely name for a {animal}.",
        recall_own=("What is your pet called again?", "Remind me, which pet do you have?"),
        answer_own="My {animal} is called {pet}.",
        recall_other=("Do you remember my pet?", "Have you noticed what I said about my pet?"),
        answer_other="Your {animal} is called {pet}.",
    ),
    Topic(
        slots={"town": town, "years": count(2, 39)},
        ask=("Where do you live?", "Which town are you from?"),
        tell=(
            "I have lived in {town} for {years} years.",
            "My home has been {town} for {years} years now.",
            "{years} years ago I moved to {town}.",
        ),
        react="So you have been in {town} for {years} years.",
        recall_own=("Where did you say you live?", "Which town was it that you live in, and for how long?"),
        answer_own="I live in {town}, for {years} years now.",
        recall_other=("Do you remember where I live?", "Where do I live, and since when?"),
        answer_other="You live in {town}, for {years} years now.",
    ),
    Topic(
        slots={"job": _JOBS, "company": company},
        ask=("What do you do for a living?", "Where do you work?"),
        tell=(
            "I work as a {job} at {company}.",
            "I am a {job}, and {company} pays me for it.",
            "They hired me as a {job} at {company}.",
        ),
        react="Being a {job} at {company} must be hard.",
        recall_own=("What was your job again?", "Who do you work for, and as what?"),
        answer_own="I am a {job} at {company}.",
        recall_other=("Do you remember my job?", "Can you say what I do all day?"),
        answer_other="You are a {job} at {company}.",
    ),
    Topic(
        slots={"name": first_name, "age": count(2, 69)},
        ask=("Do you have brothers or sisters?", "What about your family?"),
        tell=(
            "I have a sister, {name}, who is {age}.",
            "There is my sister {name}. She is {age} years old.",
            "My sister turned {age} this year. {name} is her name.",
        ),
        react="I would love to meet {name}, even if {age} is not my age.",
        recall_own=(
            "What is your sister called, and how old is she?",
            "Your sister, what did you say of her?",
        ),
        answer_own="My sister {name} is {age}.",
        recall_other=("Do you remember my sister?", "What did I say about my sister?"),
        answer_other="Your sister {name} is {age}.",
    ),
    Topic(
        slots={"instrument": _INSTRUMENTS, "teacher": person},
        ask=("Do you play any music?", "Are you musical?"),
        tell=(
            "I learn the {instrument} with {teacher}.",
            "Yes, {teacher} teaches me the {instrument}.",
            "I practise the {instrument} each day. {teacher} is my teacher.",
        ),
        react="I have heard that {teacher} is very good at the {instrument}.",
        recall_own=("What do you play, and who teaches you?", "Who was your music teacher?"),
        answer_own="{teacher} teaches me the {instrument}.",
        recall_other=("Do you remember who teaches me?", "What do I play, and with whom?"),
        answer_other="{teacher} teaches you the {instrument}.",
    ),
    Topic(
        slots={"food": _FOODS, "place": product},
        ask=("What do you like to eat?", "Where can one eat well?"),
        tell=(
            "I like the {food} at the {place}.",
            "Nothing beats the {food} they make at the {place}.",
            "The {place} is my place. Their {food} is the best.",
        ),
        react="Then I will try the {food} at the {place}.",
        recall_own=("What should I eat, and where?", "What was that place you like?"),
        answer_own="Try the {food} at the {place}.",
        recall_other=("What do I like to eat?", "Do you remember where I like to eat?"),
        answer_other="You like the {food} at the {place}.",
    ),
    Topic(
        slots={"sport": _SPORTS, "day": day},
        ask=("What do you do in your free time?", "Do you have a hobby?"),
        tell=(
            "Every {day} I go to my {sport} club.",
            "I am in a {sport} club that meets each {day}.",
            "Never call me on a {day}. That is when I am at my {sport} club.",
        ),
        react="A {sport} club every {day} sounds like fun.",
        recall_own=("What was your hobby?", "When are you at your club, and what is it?"),
        answer_own="I go to my {sport} club every {day}.",
        recall_other=("Do you remember my hobby?", "When am I at my club?"),
        answer_other="You go to your {sport} club every {day}.",
    ),
    Topic(
        slots={"team": team, "seat": count(11, 499)},
        ask=("Do you follow football?", "Which team are you for?"),
        tell=(
            "I am for {team}, on seat {seat}.",
            "I watch every match of {team} from seat {seat}.",
            "My seat is number {seat}, and my team is {team}.",
        ),
        react="Then I will look for you on seat {seat} when {team} plays.",
        recall_own=("Which team was yours, and which seat?", "Where will I find you at the match?"),
        answer_own="I watch {team} from seat {seat}.",
        recall_other=("Which team am I for?", "Do you remember where I sit at the match?"),
        answer_other="You watch {team} from seat {seat}.",
    ),
    Topic(
        slots={"town": town, "date": date},
        ask=("Where will you go on holiday?", "Any plans for a trip?"),
        tell=(
            "I will travel to {town} on {date}.",
            "On {date} I leave for {town}.",
            "I have a ticket to {town} for {date}.",
        ),
        react="Send me a card from {town} after {date}.",
        recall_own=("Where are you travelling, and when?", "When was your trip?"),
        answer_own="I will travel to {town} on {date}.",
        recall_other=("Where am I travelling?", "Do you remember my trip?"),
        answer_other="You will travel to {town} on {date}.",
    ),
    Topic(
        slots={"book": product, "author": person},
        ask=("Have you read a good book?", "What are you reading?"),
        tell=(
            "I am reading {book} by {author}.",
            "A book by {author}. It is called {book}.",
            "{author} wrote a new one, {book}, and I cannot put it down.",
        ),
        react="I should read {book} if {author} wrote it.",
        recall_own=("Which book is yours?", "Who wrote the book that you are reading?"),
        answer_own="It is {book} by {author}.",
        recall_other=("Do you remember my book?", "Which book am I reading?"),
        answer_other="You are reading {book} by {author}.",
    ),
    Topic(
        slots={"friend": first_name, "day": day},
        ask=("What are you doing this week?", "Do you have plans for the week?"),
        tell=(
            "I will visit my friend {friend} on {day}.",
            "On {day} I see {friend}, an old friend.",
            "My friend {friend} wants to see me on {day}.",
        ),
        react="Give my regards to {friend} on {day}.",
        recall_own=("Who will you visit, and when?", "What was your plan for the week?"),
        answer_own="I will visit {friend} on {day}.",
        recall_other=("Whom will I visit?", "Do you remember my plan?"),
        answer_other="You will visit {friend} on {day}.",
    ),
    Topic(
        slots={"colour": _COLOURS, "number": count(2, 199)},
        ask=("Which house is yours?", "How do I find your house?"),
        tell=(
            "Mine is the {colour} house with number {number}.",
            "Look for number {number}, the {colour} one.",
            "It is {colour}, and the door has a big {number} on it.",
        ),
        react="I think I have seen the {colour} house with number {number}.",
        recall_own=("Which house was yours?", "What colour and number was your house?"),
        answer_own="The {colour} house with number {number} is mine.",
        recall_other=("Which house is mine?", "Would you find my house?"),
        answer_other="The {colour} house with number {number} is yours.",
    ),
    Topic(
        slots={
            "date": date,
            "cake": pick("apple", "lemon", "carrot", "cherry", "nut", "plum", "honey", "chocolate"),
        },
        ask=("When is your birthday?", "Is there a birthday coming up?"),
        tell=(
            "My birthday is on {date}, with {cake} cake.",
            "I will have a {cake} cake on {date}, my birthday.",
            "{date} is my birthday. There is always {cake} cake.",
        ),
        react="I will come on {date} for the {cake} cake.",
        recall_own=("When was your birthday, and with which cake?", "When do I get a piece of your cake?"),
        answer_own="There is {cake} cake on {date}.",
        recall_other=("When is my birthday, and which cake will I have?", "Do you remember my birthday?"),
        answer_other="Your {cake} cake is on {date}.",
    ),
)

GREETINGS = (
    (
        "Hi, I am {name}.",
        "Hello! My name is {name}.",
        "Good morning. {name} here.",
        "Hey, {name} is my name.",
    ),
    (
        "Hello {partner}, I am {name}.",
        "Nice to meet you, {partner}. I am {name}.",
        "Hi {partner}! My name is {name}.",
        "Good to see you, {partner}. People call me {name}.",
    ),
)
REPLIES = (
    "Nice to meet you.",
    "How good to meet you.",
    "A pleasure.",
    "So we meet at last.",
    "I hope you are well.",
)
ASK_BACK = ("And you?", "What about you?", "And how is it with you?", "Now you.")
