"""Writing and repairing functions as environments."""

from collections.abc import Mapping
from typing import Any, ClassVar

from textgym.envs.text_env import TextEnv
from textgym.tasks.code.execution import ensure_sandbox
from textgym.tasks.code.generation import CodeGenerationTask
from textgym.tasks.code.repair import CodeRepairTask


class CodeEnv(TextEnv):
    """A text environment whose task runs programs in the sandbox; see `TextEnv`."""

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Start an episode; see `TextEnv.reset`.

        Raises:
            SandboxUnavailable: If programs cannot be run here; the message says what is missing.
        """
        ensure_sandbox()
        return super().reset(seed=seed, options=options)


class CodeGenerationEnv(CodeEnv):
    """Write a Python function in one message.

        Write the Python function:
        def solve(numbers: list[int]) -> int:
            \"\"\"Compute from the list of whole numbers `numbers`:
            Keep the numbers greater than 3.
            Add the numbers up.
            Return the result.

            >>> solve([1, 5, 7])
            12
            \"\"\"

    ## Action space

    `UnicodeText(16384)`: the whole function (with imports and helper functions if it needs some), or its body as it goes
    on after the docstring; either as it stands or in a Markdown fence ```` ```python ````. The exact rules are those of
    `textgym.tasks.code.program`.

    ## Observation space

    `UnicodeText(65536)`. The first observation is `"Write the Python function:\\n"` with signature and docstring; the
    docstring of a generated function holds three examples. The last observation is the empty string.

    ## Rewards

    The share of hidden cases that the function passes, in [0, 1]; where the tests are one text, as in HumanEval, 1 or 0.
    `doctest:` sources have no hidden cases: their tests are the examples of the docstring, all of which the prompt shows.
    The program runs in the sandbox (`textgym.sandbox`), the comparison outside of it. It may take 20 times the
    processor time of the solution and at least 0.5 s, 3 s where there is no solution; cases that were passed before
    count.

    ## Episode end

    Terminated after the agent's one message. Never truncated.

    ## Info

    At reset and after the step: `conversation` (all messages), `example` (with a solution, and the hidden tests in its
    `data`: not for agents) and `turn_ended` (True). At the end also `metrics`: `passed` (all cases; 0 or 1),
    `passed_share` in [0, 1], `load_error` (does not compile, or raises when loaded), `timeout` and `crashed`, 0 or 1.

    ## Version history

    - v0: first version.

    Args:
        source: `"generated"` (functions assembled from steps over numbers, lists, words, texts, dictionaries, nested lists
            and rows), `"properties"` (generated functions of which several results are right, such as any order: the
            hidden cases are properties of the result), `"humaneval"` (test split only), `"doctest:PACKAGE"` (functions of
            an installed package with examples in their docstrings, which are the tests too, such as
            `"doctest:statistics"`; `"doctest:stdlib"`), `"jsonl:PATH"` or `"hf:NAME"` with the fields `prompt`,
            `entry_point` and `tests`.
        split: `"train"`, `"validation"` or `"test"`.
        difficulty: Of generated functions, in [0, 1]: one or two simple steps to two to four of all steps, recursive
            ones among them, variety of wording, and constants that become arguments.
        render_mode: `"ansi"`, `"html"` or None.
    """

    family: ClassVar[str] = "CodeGeneration"

    def __init__(
        self,
        source: str = "generated",
        split: str = "train",
        *,
        difficulty: float = 0.5,
        render_mode: str | None = None,
    ) -> None:
        task = CodeGenerationTask(source)
        super().__init__(task, split=split, difficulty=difficulty, render_mode=render_mode)


class CodeRepairEnv(CodeEnv):
    """Repair a Python function in at most three messages.

        Repair the Python function:
        def solve(numbers: list[int]) -> int:
            \"\"\"...
            \"\"\"
        This program is wrong: ...
        It fails these examples:
        >>> solve([1, 5, 7])
        expected 12
        got      13
        > def solve(numbers): return sum(n for n in numbers if n > 3) / 0
        The program fails these examples:
        >>> solve([1, 5, 7])
        expected 12
        line 1, in solve: def solve(numbers): return sum(n for n in numbers if n > 3) / 0
        ZeroDivisionError: division by zero

    ## Action space

    `UnicodeText(16384)`: the whole function or its body, as in `CodeGenerationEnv`.

    ## Observation space

    `UnicodeText(65536)`. The first observation holds signature and docstring, the program to be repaired and the
    examples of the docstring that it fails; without a program to be repaired it is that of `CodeGenerationEnv`. Later
    ones tell which examples of the docstring the newest program fails, with what it returned, or where it raised what;
    if it fails none, that hidden cases fail. Hidden cases are never shown; `doctest:` sources have none, all their cases are
    in the prompt. The empty string at the end.

    ## Rewards

    Let s be the share of hidden cases that the given program passes (0 if none was given) and b the best share so far,
    s included: each message is paid what it adds to (b - s) / (1 - s). The return is that of the best attempt, in
    [0, 1]; giving the program back earns 0.

    ## Episode end

    Terminated when an attempt passes all hidden cases, or after 3 messages. Never truncated.

    ## Info

    `conversation`, `example` (with a solution, and the hidden tests in its `data`: not for agents) and `turn_ended`; at
    the end `metrics`: `passed` (0 or 1) and `passed_share` of the best attempt, `start_share` of the given program,
    `turns`, and `load_error`, `timeout` and `crashed` (0 or 1) of the last attempt.

    ## Version history

    - v0: first version.

    Args:
        source: As for `CodeGenerationEnv`. Generated functions come with a program that has one mistake, records of a
            file with what their field `broken` holds; others are to be written from nothing.
        split: `"train"`, `"validation"` or `"test"`.
        difficulty: Of generated functions, in [0, 1], see `CodeGenerationEnv`; there is one mistake at every one.
        render_mode: `"ansi"`, `"html"` or None.
    """

    family: ClassVar[str] = "CodeRepair"

    def __init__(
        self,
        source: str = "generated",
        split: str = "train",
        *,
        difficulty: float = 0.5,
        render_mode: str | None = None,
    ) -> None:
        super().__init__(CodeRepairTask(source), split=split, difficulty=difficulty, render_mode=render_mode)
