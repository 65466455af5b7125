"""The deadline is kept outside, in processor time."""

import socket
import time

import pytest

from textgym.sandbox import guest
from textgym.sandbox.running_guest import GuestStopped, RunningGuest


class Server:
    """A zygote whose guest gets a share of a processor."""

    def __init__(self, share):
        self.share, self.began = share, time.monotonic()

    def cpu_s(self, number):
        return self.share * (time.monotonic() - self.began)


def listen_for_ever(running, chatterer):
    running.start(0.3, {"program": ""})
    while True:
        if chatterer:
            chatterer.sendall(b"\2\0\0\0[]")
        running.receive()


def stopped_because(share, *, chatty=False):
    """Why a guest that never answers is stopped."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(guest.READY)
        ours.setblocking(False)
        running = RunningGuest(Server(share), 1, ours, None)  # type: ignore[arg-type]
        with pytest.raises(GuestStopped) as stopped:
            listen_for_ever(running, theirs if chatty else None)
        with pytest.raises(GuestStopped):
            running.send([])
        assert running.stopped is stopped.value
    assert stopped.value.status == "timeout"
    return stopped.value.detail


@pytest.mark.parametrize("chatty", [False, True])
@pytest.mark.parametrize("share", [1.0, 0.2])
def test_a_guest_that_computes_is_stopped_by_its_processor_time_even_on_a_busy_machine(share, chatty):
    assert "processor time" in stopped_because(share, chatty=chatty)


@pytest.mark.parametrize("share", [0.0, 0.02])
def test_a_guest_that_sleeps_is_stopped_by_the_wall_clock(share):
    assert "no answer" in stopped_because(share)


def test_the_first_byte_tells_a_guest_from_a_fork_that_failed():
    ours, theirs = socket.socketpair()
    with ours:
        theirs.close()
        ours.setblocking(False)
        running = RunningGuest(Server(0.0), 1, ours, None)  # type: ignore[arg-type]
        with pytest.raises(GuestStopped):
            running.start(1.0, {"program": ""})
        assert (running.hung_up, running.ready) == (True, False)
