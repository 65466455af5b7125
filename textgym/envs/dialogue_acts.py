"""Goal-oriented dialogue at the level of dialogue acts as an environment."""

from textgym.envs.decision_env import DecisionEnv
from textgym.envs.observers import DecisionSettings
from textgym.tasks.dialogue.acts_task import DialogueActsTask


class DialogueActsEnv(DecisionEnv):
    """Choose what to say to a user who looks for a restaurant: ask, search, offer, answer or book.

    The world is that of `textgym/Dialogue-v0`: the same users, databases, rewards and metrics for the same seeds, splits
    and arguments. An agent there that writes what the moves here say gets the same return. What follows speaks of
    restaurants; other domains are `"train"` and `"hotel"`.

    ## Action space

    `Discrete(17)`, one action for one message, filled with what the agent knows, in this order:
    `ask_wishes` (all wishes not yet said), `search` (for the wishes so far), `no_match`, `offer_1`, `offer_2`,
    `offer_3` (of the list, with food, area and price), `answer` (all open questions, the reference of a booking),
    `tell_details` (phone, address and postcode), `ask_table` (party size and time, where missing), `book`, `ask_food`,
    `ask_area`, `ask_price`, `ask_people`, `ask_time`, `anything_else`, `bye`. `action_masks()` says which have
    content. An illegal action a is played as the (a mod k)-th of the k legal ones. Trains have `Discrete(17)` too,
    hotels `Discrete(19)`: the moves `ask_...` name their slots.

    ## Observation space

    `observation="vector"`: what the agent was told, `Box(-1, 1, (d,), float32)`. With `belief="full"` by the names of
    `textgym.tasks.dialogue.belief.full_names` (`FULL` for restaurants): wishes said, open questions, the list, the offer and whether it was accepted,
    the booking, what was heard last, the last move, the turn. With `belief="summary"` nine numbers that take a few
    hundred different values together, for tables (`SUMMARY` there).

    `observation="tokens"`: `Dict(tokens: Box int64 (L,), length: Box int64 (1,))`, the ids of a prompt that says the
    same in words.

    Neither holds the user's goal, or rows of the database that were not listed.

    ## Rewards

    0 until the episode ends. Then 1 - 0.02 x turns if the user considers a restaurant that meets the wishes in force,
    noted a true answer to every question and has the table if one was wanted; otherwise 0. Range [0, 1].

    ## Episode end

    Terminated when the user has everything, when either side says goodbye, when the user's patience is used up
    (4 messages that bring nothing new; up to 3 messages in a row with commands alone are free) or after 15 agent
    messages. Truncated only when a state, shown as tokens, takes more than L.

    ## Info

    At reset and at the end `example` (with the user's goal: not for agents; its prompt is what the user says first, in
    acts, such as `user inform food=thai`). At the end also `metrics`: `success`
    (0 or 1), `inform_rate` (share of requested slots that were answered correctly), `turns` (agent messages) and
    `illegal_actions`.

    ## Version history

    - v0: first version.

    Args:
        source: `"generated"`, the only one.
        split: `"train"`, `"validation"` or `"test"`; splits share no goal.
        difficulty: In [0, 1], see `textgym/Dialogue-v0`; indirect wording has no effect here.
        domain: See `textgym/Dialogue-v0`; the number of actions and the length of the vector depend on it.
        database: See `textgym/Dialogue-v0`.
        goal_change: See `textgym/Dialogue-v0`.
        noise: In [0, 1]: each act of the user is lost with probability 0.1 x noise and misheard with probability
            0.1 x noise (`textgym.tasks.dialogue.noise`).
        belief: `"full"` or `"summary"`.
        observation: `"vector"` or `"tokens"`.
        tokenizer: Of tokens, such as `"tiny"`.
        context_length: Length L, in tokens.
        render_mode: `"ansi"`, `"html"` or None.
    """

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
        belief: str = "full",
        observation: str = "vector",
        tokenizer: str = "tiny",
        context_length: int = 512,
        render_mode: str | None = None,
    ) -> None:
        super().__init__(
            DialogueActsTask(
                source, belief=belief, domain=domain, database=database, goal_change=goal_change, noise=noise
            ),
            split=split,
            difficulty=difficulty,
            settings=DecisionSettings(observation, tokenizer=tokenizer, context_length=context_length),
            render_mode=render_mode,
        )
