"""Whole messages over a stream socket between processes that wait for each other."""

import socket
from typing import Any

from textgym.sandbox import wire


class ChannelClosed(EOFError):
    """The other side is gone."""


class Channel:
    """Blocking messages over one socket.

    Args:
        connection: A connected stream socket; the channel owns it.
        max_message_bytes: Longer incoming messages are refused.
    """

    def __init__(self, connection: socket.socket, *, max_message_bytes: int = 256 << 20) -> None:
        self._connection = connection
        self._max_message_bytes = max_message_bytes

    def fileno(self) -> int:
        """Descriptor of the socket, for waiting."""
        return self._connection.fileno()

    def send(self, message: Any) -> None:
        """Send JSON values.

        Raises:
            OSError: If the other side is gone, or does not read within the socket's time limit.
        """
        self._connection.sendall(wire.pack(message))

    def receive(self) -> Any:
        """The next message.

        Raises:
            ChannelClosed: If the other side is gone.
            wire.Malformed: If it sent something else than a message.
            OSError: If it does not send within the socket's time limit.
        """
        (size,) = wire.HEADER.unpack(self._exactly(wire.HEADER.size))
        if size > self._max_message_bytes:
            raise wire.Malformed(f"a message of {size} bytes; at most {self._max_message_bytes} are taken")
        return wire.unpack(self._exactly(size))

    def _exactly(self, size: int) -> bytes:
        got = self._connection.recv(size)
        if len(got) == size:
            return got
        parts, left = [got], size - len(got)
        while left:
            if not parts[-1]:
                raise ChannelClosed("the other side is gone")
            parts.append(self._connection.recv(min(left, 1 << 20)))
            left -= len(parts[-1])
        return b"".join(parts)

    def close(self) -> None:
        """Close the socket."""
        self._connection.close()
