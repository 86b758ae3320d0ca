"""How the demo knows that nothing is left to do: a stamp on the database and one on the folder of static files.

The stamp of the database is a comment on a table, so that it goes where the database goes: another database or an
older backup is prepared anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.db import connection

_TABLE = "django_migrations"
# What the seed is made of: when one of these changes, it is sown again (and leaves alone what is there).
_SEED_SOURCES = ("portal/demo_*.py", "ngrl/demo/**/*", "ngrl/demo_*.py", "research_env/demo.py")


def wanted_stamp() -> str:
    """Digest of every migration and of all that the demo is sown from, and of where its files are kept."""
    migrations = (file for app in apps.get_app_configs() for file in (Path(app.path) / "migrations").glob("*.py"))
    seeds = (file for pattern in _SEED_SOURCES for file in settings.BASE_DIR.glob(pattern) if file.suffix != ".pyc")
    digest = _digest(file for file in (*migrations, *seeds) if file.is_file())
    return f"{digest} {hashlib.sha256(str(settings.LECTERN_HOME).encode()).hexdigest()[:16]}"


def database_stamp() -> str:
    """The stamp on the database, or "" where it has none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", [_TABLE])
        row = cursor.fetchone()
    return str(row[0] or "") if row else ""


def stamp_database(stamp: str) -> None:
    """Say on the database that it is prepared. Only the owner can."""
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE {_TABLE} IS %s", [stamp])


def wanted_static_stamp() -> str:
    """Digest of the names, sizes and times of all static files."""
    found = sorted(
        (name, Path(storage.path(name)).stat()) for finder in get_finders() for name, storage in finder.list([])
    )
    lines = [f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in found]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def static_stamp_file() -> Path:
    """Where the stamp of the collected static files is kept: beside them, not among what is served."""
    return Path(f"{settings.STATIC_ROOT}.stamp")


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(set(files)):
        digest.update(f"{file.name} {file.stat().st_size}".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
