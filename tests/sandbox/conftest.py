"""One strict sandbox for all tests that do not need one of their own."""

import pytest

from textgym.errors import SandboxUnavailable
from textgym.sandbox import Sandbox


@pytest.fixture(scope="session")
def box():
    """A strict sandbox with one worker; where there can be none the tests that ask for it are skipped."""
    with Sandbox(workers=1) as sandbox:
        try:
            assert sandbox.report["isolation"] == "strict"
        except SandboxUnavailable as missing:
            pytest.skip(str(missing))
        yield sandbox
