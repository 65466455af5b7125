"""Goal-oriented dialogue as an environment."""

from pkgutil import resolve_name

from textgym.envs.text_env import TextEnv
from textgym.errors import UnknownName
from textgym.tasks.dialogue.speech import Words
from textgym.tasks.dialogue.task import DialogueTask

# By name, as ids name their environments: a language model belongs to a layer above and is loaded only when asked for.
_LANGUAGE_MODEL_WORDS = "textgym.llm.user_words:LanguageModelWords"


class DialogueEnv(TextEnv):
    """Help a user to find a restaurant in a made-up town, answer questions about it and book a table.

    Other domains are trains between towns (`domain="train"`) and hotels (`domain="hotel"`); what follows speaks of
    restaurants. Each episode has its own database of 40 to 60 restaurants and its own simulated user with a goal: wishes for
    food, area and price, things to be told, perhaps a table. Some users want what does not exist and give way
    once they hear so, if a search for their wishes has shown it, and some change their mind.

        [user] Hi, I am looking for an expensive restaurant.
        > Which cuisine do you prefer? Which area do you prefer?
        [user] I would like ramen tonight. In the north, please.
        > SEARCH food=japanese area=north price=expensive
        [database] 1 found:
        [database] 19 Matulla House | food=japanese | area=north | price=expensive | phone=011 5999 | ...
        > How about Matulla House? It is in the north.
        [user] Great. What is the phone number? Please book a table. We will be 7.
        > The phone number is 011 5999. At what time?
        [user] Please book a table. At half past seven in the evening.
        > BOOK 19
        [database] booked 19 Matulla House | people=7 | time=19:30 | reference=WUS058
        > Your table is booked, the reference is WUS058.

    ## Action space

    `UnicodeText(16384)`: the agent's message, free text in English. A line `SEARCH slot=value ...` (slots food,
    area, price; of trains departure, destination, day, period; of hotels area, price, stars, kind) asks the database, a
    line `BOOK id` books a table for the party and time that the user has said (tickets for the party; a room for the
    party, from a day, for some nights).
    A message holds at most 3 of them. A booking is final: there is one in an episode, and `BOOK` after it gives
    an error. The rest is for the user; `textgym.tasks.dialogue.parser` documents what is understood. The user
    considers one restaurant at a time, the first that a message names.

    ## Observation space

    `UnicodeText(65536)`: the newest environment message: lines that begin with `[database]` (the answer to
    each command; a search gives the number of matches and the first three) and one line that begins with
    `[user]`. A message with commands alone is answered by the database alone, the user waits. The empty string
    at the end.

    ## Rewards

    0 until the episode ends. Then 1 - 0.02 x turns if the user considers a restaurant that meets the wishes in
    force, noted a true answer to every question and has the table if one was wanted; otherwise 0. A wrong
    answer, and two different answers in one message, are no answer. A user who changed a wish is satisfied by what
    meets the wishes as they are at the end. Range [0, 1].

    ## Episode end

    Terminated when the user has everything, when either side says goodbye, when the user's patience is used up
    (4 messages that bring nothing new; up to 3 messages in a row with commands alone are free) or after 15 agent
    messages. Never truncated.

    ## Info

    `conversation`, `example` (its `data` holds the user's goal: not for agents) and `turn_ended`; at the end
    `metrics`: `success` (0 or 1), `inform_rate` (share of requested slots that were answered correctly, in
    [0, 1]) and `turns` (agent messages).

    ## Version history

    - v0: first version.

    Args:
        source: `"generated"`, the only one.
        split: `"train"`, `"validation"` or `"test"`; splits share no goal.
        difficulty: In [0, 1]: number of wishes and questions, goals that nothing matches at first, changes of mind,
            indirect wording, and how little the user says unasked.
        domain: `"restaurant"`, `"train"` or `"hotel"`.
        database: `"generated"`, or `"multiwoz:PATH"` with a folder that holds MultiWOZ's `restaurant_db.json`,
            `train_db.json` or `hotel_db.json` (`textgym.tasks.dialogue.multiwoz`).
        goal_change: Probability in [0, 1] that the user changes exactly one wish, and says so: when something is
            offered, or because nothing matches. None leaves both kinds of change to the difficulty.
        noise: In [0, 1]: indirect wording, fillers, slips that the user takes back ("No, I mean ...") and misspelt
            words (`textgym.tasks.dialogue.noise`).
        user: `"template"`: the user speaks in the domain's own words; `"lm:MODEL"`: a language model words what the
            user means, sampled with the episode's seed. Its message is said only if it is understood as what was meant,
            every value included; else the domain's own words are.
        render_mode: `"ansi"`, `"html"` or None.
    """

    family = "Dialogue"

    def __init__(
        self,
        source: str = "generated",
        split: str = "train",
        *,
        difficulty: float = 0.5,
        domain: str = "restaurant",
        database: str = "generated",
        goal_change: float | None = None,
        noise: float = 0.0,
        user: str = "template",
        render_mode: str | None = None,
    ) -> None:
        task = DialogueTask(
            source,
            domain=domain,
            database=database,
            goal_change=goal_change,
            noise=noise,
            words=_words_of(user),
        )
        super().__init__(task, split=split, difficulty=difficulty, render_mode=render_mode)


def _words_of(user: str) -> Words | None:
    if user == "template":
        return None
    kind, _, model = user.partition(":") if isinstance(user, str) else ("", "", "")
    if kind != "lm" or not model:
        raise UnknownName(f"user must be 'template' or 'lm:MODEL', such as 'lm:tiny', got {user!r}")
    return resolve_name(_LANGUAGE_MODEL_WORDS)(model)
