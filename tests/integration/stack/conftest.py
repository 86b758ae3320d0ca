"""Real processes for the supervisor's tests; what a test starts is ended with it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.stack.processes import Sandbox


@pytest.fixture
def start_sandbox(tmp_path: Path) -> Iterator[Callable[[], Sandbox]]:
    """Start sandboxes, each with the same state folder."""
    made: list[Sandbox] = []

    def start() -> Sandbox:
        made.append(Sandbox(tmp_path / "home"))
        return made[-1]

    yield start
    for sandbox in made:
        if sandbox.process.poll() is None:
            sandbox.stop()
        if sandbox.process.stdout and not sandbox.process.stdout.closed:
            sandbox.process.stdout.close()
