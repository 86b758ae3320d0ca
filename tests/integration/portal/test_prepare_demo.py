"""`manage.py prepare_demo` in a process and a database of its own, as ./demo calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

NAME = "lectern_prepare_demo"


@pytest.fixture
def environment(django_db_setup: None, tmp_path: Path) -> Iterator[dict[str, str]]:
    """An empty database beside the tests' own, and an empty state folder."""
    database = f"{os.environ.get('PYTEST_DB', '')}_{NAME}".strip("_")
    known = connection.settings_dict
    server = psycopg2.connect(
        dbname="postgres",
        user=known["USER"],
        password=known["PASSWORD"],
        host=known["HOST"],
        port=known["PORT"] or None,
    )
    server.autocommit = True
    server.cursor().execute(f'DROP DATABASE IF EXISTS "{database}"')
    server.cursor().execute(f'CREATE DATABASE "{database}"')
    addresses = {
        name: os.environ[name].rsplit("/", 1)[0] + f"/{database}"
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL")
        if name in os.environ
    }
    yield {
        **os.environ,
        **addresses,
        "DJANGO_SETTINGS_MODULE": "portal.settings.demo",
        "LECTERN_HOME": str(tmp_path),
    }
    server.cursor().execute(f'DROP DATABASE "{database}" WITH (FORCE)')
    server.close()


def manage(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.mark.processes
@pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="DATABASE_URL is not set")
def test_prepare_demo__sows_once_and_has_nothing_to_do_the_second_time(environment: dict[str, str]) -> None:
    first = manage(environment, "prepare_demo")
    for step in ("tables", "people: 12 people", "release: 1,200 genomes", "projects: 2 projects", "static files"):
        assert step in first
    assert manage(environment, "prepare_demo") == ""
    question = (
        "from accounts.models import User; from ngrl.models import Release; "
        "from portal.kernel.models import AuditEvent; "
        "print(User.objects.count(), Release.objects.published().count(), AuditEvent.objects.count())"
    )
    before = manage(environment, "shell", "--no-imports", "-v0", "-c", question)
    assert before.startswith("26 2 "), "people and releases"
    manage(environment, "seed_demo")
    assert manage(environment, "shell", "--no-imports", "-v0", "-c", question) == before


def test_seed_demo__refuses_outside_of_the_demo(db: None) -> None:
    from django.core.management import CommandError, call_command

    with pytest.raises(CommandError, match="must not be on a real portal"):
        call_command("seed_demo")


def test_demo_people__names_everybody_without_asking_a_database(capsys: pytest.CaptureFixture[str]) -> None:
    from django.core.management import call_command

    call_command("demo_people")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 13
    assert "Ada Researcher" in lines[1]
