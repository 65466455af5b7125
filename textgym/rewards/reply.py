"""The part of a conversation that a reward function reads."""

from textgym.protocols import Conversation


def newest_reply(conversation: Conversation) -> str:
    """The agent's newest message.

    Raises:
        ValueError: If the agent has not spoken.
    """
    return conversation[_newest(conversation)]["content"]


def prompt_of_reply(conversation: Conversation) -> str:
    """The environment's message that the agent's newest message answers; empty if there is none.

    Raises:
        ValueError: If the agent has not spoken.
    """
    for message in reversed(conversation[: _newest(conversation)]):
        if message["role"] == "user":
            return message["content"]
    return ""


def up_to_reply(conversation: Conversation) -> Conversation:
    """The conversation without what follows the agent's newest message.

    Raises:
        ValueError: If the agent has not spoken.
    """
    return conversation[: _newest(conversation) + 1]


def _newest(conversation: Conversation) -> int:
    for place in range(len(conversation) - 1, -1, -1):
        if conversation[place]["role"] == "assistant":
            return place
    raise ValueError(f"there is nothing to reward: no assistant message among {len(conversation)} messages")
