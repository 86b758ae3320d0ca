"""The Python program of docs/api.md does what the text says, run as a reader would run it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from research_env.models import UNDER_WAY, Query
from research_env.worker import drain
from tests.factories.accounts import make_token
from tests.factories.releases import PHE508DEL, load_tiny_release
from tests.personas import World

PATIENCE_SECONDS = 60
Ask = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def ask(world: World, live_server: Any, tmp_path: Path) -> Iterator[Ask]:
    """`ask("CFTR")` starts the program with ada's token, her project and the tests' release."""
    text = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text(encoding="utf-8")
    program = tmp_path / "ask.py"
    program.write_text(re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0], encoding="utf-8")
    release = load_tiny_release(world.people["hana"])
    token = make_token(world.people["ada"])[1]
    started: list[subprocess.Popen[str]] = []

    def start(*genes: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(program), world.project.reference, release.reference, *genes]
        environment = {**os.environ, "LECTERN": live_server.url, "LECTERN_TOKEN": token}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen(command, env=environment, text=True, **pipes))  # type: ignore[call-overload]
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.django_db(transaction=True)
def test_program_of_the_docs__reads_what_it_asked(ask: Ask) -> None:
    program = ask("CFTR")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while program.poll() is None and time.monotonic() < deadline:
        for query in Query.objects.filter(status__in=UNDER_WAY):
            drain(query)
        time.sleep(0.1)
    output, errors = program.communicate(timeout=5)
    assert program.returncode == 0, errors
    lines = [line.split("\t") for line in output.splitlines()]
    assert len(lines) == Query.objects.get().result.variant_count > 0
    assert {line[1] for line in lines} == {"CFTR"}
    assert PHE508DEL not in {line[0] for line in lines}, "it is not rare"


@pytest.mark.django_db(transaction=True)
def test_program_of_the_docs__says_what_was_wrong(ask: Ask) -> None:
    output, errors = ask("CFTTR").communicate(timeout=PATIENCE_SECONDS)
    assert output == ""
    assert re.search(r"^question\.genes: CFTTR .*Did you mean CFTR", errors, re.MULTILINE)
