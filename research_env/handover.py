"""The clinical tables as a project may read them now: which there are, and their rows under its own pseudonyms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from access_review.models import Project
from access_review.selectors import granted_datasets
from ngrl.cohorts import people_in
from ngrl.models import DictionaryTable, Enrolment, Release
from ngrl.rows import rows_of
from ngrl.selectors import consent_read_at


def tables_for(project: Project) -> QuerySet[DictionaryTable]:
    """Tables of published releases in which somebody is enrolled in a dataset that is granted to the project."""
    enrolled = Enrolment.objects.filter(
        release=OuterRef("edition__release"), dataset__in=granted_datasets(project).order_by()
    )
    published = DictionaryTable.objects.filter(edition__release__in=Release.objects.published())
    return published.filter(Exists(enrolled)).select_related("edition__release")


@transaction.atomic
def rows_for(project: Project, table: DictionaryTable) -> pa.Table:
    """Every row about a person who consents now and is in a granted dataset; a withdrawal that is under way counts."""
    consent_read_at()
    people = people_in(table.edition.release, granted_datasets(project))
    return rows_of(table, list(people.values_list("pk", flat=True)), project.reference)


@dataclass(frozen=True)
class ArrowRows:
    """Rows in memory, counted and cut as pages need it."""

    rows: pa.Table

    def count(self) -> int:
        """How many rows there are."""
        return int(self.rows.num_rows)

    def __getitem__(self, window: slice) -> list[dict[str, Any]]:
        start, stop = window.start or 0, self.count() if window.stop is None else window.stop
        found: list[dict[str, Any]] = self.rows.slice(start, stop - start).to_pylist()
        return found


def by_release(tables: Iterable[DictionaryTable]) -> list[tuple[Release, list[DictionaryTable]]]:
    """The tables of each release, the release published last on top."""
    found: dict[int, tuple[Release, list[DictionaryTable]]] = {}
    for table in tables:
        release = table.edition.release
        found.setdefault(release.pk, (release, []))[1].append(table)
    return list(found.values())
