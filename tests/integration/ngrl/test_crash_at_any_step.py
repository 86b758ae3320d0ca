"""A load that breaks off at any of its statements leaves everything as it was, the release before it above all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from ngrl.models import Release
from ngrl.services import load_clinical, load_release, publish_at_once
from tests.factories.clinical import write_clinical
from tests.factories.genomes import FIRST, SECOND, with_genomes
from tests.factories.ngrl import SETUP, record, vcf_text, write_vcf

pytestmark = pytest.mark.django_db
ROWS = (f"{FIRST}\tHP:0001250\tyes\t2024-05-01", f"{SECOND}\tHP:0001250\tno\t2024-05-02")
SICK = (f"{FIRST}\tC50.9\tBreast\t2\t51\t70.5",)
# They belong to the test's own transaction, in which a load is a part; a crash undoes it whatever they were.
_BOOKKEEPING = re.compile(r"^(SAVEPOINT|RELEASE|ROLLBACK)")


class PowerFailure(BaseException):
    """Nobody catches it, as nobody catches a kill."""


@contextmanager
def power_fails_at(step: int) -> Iterator[None]:
    """Before the statement of this number; none when there are fewer."""
    steps = count(1)

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not _BOOKKEEPING.match(sql) and next(steps) == step:
            raise PowerFailure
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield


def everything() -> dict[str, str]:
    """A digest of the rows of every table, and of the files of releases that are loaded."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname !~ '^(pg_|info)'")
        tables = [name for (name,) in cursor.fetchall()]
        found = {}
        for table in tables:
            cursor.execute(f"SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} t")
            found[table] = cursor.fetchone()[0]
        cursor.execute("SELECT folder FROM ngrl_clinicaledition")
        folders = [folder for (folder,) in cursor.fetchall()]
    for folder in folders:
        for name in sorted(default_storage.listdir(folder)[1]):
            with default_storage.open(f"{folder}/{name}") as file:
                found[f"{folder}/{name}"] = file.read().hex()
    return found


def breaks_off_at_each_step(act: Callable[[], Any]) -> int:
    """Run the act with a crash at its first statement, its second and so on, until it goes through: how many."""
    before = everything()
    assert any(before.values())
    for step in count(1):
        try:
            with power_fails_at(step):
                act()
        except PowerFailure:
            assert everything() == before, step
        else:
            return step - 1
    raise AssertionError


def folders(path: Path, place: int) -> tuple[Path, Path]:
    """A release of three people with genomes, and its clinical tables."""
    release = with_genomes(path / f"v{place}")
    write_vcf(release, vcf_text([record(100 + place)]))
    return release, write_clinical(path / f"c{place}", phenotypes=ROWS, diagnoses=SICK)


def test_next_release__that_breaks_off_at_any_step_leaves_the_earlier_one_as_it_was(tmp_path: Path) -> None:
    folder, tables = folders(tmp_path, 1)
    earlier = load_release(actor=SETUP, folder=folder, assembly="GRCh38").release
    load_clinical(actor=SETUP, folder=tables, release=earlier)
    publish_at_once(actor=SETUP, release=earlier)

    folder, tables = folders(tmp_path, 2)
    assert breaks_off_at_each_step(lambda: load_release(actor=SETUP, folder=folder, assembly="GRCh38")) > 10
    later = Release.objects.get(reference="v2")
    assert breaks_off_at_each_step(lambda: load_clinical(actor=SETUP, folder=tables, release=later)) > 10
    assert breaks_off_at_each_step(lambda: publish_at_once(actor=SETUP, release=Release.objects.get(pk=later.pk))) > 10

    kept = everything()
    for act in (
        lambda: load_release(actor=SETUP, folder=folder, assembly="GRCh38"),
        lambda: load_clinical(actor=SETUP, folder=tables, release=later),
    ):
        assert not act().changed
        assert everything() == kept
