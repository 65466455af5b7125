"""Who demonstrates each task: its references, or a policy that needs none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from textgym.envs.decision_env import DecisionEnv
from textgym.envs.text_env import TextEnv
from textgym.errors import InvalidValue
from textgym.protocols import Conversation
from textgym.tasks.base import ExampleSource
from textgym.tasks.chitchat import ChitChatTask
from textgym.tasks.code.generation import CodeGenerationTask
from textgym.tasks.code.grammar_task import CodeGrammarTask, Draft
from textgym.tasks.code.repair import CodeRepairTask
from textgym.tasks.dialogue import acts_expert
from textgym.tasks.dialogue.acts_task import ActsState, DialogueActsTask
from textgym.tasks.dialogue.expert import expert_reply
from textgym.tasks.dialogue.task import DialogueTask
from textgym.tasks.extractive_summarization import ExtractiveSummarizationTask
from textgym.tasks.negotiation import expert as negotiation_expert
from textgym.tasks.negotiation.task import NegotiationTask
from textgym.tasks.post_editing import STOP, PostEditingTask
from textgym.tasks.query_focused_summarization import QueryFocusedSummarizationTask
from textgym.tasks.simultaneous_translation import READ, WRITE, Interpretation, SimultaneousTranslationTask
from textgym.tasks.summarization import SummarizationTask
from textgym.tasks.translation import TranslationTask
from textgym.tasks.twenty_questions import expert as questions_expert
from textgym.tasks.twenty_questions.task import TwentyQuestionsTask


@dataclass(frozen=True)
class Expert:
    """Who demonstrates a task.

    Args:
        name: What it is, for a person.
        sees_example: Whether it knows what agents do not, such as references.
        act: From a running environment without wrappers, and the conversation of a text environment (empty for
            decisions), to the next message or legal action.
    """

    name: str
    sees_example: bool
    act: Callable[[Any, Conversation], Any]


def expert_of(task: ExampleSource) -> Expert:
    """The expert of a task.

    Raises:
        InvalidValue: If none is known.
    """
    expert = _EXPERTS.get(type(task))
    if expert is None:
        known = ", ".join(sorted(kind.__name__ for kind in _EXPERTS))
        raise InvalidValue(f"no expert is known for {type(task).__name__}; there is one for each of {known}")
    return expert


def _reference(env: TextEnv, conversation: Conversation) -> str:
    example = env.example
    if not example.references:
        raise InvalidValue(
            f"example {example.id!r} of source {env.task.source!r} has no reference, which is what an expert would say; "
            "use a source with references"
        )
    return example.references[0]


def _hand_in(env: TextEnv, conversation: Conversation) -> str:
    return f"{_reference(env, conversation)}\n{STOP}"


def _dialogue(env: TextEnv, conversation: Conversation) -> str:
    return expert_reply(conversation, cast(DialogueTask, env.task).domain_table)


def _by_vector(rule: Callable[[np.ndarray, np.ndarray], int]) -> Callable[[DecisionEnv, Conversation], int]:
    return lambda env, _: rule(env.task.vector(env.state), env.action_masks())


def _dialogue_acts(env: DecisionEnv, _: Conversation) -> int:
    # Whatever the environment shows: a summary leaves out what the expert goes by.
    belief = cast(ActsState, env.state).belief
    return acts_expert.expert_action(np.array(belief.full()), env.action_masks())


def _code_grammar(env: DecisionEnv, _: Conversation) -> int:
    derived = cast(Draft, env.state).derivation.productions
    return cast(CodeGrammarTask, env.task).demonstration(env.example)[len(derived)]


def _greedy(env: DecisionEnv, _: Conversation) -> int:
    legal = np.flatnonzero(env.action_masks()).tolist()
    # Equal rewards are decided for the largest number, which is stopping.
    return max(legal, key=lambda action: (env.task.step(env.state, action).reward, action))


def _once_final(env: DecisionEnv, _: Conversation) -> int:
    """Write the next word if it stands there in the translation of the whole sentence, else hear on."""
    state = whole = cast(Interpretation, env.state)
    while not whole.finished:
        whole = env.task.step(whole, READ).state
    final = whole.translation[len(state.written) : len(state.written) + 1]
    return WRITE if state.finished or (state.next_word,) == final else READ


_REFERENCE = Expert("the first reference", True, _reference)
_EXPERTS: Mapping[type, Expert] = {
    TranslationTask: _REFERENCE,
    PostEditingTask: Expert("the first reference, handed in at once", True, _hand_in),
    SummarizationTask: _REFERENCE,
    QueryFocusedSummarizationTask: _REFERENCE,
    ChitChatTask: _REFERENCE,
    CodeGenerationTask: Expert("the source's solution", True, _reference),
    CodeRepairTask: Expert("the source's solution", True, _reference),
    CodeGrammarTask: Expert("the reference's productions", True, _code_grammar),
    DialogueTask: Expert("a script that reads messages only", False, _dialogue),
    DialogueActsTask: Expert("a script that follows changes of wishes", False, _dialogue_acts),
    ExtractiveSummarizationTask: Expert("greedy picks by the reference", True, _greedy),
    NegotiationTask: Expert("concessions step by step", False, _by_vector(negotiation_expert.expert_action)),
    TwentyQuestionsTask: Expert(
        "the question of the largest entropy", False, _by_vector(questions_expert.expert_action)
    ),
    SimultaneousTranslationTask: Expert("each word as soon as it is final", True, _once_final),
}
