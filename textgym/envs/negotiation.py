"""Negotiation as an environment."""

from textgym.envs.decision_env import DecisionEnv
from textgym.envs.observers import DecisionSettings
from textgym.tasks.negotiation.task import NegotiationTask


class NegotiationEnv(DecisionEnv):
    """Divide books, hats and balls with a partner whose values you do not know, before its patience ends.

    There are 5 to 7 items, 1 to 3 of each kind; all together are worth 10 to either side, who values two
    kinds at least. The agent proposes; the partner accepts, breaks off, or makes a proposal of its own.

    The partner wants a share of its worth that falls with the number n of proposals it has heard, from all of it to
    its reserve r: 1 - (1 - r) (n / patience) ** exponent. It accepts what gives it so much. Else it proposes the
    division nearest to the agent's that does (by items; among equals the best for itself, then by chance). At its last
    proposal, number `patience` of 5 to 10, it breaks off what it does not accept. Reserve, exponent and patience are
    drawn for each episode and not shown.

    ## Action space

    `Discrete(65)`: action 16 i + 4 j + k asks for i books, j hats and k balls, action 64 accepts the partner's newest
    proposal. `action_masks()` leaves out what there is not. An illegal action a is played as the (a mod k)-th of the k
    legal ones.

    ## Observation space

    `observation="vector"`: `Box(-1, 1, (25,), float32)`, all in [0, 1]: of each kind the count by 3, the worth of one
    by 10 and of all by 10; the partner's newest proposal (items the agent gets by 3; whether there is one; its share;
    the share of the first and of the best); what the partner kept of each kind in the mean; the agent's newest proposal
    (items by 3, its share, the least share asked for); messages by 10.

    `observation="tokens"`: `Dict(tokens: Box int64 (L,), length: Box int64 (1,))`, the ids of a prompt with the items,
    their worth to the agent, and all proposals.

    ## Rewards

    At an agreement by the t-th message the agent's share of the worth times 1 - 0.02 (t - 1); everything else 0. Range
    [0, 1].

    ## Episode end

    Terminated by an agreement, or when the partner breaks off, after 10 messages at the latest. Truncated only when a
    state, shown as tokens, takes more than L.

    ## Info

    At reset and at the end `example` (with the partner's values and manner: not for agents). At the end also `metrics`:
    `agreement` (0 or 1), `own_share`, `partner_share`, `pareto_optimal` (0 or 1: no division is better for one side and
    not worse for the other), `pareto_efficiency` (how much of what it could have had without harm to the other each
    side got, the smaller of the two; 1 exactly where Pareto-optimal), all of these 0 without an agreement, `messages`
    and `illegal_actions`.

    ## Version history

    - v0: first version.

    Args:
        source: `"generated"`, the only one.
        split: `"train"`, `"validation"` or `"test"`; splits share no items with values.
        difficulty: In [0, 1]: the partner's reserve (from 0.2 to 0.7), how late it concedes (exponents from 0.35
            to 2.8), and the probability that its values are the nearest to the agent's of three drawn, else the
            farthest.
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
            NegotiationTask(source),
            split=split,
            difficulty=difficulty,
            settings=DecisionSettings(observation, tokenizer=tokenizer, context_length=context_length),
            render_mode=render_mode,
        )
