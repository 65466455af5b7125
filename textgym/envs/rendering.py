"""Pictures of a conversation: coloured text and HTML."""

import html
from collections.abc import Sequence

from textgym.errors import UnsupportedRenderMode
from textgym.protocols import Conversation

_COLOURS = {"system": "\033[90m", "user": "\033[36m", "assistant": "\033[32m"}
_RESET = "\033[0m"


def check_render_mode(mode: str | None, modes: Sequence[str]) -> str | None:
    """The mode itself.

    Raises:
        UnsupportedRenderMode: If it is neither None nor one of `modes`.
    """
    if mode is not None and mode not in modes:
        raise UnsupportedRenderMode(f"render_mode must be 'ansi', 'html' or None, got {mode!r}")
    return mode


def rendered(conversation: Conversation, mode: str) -> str:
    """The conversation in the mode `"ansi"` or `"html"`."""
    return (render_ansi if mode == "ansi" else render_html)(conversation)


def render_ansi(conversation: Conversation) -> str:
    """The conversation with a coloured speaker before each message."""
    return "\n".join(
        f"{_COLOURS[m['role']]}{m.get('name', m['role'])}{_RESET}: {m['content']}" for m in conversation
    )


def render_html(conversation: Conversation) -> str:
    """The conversation as an HTML fragment: one `<p class="role">` per message, everything escaped."""
    rows = (
        f'<p class="{m["role"]}"><b>{html.escape(m.get("name", m["role"]))}</b> '
        f'<span style="white-space: pre-wrap">{html.escape(m["content"])}</span></p>'
        for m in conversation
    )
    return '<div class="textgym">' + "".join(rows) + "</div>"
