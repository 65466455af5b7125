"""Code generation: write a function from its signature and docstring."""

from collections.abc import Sequence

import numpy as np

from textgym.data.base import Record, Split, draw_from_split
from textgym.data.open_functions import OpenFunctions
from textgym.data.specified_functions import SpecifiedFunctions
from textgym.protocols import Conversation, Example
from textgym.tasks.base import Turn
from textgym.tasks.code.execution import outcomes
from textgym.tasks.code.problem import Problem, check_problem
from textgym.tasks.code.program import program_of
from textgym.tasks.single_turn import SingleTurnTask

PROMPT = "Write the Python function:\n{prompt}"
FIELDS = ("prompt", "entry_point", "tests")


class CodeGenerationTask(SingleTurnTask):
    """Write a Python function in one message.

    The reward is the share of hidden cases that the function passes, in [0, 1]; with tests that are one text, as those
    of HumanEval, 1 or 0. The cases of `doctest:` sources are not hidden: the prompt shows all of them.

    Programs run in the sandbox; which program a reply stands for is told by `textgym.tasks.code.program`. An attempt may take 20 times the processor time of the solution and at least 0.5 s; 3 s
    where there is no solution.

    Metrics: `passed` (all cases), 0 or 1; `passed_share` in [0, 1]; `load_error` (the program does not compile, or
    raises when it is loaded), `timeout` and `crashed`, 0 or 1.

    Args:
        source: `"generated"` (functions assembled from steps), `"properties"` (generated functions of which several results
            are right, such as any order: hidden cases are properties, and there are no broken programs), `"humaneval"`
            (test split only), `"doctest:PACKAGE"` (functions of an installed package whose own version passes the examples
            of its docstring; `"doctest:stdlib"`), `"jsonl:PATH"` or `"hf:NAME"` with the fields `prompt` (signature and
            docstring), `entry_point` (name of the function) and `tests` (`>>>` examples, such as
            `>>> sorted(f([2, 1])) == [1, 2]` where several results are right, or a text with `check(candidate)` or
            assertions; such a text is run as it is: use files that you trust); in files optionally `solution` and
            `broken` (for repairs).
        broken: Whether generated functions come with a program that has one mistake, for repairs.

    Raises:
        UnknownName: If there is no such source.
        MissingExtra: If the source needs a package that is not installed.
        MalformedData: If the source lacks a field, or its tests are none.
        SandboxUnavailable: For `doctest:` sources, if programs cannot be run here.
    """

    def __init__(self, source: str = "generated", *, broken: bool = False) -> None:
        generators = (SpecifiedFunctions(broken=broken), OpenFunctions())
        super().__init__(source, generators=generators, fields=FIELDS)
        self.broken = broken
        self._check_records()

    def check(self, record: Record) -> None:
        """A record needs tests that can be run."""
        check_problem(_problem(record), where=f"{self.source}: record {record.id!r}")

    def example(self, record: Record) -> Example:
        """Prompt and solution of a record; `data` is that of its `Problem`."""
        problem = _problem(record)
        data = problem.to_data()
        if "failing" in record.fields:
            data["failing"] = record.fields["failing"]
        prompt = PROMPT.replace("{prompt}", problem.prompt)
        references = (problem.solution,) if problem.solution else ()
        return Example(record.id, prompt, references, record.group, data=data)

    def build_examples(self, split: Split) -> Sequence[Example]:
        """All examples of a finite source; of `doctest:` sources those whose solution passes its tests here."""
        examples = super().build_examples(split)
        if not self.source.startswith("doctest:"):
            return examples
        # Without the solution in it, a problem has a fixed time limit.
        attempts = [
            (Problem(p.prompt, p.entry_point, p.tests), p.solution) for p in map(Problem.of, examples)
        ]
        return tuple(e for e, o in zip(examples, outcomes(attempts), strict=True) if o.status == "passed")

    def generate(self, rng: np.random.Generator, split: Split, difficulty: float) -> Example:
        """A new function; outside the test split with no broken program that is a function of another split."""
        if self.source != SpecifiedFunctions.name or not self.broken or split == "test":
            return super().generate(rng, split, difficulty)
        return self.example(
            draw_from_split(SpecifiedFunctions(broken=True, apart=True), rng, split, difficulty)
        )

    def frozen(self, example: Example) -> dict[str, str]:
        """What the fingerprint covers: the tests and the program to be repaired too."""
        covered = {**super().frozen(example), "tests": example.data["tests"]}
        return {**covered, "broken": example.data["broken"]} if "broken" in example.data else covered

    def judge(self, batch: Sequence[tuple[Example, Conversation]]) -> list[Turn]:
        """Run the programs of all conversations at once; every episode ends here."""
        attempts = [attempt(example, conversation[-1]["content"]) for example, conversation in batch]
        return [Turn(None, o.share, True, o.metrics) for o in outcomes(attempts)]

    def score(self, example: Example, reply: str) -> tuple[float, dict[str, float]]:
        """Share of hidden cases passed, and the metrics."""
        outcome = outcomes([attempt(example, reply)])[0]
        return outcome.share, outcome.metrics


def attempt(example: Example, reply: str) -> tuple[Problem, str]:
    """The problem of an example and the program that a reply stands for."""
    problem = Problem.of(example)
    return problem, program_of(reply, prompt=problem.prompt, entry_point=problem.entry_point)


def _problem(record: Record) -> Problem:
    fields = record.fields
    prompt, entry_point, solution = fields["prompt"], fields["entry_point"], fields.get("solution", "")
    if solution:
        solution = program_of(solution, prompt=prompt, entry_point=entry_point)
    return Problem(prompt, entry_point, fields["tests"], solution, fields.get("broken", ""))
