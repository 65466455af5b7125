"""The numbered moves, and which of them have something to say."""

import numpy as np
import pytest

from textgym.tasks.dialogue.acts_task import DialogueActsTask
from textgym.tasks.dialogue.domains import DOMAINS
from textgym.tasks.dialogue.moves import moves


@pytest.mark.parametrize("domain", DOMAINS)
def test_with_content_are_the_moves_whose_message_is_not_empty(domain):
    rng, task = np.random.default_rng(3), DialogueActsTask(domain=domain)
    seen = set()
    for number in range(20):
        state = task.start(task.generate(rng, "train", number / 19))
        while not state.world.over:
            mask = task.mask(state)
            assert mask.tolist() == [
                bool(move(state.belief.notes)) for move in moves(DOMAINS[domain]).values()
            ]
            seen |= set(zip(moves(DOMAINS[domain]), mask.tolist(), strict=True))
            state = task.step(state, int(rng.choice(np.flatnonzero(mask)))).state
    changing = (
        "ask_wishes",
        "no_match",
        "offer_1",
        "offer_2",
        "offer_3",
        "answer",
        "tell_details",
        "ask_table",
    )
    assert {(move, legal) for move in changing for legal in (True, False)} <= seen
