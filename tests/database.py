"""A database with all migrations applied: what the database of each test process and of each stage is a copy of.

Applying them takes half a minute, nearly all of it Django's own work of rendering its models anew for each step. So the
outcome is made once for all processes of a run, and kept as a dump, named by a digest of what made it, for the next.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest

from portal.stack.postgres_files import MAJOR, PACKAGE
from portal.stack.wheels import package_folder

ROOT = Path(__file__).resolve().parents[1]
DUMPS = ROOT / "var" / "cache" / "migrated"


def migrated_database() -> str:
    """The name of the database to copy from; nobody connects to it."""
    name = f"{os.environ.get('PYTEST_DB', 'test_lectern')}_migrated"
    DUMPS.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time():
        if not execute(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            _make(f"{name}_unfinished")
            execute(f'ALTER DATABASE "{name}_unfinished" RENAME TO "{name}"')
    return name


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (DUMPS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(name: str) -> None:
    """From the dump of these very migrations if there is one that this server takes, else by applying them."""
    dump = DUMPS / f"{_digest()}.dump"
    if dump.exists():
        _make_empty(name)
        if _postgres("pg_restore", "--exit-on-error", f"--dbname={_as_libpq(named(owner_url(), name))}", str(dump)):
            return
    _make_empty(name)
    _migrate(name)
    for old in DUMPS.glob("*.dump*"):
        old.unlink()
    draft = Path(f"{dump}.part")
    if _postgres("pg_dump", "--format=custom", f"--file={draft}", _as_libpq(named(owner_url(), name))):
        draft.rename(dump)


def _make_empty(name: str) -> None:
    execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    execute(f'CREATE DATABASE "{name}"')


def _migrate(name: str) -> None:
    """The owner makes the tables and says what the web's own role may do with them."""
    environment = {**os.environ, "DATABASE_URL": named(owner_url(), name), "DATABASE_OWNER_URL": ""}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"The tables could not be made:\n{done.stderr[-3000:]}")


def _postgres(program: str, *arguments: str) -> bool:
    """Whether a program of PostgreSQL's own did its work; without it there is no dump, and every run applies anew."""
    folder = package_folder(PACKAGE)
    path = folder / f"pginstall{MAJOR}" / "bin" / program if folder else Path(program)
    try:
        return not subprocess.run([str(path), *arguments], capture_output=True, check=False).returncode
    except FileNotFoundError:
        return False


def _digest() -> str:
    """Changes with any migration, of ours or of a library."""
    from django.apps import apps

    digest = hashlib.sha256()
    for config in sorted(apps.get_app_configs(), key=lambda each: each.label):
        for path in sorted(Path(config.path).glob("migrations/*.py")):
            digest.update(f"{config.label} {path.name} ".encode() + path.read_bytes())
    return digest.hexdigest()[:32]


def owner_url() -> str:
    """The address by which tables are made."""
    return os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]


def named(url: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def execute(sql: str) -> int:
    """Run a statement on the server, outside of any transaction; returns how many rows it answered with."""
    connection = psycopg2.connect(_as_libpq(named(owner_url(), "postgres")))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return int(cursor.rowcount)
    finally:
        connection.close()


def _as_libpq(url: str) -> str:
    """An address as PostgreSQL reads it; the portal's addresses may have a socket's folder in the place of the host."""
    return url.replace("postgres://", "postgresql://", 1)
