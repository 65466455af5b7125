"""Translates the source by the grammar that generated it: nearly the upper bound of the generated translation tasks.

    textgym evaluate agents/grammar_translation.py textgym/Translation-v0
    textgym evaluate agents/grammar_translation.py textgym/PostEditing-v0 --set language=fr

It knows the lexicon and the grammar, not the references, and copies what the grammar does not explain.
"""

import re

from textgym import Agent, as_agent
from textgym.data.grammar_translator import GrammarTranslator
from textgym.data.language_names import language_name
from textgym.data.synchronous_grammar import LANGUAGES
from textgym.tasks.post_editing import STOP, read_prompt

_CODES = {language_name(code): code for code in LANGUAGES}
_TRANSLATE = re.compile(r"Translate into (\w+):\n(.*)", re.DOTALL)
_REVISE = re.compile(r"Revise the (\w+) translation")


def make_agent() -> Agent:
    """The agent; it repeats messages that ask for something else."""
    return as_agent(reply)


def reply(message: str) -> str:
    """The translation; for a draft to revise, with STOP."""
    asked, draft = _TRANSLATE.fullmatch(message), read_prompt(message)
    language = asked or _REVISE.match(message)
    if language is None or language[1] not in _CODES or not (asked or draft):
        return message
    source = asked[2] if asked else draft[0]  # type: ignore[index]
    text = " ".join(GrammarTranslator(_CODES[language[1]])(source.split(), finished=True))
    return text if asked else f"{text}\n{STOP}"
