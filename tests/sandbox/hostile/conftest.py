"""What hostile programs are run against, and what outside of the sandbox must not have changed afterwards."""

import os
from pathlib import Path

import pytest


def children(pid: int) -> set[int]:
    """Process ids of the children of a process, of all its threads."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        found |= {int(child) for child in (task / "children").read_text().split()}
    return found


def drivers() -> set[int]:
    """Drivers of the sandboxes of this process."""
    names = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children(os.getpid())}
    return {pid for pid, name in names.items() if b"bootstrap.py\0driver" in name}


@pytest.fixture
def driver(box):
    """Gives the drivers that run now; those that ran when the test began are its attribute `before`."""
    box.report  # noqa: B018 - starts it

    def now() -> set[int]:
        return drivers()

    now.before = drivers()  # type: ignore[attr-defined]
    return now
