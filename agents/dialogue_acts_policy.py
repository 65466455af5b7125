"""A hand-written policy for textgym/DialogueActs-v0, after `scripted_dialogue.py`: it follows changes of wishes.

It searches again whenever a wish has changed, says so when nothing fits, and offers with all details at once; the rule
is that of the demonstrations, `textgym.tasks.dialogue.acts_expert`:

    textgym evaluate agents/dialogue_acts_policy.py textgym/DialogueActs-v0

The careful one expects to be misled (`noise`). It says with every offer which wishes it met, so that the user can object
to a misheard one, and takes for a yes whatever is not an objection:

    textgym evaluate agents/dialogue_acts_policy.py:make_careful_agent textgym/DialogueActs-v0 --set noise=0.5
"""

from functools import partial

from textgym.protocols import DecisionAgent, as_decision_agent
from textgym.tasks.dialogue.acts_expert import decide, expert_action


def make_agent() -> DecisionAgent:
    """The agent; it keeps no memory of its own."""
    return as_decision_agent(expert_action)


def make_careful_agent() -> DecisionAgent:
    """The careful agent; it keeps no memory of its own."""
    return as_decision_agent(partial(decide, _careful_move))


def _careful_move(belief: dict[str, float], legal: set[str]) -> str:
    objects = belief["heard:Deny"] or belief["heard:Change"] or belief["heard:CheckAgain"]
    if belief["offered"] and not objects:
        if "answer" in legal:
            return "answer"
        if belief["wants_table"] and not belief["booked"]:
            return "ask_table" if "ask_table" in legal else "book"
        # What the user asked for was perhaps not heard: say all there is, once, then ask.
        return "anything_else" if belief["last:tell_details"] else "tell_details"
    if "ask_wishes" in legal and not belief["last:ask_wishes"]:
        return "ask_wishes"
    if belief["searched"] != 1:
        return "search"
    return "no_match" if belief["nothing_found"] else "offer_1"
