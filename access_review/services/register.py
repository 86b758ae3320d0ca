"""Writes of the register: publications, taken in from a file. Nothing here asks the network what a DOI leads to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from django.db import transaction

from access_review.events import Event
from access_review.models import Project, Publication
from access_review.policies import can_keep_register
from accounts.services.files import BadCell, BadFile, read_csv_rows
from portal.kernel import audit
from portal.kernel.access import Actor, require

_DOI = re.compile(r"10\.\d{4,9}/\S+")
_BEFORE_DOI = re.compile(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
COLUMNS = ("doi", "title", "authors", "journal", "year", "projects")
LONGEST = {"doi": 200, "title": 500, "authors": 500, "journal": 200}
YEARS = range(1990, 2101)
Rows = list[tuple[int, dict[str, str]]]


@transaction.atomic
def import_publications(*, actor: Actor, content: bytes) -> tuple[int, int]:
    """Take in a CSV of publications by DOI, whole or not at all. Returns (new, renewed).

    `projects` are references separated by spaces. A DOI that is known already is renewed. Raises BadFile, which names
    each bad row and column.
    """
    require(can_keep_register, actor, None)
    rows = [
        (number, {**row, "doi": _BEFORE_DOI.sub("", row["doi"])}) for number, row in read_csv_rows(content, COLUMNS)
    ]
    named = {reference for _, row in rows for reference in row["projects"].split()}
    projects = {project.reference: project for project in Project.objects.filter(reference__in=named)}
    if bad := [*_bad_cells(rows, projects)]:
        raise BadFile(bad)
    known = {each.doi.lower(): each for each in Publication.objects.select_for_update(no_key=True).order_by("pk")}
    new = 0
    for _, row in rows:
        publication = known.get(row["doi"].lower()) or Publication(doi=row["doi"])
        new += publication.pk is None
        publication.title, publication.authors = row["title"], row["authors"]
        publication.journal, publication.year = row["journal"], int(row["year"])
        publication.save()
        publication.projects.set([projects[reference] for reference in row["projects"].split()])
    audit.record(Event.PUBLICATIONS_IMPORTED, "publications", actor, detail={"count": len(rows)})
    return new, len(rows) - new


def _bad_cells(rows: Rows, projects: Mapping[str, Project]) -> Iterator[BadCell]:
    seen: dict[str, int] = {}
    for number, row in rows:
        if not _DOI.fullmatch(row["doi"]):
            yield BadCell(number, "doi", "is no DOI, which looks like 10.1234/abc")
        elif (first := seen.setdefault(row["doi"].lower(), number)) != number:
            yield BadCell(number, "doi", f"is in row {first} already")
        yield from _bad_words(number, row)
        yield from _bad_projects(number, row["projects"].split(), projects)


def _bad_words(number: int, row: Mapping[str, str]) -> Iterator[BadCell]:
    if not row["title"]:
        yield BadCell(number, "title", "is empty")
    for column, longest in LONGEST.items():
        if len(row[column]) > longest:
            yield BadCell(number, column, f"has more than {longest} characters")
    if not (row["year"].isascii() and row["year"].isdigit() and int(row["year"]) in YEARS):
        yield BadCell(number, "year", f"is no year from {YEARS[0]} to {YEARS[-1]}")


def _bad_projects(number: int, wanted: list[str], projects: Mapping[str, Project]) -> Iterator[BadCell]:
    if unknown := [reference for reference in wanted if reference not in projects]:
        yield BadCell(number, "projects", f"names {unknown[0][:40]}, which is not in the register")
    elif not wanted:
        yield BadCell(number, "projects", "is empty; name the projects that it came out of")
