"""Examples and states of dialogue acts as objects: prompts, pickles."""

import pickle

import numpy as np

from textgym.tasks.dialogue.acts_task import DialogueActsTask
from textgym.tasks.dialogue.moves import MOVE_NAMES

TASK = DialogueActsTask()


def drawn(seed, difficulty=0.5):
    return TASK.generate(np.random.default_rng(seed), "train", difficulty)


def _offered():
    step = TASK.step(TASK.start(drawn(5)), MOVE_NAMES.index("search"))
    return TASK.step(step.state, MOVE_NAMES.index("offer_1"))


def test_the_prompt_is_what_the_user_says_first_in_acts():
    item = drawn(2, 0.5)
    said = ", ".join(
        f"user inform {slot}={value}" for slot, value in TASK.start(item).belief.notes.wishes.items()
    )
    assert item.prompt == said
    assert "inform" in said
    noisy = DialogueActsTask(noise=1.0)
    items = [noisy.generate(np.random.default_rng(seed), "train", 0.5) for seed in range(20)]
    # Heard as the agent hears it: lost or misheard in some.
    assert all((item.prompt == "silence") == (not noisy.start(item).belief.answer) for item in items)
    assert len({item.prompt for item in items}) > 10


def test_steps_and_states_pickle():
    step = _offered()
    state, again = step.state, pickle.loads(pickle.dumps(step)).state
    assert pickle.loads(pickle.dumps(step)) == step
    assert again.database.search({}) == state.database.search({})
    assert TASK.step(again, MOVE_NAMES.index("answer")) == TASK.step(state, MOVE_NAMES.index("answer"))
