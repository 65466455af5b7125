"""What tells that a file was written again."""

from pathlib import Path

FileStamp = tuple[int, int]
"""Time of writing in ns, and size in bytes."""


def file_stamp(path: Path | str) -> FileStamp:
    """The stamp of a file, as part of the key of what was read from it; zeros if it is not there."""
    try:
        stat = Path(path).stat()
    except OSError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_size)
