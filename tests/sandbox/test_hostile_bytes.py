"""The driver's side against a guest that sends anything at all, in one process and without a sandbox."""

import json
import random
import socket
from collections import Counter

import pytest

from textgym.sandbox import Case, CaseJob, DoctestJob, TestJob, guest, wire
from textgym.sandbox.channel import Channel, ChannelClosed
from textgym.sandbox.judging import judge
from textgym.sandbox.running_guest import RunningGuest

# No message holds this, so no verdict may be "passed".
SECRET = "forty-two"
TEXTS = {
    "literal": "def check(c):\n    assert c(1) == 'forty-two'\n    assert c(2) == 'forty-two'",
    "one by one": "def check(c):\n    for i in range(3):\n        assert c(i) == 'forty-two'",
    "swallows": "def check(c):\n    for i in range(3):\n        try:\n            c(i)\n        except:\n            pass\n    assert c(4) == 'forty-two'",
    "callback": "def check(c):\n    assert c(lambda *a, **k: a) == 'forty-two'\n    assert c([1], len) == 'forty-two'",
    "object": "def check(c):\n    o = c()\n    assert o.a.b(o, x=[o])[0] == 'forty-two' and len(o) and list(o) == ['forty-two'] and str(o)",
    "mutation": "def check(c):\n    x, y = [[1], {2: [3]}], bytearray(b'x')\n    c(x, k=y)\n    assert x == 'forty-two'",
}
JOBS = [
    *[
        TestJob("p", "f", text, timeout_s=60.0, objects=objects, mutable_arguments=mutable).to_wire()
        for text in TEXTS.values()
        for objects in (False, True)
        for mutable in (False, True)
    ],
    CaseJob("p", "f", [Case((1,), SECRET), Case(([2],), SECRET, args_after=([3],))], 60.0).to_wire(),
    DoctestJob("p", "f", f">>> f(1)\n{SECRET!r}\n>>> f(2)\n{SECRET!r}\n", timeout_s=60.0).to_wire(),
]
LEAVES = [
    None, True, False, 0, 1, -1, 2**31, 2**63, -(2**63), 0.5, 1e308, float("nan"), float("inf"), "", "a", "\ud800", "0x1",
    "ValueError", "StopIteration", "UnicodeDecodeError", "ExceptionGroup", "KeyError", "GuestStopped", "BaseException",
    "returned", "raised", "unloadable", "callback", "<i8", "|O", "00" * 8, "1e999999", "f" * 300,
]  # fmt: skip
TAGS = [*"tsfedibBcrqDInhgF", "z", ""]


def value(rng, depth=0):
    """JSON values that look like answers."""
    kind = rng.random()
    if depth > 4 or kind < 0.4:
        return rng.choice(LEAVES)
    if kind < 0.6:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    if kind < 0.95:
        return {rng.choice(TAGS): value(rng, depth + 1)}
    return {rng.choice(TAGS): value(rng, depth + 1), rng.choice(TAGS): value(rng, depth + 1)}


def frame(rng):
    """One message, well formed or nearly or not at all."""
    shape = rng.random()
    if shape < 0.35:
        message = [
            "returned",
            value(rng),
            [value(rng) for _ in range(rng.randrange(3))],
            rng.choice(["", "x", 0]),
        ]
    elif shape < 0.5:
        message = [rng.choice(["raised", "unloadable"]), rng.choice(LEAVES), rng.choice(LEAVES)]
    elif shape < 0.7:
        message = ["callback", rng.choice([0, 0, 0, 1, -1, "0", None]), [value(rng)], [["k", value(rng)]]]
    else:
        message = value(rng)
    body = bytearray(json.dumps(message).encode())
    if rng.random() < 0.3:
        for _ in range(rng.randrange(1, 4)):
            body[rng.randrange(len(body))] = rng.randrange(256)
    size = len(body) if rng.random() < 0.95 else rng.choice([0, 1, 2**31, 2**32 - 1, len(body) + 1, 4 << 20])
    return wire.HEADER.pack(size) + body


class IdleServer:
    """A zygote whose guests use no time."""

    def cpu_s(self, number):
        return 0.0


def status_of(job, data):
    """The verdict when a guest sends these bytes and hangs up."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(guest.READY + data)
        theirs.shutdown(socket.SHUT_WR)
        ours.setblocking(False)
        return judge(RunningGuest(IdleServer(), 1, ours, None), job)["status"]  # type: ignore[arg-type]


@pytest.mark.parametrize("n_messages", [10_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_no_bytes_pass(n_messages):
    rng = random.Random(0)
    statuses, sent = Counter(), 0
    while sent < n_messages:
        frames = [frame(rng) for _ in range(rng.randrange(1, 8))]
        sent += len(frames)
        statuses[status_of(rng.choice(JOBS), b"".join(frames))] += 1
    assert set(statuses) <= {"failed", "crashed", "error"}
    # Not all of them are stopped at the door.
    assert min(statuses[status] for status in ("failed", "crashed", "error")) > len(frames)


ANSWERABLE = [
    job
    for job in JOBS
    if not job.get("mutable_arguments") and job.get("test") not in (TEXTS["object"], TEXTS["mutation"])
]


@pytest.mark.parametrize("job", ANSWERABLE, ids=lambda job: job["kind"])
def test_the_right_answers_do_pass_or_the_above_means_nothing(job):
    right = json.dumps(["returned", SECRET, [[3]] * (job["kind"] == "cases"), ""]).encode()
    assert status_of(job, (wire.HEADER.pack(len(right)) + right) * 4) == "passed"


def test_a_channel_gives_messages_or_says_why_not():
    rng = random.Random(1)
    for _ in range(2_000):
        ours, theirs = socket.socketpair()
        theirs.sendall(frame(rng))
        theirs.close()
        channel = Channel(ours, max_message_bytes=1 << 20)
        try:
            channel.receive()
        except (wire.Malformed, ChannelClosed):
            pass
        finally:
            channel.close()
