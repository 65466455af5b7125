"""An honest rule-based agent: it sees messages only, and shows how the task is done."""

from zlib import crc32

from textgym.protocols import Conversation, Example
from textgym.tasks.dialogue.acts import AgentAct, AnythingElse, Book, Inform, NoMatch, Offer, Request, Search
from textgym.tasks.dialogue.domain import Domain
from textgym.tasks.dialogue.notebook import Notebook, take_notes
from textgym.tasks.dialogue.replies import agent_text
from textgym.tasks.dialogue.task import DialogueTask


def expert_reply(conversation: Conversation, domain: Domain | None = None) -> str:
    """The expert's next message.

    Args:
        conversation: All messages so far; nothing else is known.
        domain: What is spoken of, with the values that can be; None to find it out, of generated databases.

    Returns:
        The reply. Its wording varies with the newest message, and is the same for the same conversation.
    """
    notebook = take_notes(conversation, domain)
    return agent_text(expert_acts(notebook), crc32(conversation[-1]["content"].encode()), notebook.domain)


def expert_acts(notebook: Notebook) -> tuple[AgentAct, ...]:
    """What the expert says: ask, search, offer, answer, book, in this order."""
    n = notebook
    if n.focus is None and n.missing and n.questions < len(n.domain.values):
        return tuple(Request(slot) for slot in n.missing)
    if n.focus is None and n.searched != n.constraints:
        return (Search(tuple(n.constraints.items())),)
    if n.focus is None:
        if not n.found:
            return (NoMatch(),)
        best = n.found[0]
        return (Offer(best.name), *(Inform(slot, best.slots[slot]) for slot in n.domain.values))
    if n.unsaid:
        return tuple(Inform(slot, n.facts[slot]) for slot in n.unsaid)
    if n.wants_table and "reference" not in n.facts:
        if n.missing_for_table:
            return tuple(Request(slot) for slot in n.missing_for_table)
        return (Book(n.focus.id),)
    return (AnythingElse(),)


def expert_conversation(example: Example, task: DialogueTask | None = None) -> Conversation:
    """The expert's whole episode: the conversation up to and including its last message.

    Args:
        example: The episode.
        task: The task that gave it; None for restaurants as they are by default.
    """
    task = task or DialogueTask()
    conversation: Conversation = ({"role": "user", "content": example.prompt},)
    while True:
        conversation = (
            *conversation,
            {"role": "assistant", "content": expert_reply(conversation, task.domain_table)},
        )
        turn = task.judge([(example, conversation)])[0]
        if turn.reply is None:
            return conversation
        conversation = (*conversation, {"role": "user", "content": turn.reply})
