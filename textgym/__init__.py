"""textgym: Gymnasium environments for text agents."""

import importlib

from textgym import registration as registration

__version__ = "0.1.0"

_EXPORTS = {
    "evaluate": "textgym.agent_loading",
    "load_agent": "textgym.agent_loading",
    "as_agent": "textgym.protocols",
    "as_decision_agent": "textgym.protocols",
    "Agent": "textgym.protocols",
    "DecisionAgent": "textgym.protocols",
    "Example": "textgym.protocols",
    "Request": "textgym.protocols",
    "demonstrations": "textgym.evaluation.demonstrations",
    "get_state": "textgym.envs.snapshots",
    "set_state": "textgym.envs.snapshots",
}


def __getattr__(name: str):
    if name in _EXPORTS:
        return getattr(importlib.import_module(_EXPORTS[name]), name)
    raise AttributeError(f"module 'textgym' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_EXPORTS])
