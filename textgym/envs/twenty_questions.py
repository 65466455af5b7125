"""Twenty questions as an environment."""

from textgym.envs.decision_env import DecisionEnv
from textgym.envs.observers import DecisionSettings
from textgym.tasks.twenty_questions.task import TwentyQuestionsTask


class TwentyQuestionsEnv(DecisionEnv):
    """Find the thing that is looked for among up to 20 by questions about its attributes.

    Every thing has a colour, a size, a material, a shape and a place, no two are alike, and the agent sees them all.
    What is to be learned is to ask so that about half of them answer yes.

    ## Action space

    `Discrete(35)`: actions 0 to 14 ask whether an attribute has a value (`textgym.tasks.twenty_questions.world.QUESTIONS`),
    the others guess: action 15 + i the i-th thing. `action_masks()` leaves out what was asked, values that no
    thing has and things that are not there. An illegal action a is played as the (a mod k)-th of the k legal ones.

    ## Observation space

    `observation="vector"`: `Box(-1, 1, (52,), float32)`: for each question the share of the possible things whose
    answer is yes; for each question its answer (1 yes, -1 no, 0 not asked); for each of 20 places 1 if the thing is
    still possible, -1 if it is ruled out, 0 if there is none; the number of possible things by 20; questions by 20.

    `observation="tokens"`: `Dict(tokens: Box int64 (L,), length: Box int64 (1,))`, the ids of a prompt with the
    possible things, the answers and the number of questions left.

    ## Rewards

    The right guess as the t-th question, guesses included, gives 1 - (t - 1) / 20; everything else 0. Range [0, 1].

    ## Episode end

    Terminated by the right guess, or after 20 questions. Truncated only when a state, shown as tokens, takes more
    than L.

    ## Info

    At reset and at the end `example` (whose seed holds the target: not for agents). At the end also `metrics`:
    `success` (0 or 1), `questions` (guesses included), `guesses`, `bits` (log2 of the number of things by those still
    possible at the end), `bits_per_question` (mean expected information of the questions, the entropy of yes and no
    over the things then possible), `gain_share` (mean of that by the largest that was to be had) and
    `illegal_actions`.

    ## Version history

    - v0: first version.

    Args:
        source: `"generated"`, the only one.
        split: `"train"`, `"validation"` or `"test"`; splits share no world.
        difficulty: In [0, 1]: from 4 to 20 things, and how unevenly values are spread, so that fewer questions
            halve them.
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
        observation: str = "vector",
        tokenizer: str = "tiny",
        context_length: int = 1024,
        render_mode: str | None = None,
    ) -> None:
        super().__init__(
            TwentyQuestionsTask(source),
            split=split,
            difficulty=difficulty,
            settings=DecisionSettings(observation, tokenizer=tokenizer, context_length=context_length),
            render_mode=render_mode,
        )
