"""Expressions by grammar productions as an environment."""

from collections.abc import Mapping
from typing import Any

from textgym.envs.decision_env import DecisionEnv
from textgym.envs.observers import DecisionSettings
from textgym.tasks.code.execution import ensure_sandbox
from textgym.tasks.code.grammar_task import CodeGrammarTask


class CodeGrammarEnv(DecisionEnv):
    """Find the Python expression behind five examples, building it by the productions of a grammar.

        Write f(xs: list[int], n: int) -> int:
        >>> f([4, -2, 7], 3)
        7
        ...
        return (sum(xs) - <int?>)
        Productions left: 5.

    The expression is derived from the left: every action fills the first hole, marked `?`. Expressions have a kind
    (`int`, `list[int]`, `bool`) and are made of `xs`, `n`, numbers, arithmetic, comparisons, `in`, `not`, `and`, `or`,
    the conditional expression, `len`, `sum`, `max`, `min`, `sorted`, items, slices and comprehensions over `x`; whatever
    is built, it is valid Python and soon computed.

    ## Action space

    `Discrete(33)`: the productions, in the order of `textgym.data.expressions.grammar.PRODUCTIONS`. `action_masks()`:
    those that give the kind of the first hole, `x` only inside its comprehension, and only those after which the
    holes can be filled within the budget. So there always is a legal one, and an episode never runs out of productions.
    An illegal action a is played as the (a mod k)-th of the k legal ones.

    ## Observation space

    `observation="vector"`: `Box(-1, 1, (304,), float32)`, all from the visible examples and the derivation: what the
    first hole should give, deduced where it can be (`textgym.tasks.code.goal`), as shares of the examples with certain
    properties (`textgym.tasks.code.signature`, a stretch for each kind); where the derivation stands; and of each
    production how much of that it meets with plain parts after it (`textgym.tasks.code.facts`), see
    `CodeGrammarTask.vector`. It does not tell every two expressions apart.

    `observation="tokens"`: `Dict(tokens: Box int64 (L,), length: Box int64 (1,))`, the ids of a prompt with the text
    above. Checking L plays random episodes to their ends, so these environments need the sandbox when they are made.

    ## Rewards

    0 until the expression is complete, then the share of 12 hidden cases that it passes, in [0, 1]. A case whose
    evaluation raises is not passed. Partial credit need not beat a constant: by the choice of the cases a constant
    earns exactly 1/2 where the target is a truth value, and at most 1/3 otherwise. `metrics["passed"]` is what no constant
    gets.

    ## Episode end

    Terminated when there is no hole left, after 16 productions at most. Truncated only when a state, shown as tokens,
    takes more than L.

    ## Info

    At reset and at the end `example` (with the reference, its productions and the hidden cases: not for agents). At
    the end also `metrics`: `passed` (all hidden cases; 0 or 1), `passed_share`, `productions` and `illegal_actions`.

    ## Version history

    - v0: first version.

    Args:
        source: `"generated"`, the only one.
        split: `"train"`, `"validation"` or `"test"`; expressions that do the same for 24 fixed arguments are in one
            split, however they are put.
        difficulty: In [0, 1]: references of 2 to 4 productions at 0, of 6 to 12 at 1; the budget is the largest of
            these and 4 more. No reference is a constant or an argument, raises, or is plainly longer than it need be
            (`textgym.data.expressions.targets`).
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
        context_length: int = 512,
        render_mode: str | None = None,
    ) -> None:
        super().__init__(
            CodeGrammarTask(source),
            split=split,
            difficulty=difficulty,
            settings=DecisionSettings(observation, tokenizer=tokenizer, context_length=context_length),
            render_mode=render_mode,
        )

    def start(self, *, seed: int | None = None, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Start an episode; see `DecisionEnv.start`.

        Raises:
            SandboxUnavailable: If programs cannot be run here; the message says what is missing.
        """
        ensure_sandbox()
        return super().start(seed=seed, options=options)
