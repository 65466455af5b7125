"""What the fork server, the image and the driver make of trouble, without a sandbox."""

import errno
import mmap
import os
import signal
import socket
from types import SimpleNamespace

import pytest

from textgym.sandbox import driver, zygote
from textgym.sandbox.fork_server import Ended, ForkFailed, ForkServer
from textgym.sandbox.library_image import build_image
from textgym.sandbox.standard_library import MemoryImporter


def test_a_fork_that_fails_is_told_when_the_guest_is_ended(monkeypatch):
    def no_more():
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", no_more)
    control, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    descriptor = os.dup(0)
    with control, other:
        born = zygote._spawn(control, [descriptor], None)
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)  # closed, so that the driver sees the end of the guest's socket
        server = object.__new__(ForkServer)
        server._control = other
        control.send(zygote._end(born))
        with pytest.raises(ForkFailed, match="fork: Resource"):
            server.finish_ending()


@pytest.mark.parametrize(
    ("hung_up", "ready", "exit_code", "found"),
    [
        (True, False, 1, "trouble"),  # it could not put its lock on
        (True, False, -signal.SIGKILL, "trouble"),
        (True, True, -signal.SIGKILL, "suspicion"),
        (True, True, 0, None),
        (True, True, -signal.SIGSEGV, None),
        (False, True, -signal.SIGKILL, None),  # the driver's own doing
        (False, False, -signal.SIGKILL, None),
    ],
)
def test_how_an_end_is_read(hung_up, ready, exit_code, found):
    guest = SimpleNamespace(hung_up=hung_up, ready=ready)
    usage = driver._usage(guest, Ended(exit_code, 0.1, 1), 0.0)  # type: ignore[arg-type]
    assert [key for key in ("trouble", "suspicion") if key in usage] == ([found] if found else [])


def test_the_image_cannot_be_changed_by_those_who_hold_it():
    image = build_image()
    try:
        with pytest.raises(PermissionError):
            os.pwrite(image, b"x", 0)
        with pytest.raises(PermissionError):
            os.ftruncate(image, 0)
        with pytest.raises(PermissionError):
            mmap.mmap(image, 4096, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
    finally:
        os.close(image)


def test_the_image_imports_from_byte_code_and_from_source(monkeypatch):
    # Installations without byte code exist: images of containers remove it to be small.
    monkeypatch.setattr("importlib.util.MAGIC_NUMBER", b"none")
    from_source = build_image()
    monkeypatch.undo()
    compiled = build_image()
    try:
        for image in (from_source, compiled):
            importer = MemoryImporter(image)
            spec = importer.find_spec("colorsys")
            assert spec is not None
            module = type(os)("colorsys")
            module.__spec__ = spec
            importer.exec_module(module)
            assert module.rgb_to_hsv(1, 0, 0) == (0.0, 1.0, 1)
            package = importer.find_spec("xml.dom")
            assert package is not None
            assert package.submodule_search_locations == []
            assert importer.find_spec("pytest") is None
            assert importer.find_spec("test") is None
    finally:
        os.close(from_source)
        os.close(compiled)
