"""The world that every test stands in: one database, real files in a scratch folder, and the demo's people."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User
    from tests.personas import World

# Two cores shared by many processes are slow now and then; that is no fault of the code under test.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

REPOSITORY = Path(__file__).resolve().parents[1]
AUDIT_TABLES = ("kernel_auditevent", "kernel_auditlink")
_emptied: set[str] = set()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are named by what they are for: an archive made at import holds the time, and two processes must agree."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session", autouse=True)
def _flush_with_the_owners_hand() -> Iterator[None]:
    """Tests with real commits empty the tables afterwards; only the tables' owner can lift the audit log's guard."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    original = DatabaseOperations.sql_flush

    def sql_flush(self: Any, style: Any, tables: Any, **kwargs: Any) -> list[str]:
        guarded = [table for table in AUDIT_TABLES if table in tables]
        lift = [f"ALTER TABLE {table} DISABLE TRIGGER kernel_audit_append_only" for table in guarded]
        restore = [f"ALTER TABLE {table} ENABLE TRIGGER kernel_audit_append_only" for table in guarded]
        _emptied.add(self.connection.alias)
        return [*lift, *original(self, style, tables, **kwargs), *restore]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Copy the test database from one in which the migrations have been applied."""
    from django.db import connection

    from tests.database import migrated_database

    connection.settings_dict["TEST"]["TEMPLATE"] = migrated_database()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """One world for all tests, committed once after the migrations."""
    from tests.personas import build_world

    with django_db_blocker.unblock():
        build_world()


@pytest.fixture(scope="session", autouse=True)
def _signed_in_by_force_is_signed_in_with_both_factors() -> Iterator[None]:
    """`force_login` has no request of a browser: only then is the second factor written down as given, for good."""
    from django.contrib.auth.signals import user_logged_in

    from accounts.gates.second_factor import mark_second_factor

    def mark(sender: Any, request: Any, user: User, **kwargs: Any) -> None:
        if "REMOTE_ADDR" not in request.META:
            mark_second_factor(request.session, user, stays_fresh=timedelta(days=3650))

    user_logged_in.connect(mark)
    yield
    user_logged_in.disconnect(mark)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """The world stands again for a test that rolls back, after one with real commits has emptied the tables.

    Groups of tests are run first (pytest-xdist's order), so one with real commits is not always among the last.
    """
    mark = item.get_closest_marker("django_db")
    commits = mark is not None and mark.kwargs.get("transaction")
    if _emptied and not commits and "transactional_db" not in getattr(item, "fixturenames", ()):
        from django.db import connection
        from pytest_django.plugin import blocking_manager_key

        from tests.personas import build_world

        with item.config.stash[blocking_manager_key].unblock():
            build_world()
            connection.close()
        _emptied.clear()


@pytest.fixture(autouse=True)
def _no_test_inherits_the_cells_of_another(django_db_blocker: Any) -> Iterator[None]:
    """What a test read for a project outside a request ends with the test, as it ends with a request or a task."""
    yield
    from ngrl.selectors import stop_reading_cells

    with django_db_blocker.unblock():
        stop_reading_cells()


@pytest.fixture
def world(db: None) -> World:
    """The personas, their projects and datasets; built anew where a test with real commits has emptied the tables."""
    from tests.personas import build_world

    return build_world()


@pytest.fixture
def people(world: World) -> Mapping[str, User]:
    """The personas by key; without "anon", who has no account."""
    return world.people


@pytest.fixture
def client_of(people: Mapping[str, User]) -> Callable[[str], Client]:
    """`client_of("ada")` is a browser in which ada is signed in; "anon" is nobody's."""
    from django.test import Client

    def signed_in(persona: str) -> Client:
        client = Client()
        if persona != "anon":
            client.force_login(people[persona])
        return client

    return signed_in


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with real files, read in place and never copied."""
    folder = Path(os.environ.get("LECTERN_REAL_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        missing("real_data", f"there is no {folder}; set LECTERN_REAL_DATA to the folder with the real files")
    return folder


@pytest.fixture(scope="session")
def require() -> Callable[[str], str]:
    """`require("bcftools")` gives the program's path, or skips the test and says so."""

    def find(program: str) -> str:
        found = shutil.which(program)
        if found is None:
            missing(program, f"{program} is not installed")
        return str(found)

    return find


@pytest.fixture(scope="session")
def clamd_address(require: Callable[[str], str]) -> Iterator[str]:
    """Where a real clamd with hand-made signatures listens (tests/clamd.py)."""
    from tests.clamd import running_clamd

    with running_clamd(require("clamd")) as address:
        yield address


@pytest.fixture
def scanner(clamd_address: str, settings: Any) -> str:
    """The portal looks for malware with a real clamd, whose signatures are hand-made and thus without a date."""
    settings.CLAMD_ADDRESS, settings.CLAMD_ACCEPTS_UNDATED_SIGNATURES = clamd_address, True
    return clamd_address


def missing(what: str, reason: str) -> NoReturn:
    """Skip for want of something; a failure where LECTERN_REQUIRE (a comma list, as in CI) says it must be there."""
    if what in os.environ.get("LECTERN_REQUIRE", "").split(","):
        pytest.fail(f"LECTERN_REQUIRE wants {what}, but {reason}")
    pytest.skip(reason)
