"""Writes of the register: publications, imported from a file."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping

from django.db import transaction

from access_review.models import Project, Publication
from portal.kernel.refusals import InvalidInput

_DOI = re.compile(r"10\.\d{4,9}/\S+")
COLUMNS = ("doi", "title", "authors", "journal", "year", "projects")


@transaction.atomic
def import_publications(lines: Iterable[str]) -> tuple[int, int]:
    """Read a CSV with the columns doi, title, authors, journal, year, projects (references, separated by spaces).

    Returns (new, renewed). All or nothing: InvalidInput names the first line that cannot be used.
    """
    reader = csv.DictReader(lines)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise InvalidInput(f"The first line must be: {','.join(COLUMNS)}.")
    new = renewed = 0
    for number, facts, projects in _rows(reader):
        found = Publication.objects.filter(doi__iexact=facts["doi"]).first()
        known = list(Project.objects.filter(reference__in=projects))
        if len(known) != len(set(projects)) or not known:
            raise InvalidInput(f"Line {number}: name projects that are in the register.")
        publication = found or Publication(doi=facts["doi"])
        publication.title, publication.authors = facts["title"][:500], facts["authors"][:500]
        publication.journal, publication.year = facts["journal"][:200], int(facts["year"])
        publication.save()
        publication.projects.set(known)
        new, renewed = new + (found is None), renewed + (found is not None)
    return new, renewed


def _rows(reader: Iterable[Mapping[str, str | None]]) -> Iterator[tuple[int, dict[str, str], list[str]]]:
    for number, raw in enumerate(reader, start=2):
        facts = {name: (raw.get(name) or "").strip() for name in COLUMNS}
        facts["doi"] = re.sub(r"^https?://(dx\.)?doi\.org/", "", facts["doi"], flags=re.IGNORECASE)
        if not _DOI.fullmatch(facts["doi"]):
            raise InvalidInput(f"Line {number}: “{facts['doi']}” is no DOI, which looks like 10.1234/abc.")
        if not facts["title"] or not facts["year"].isdigit() or not 1990 <= int(facts["year"]) <= 2100:
            raise InvalidInput(f"Line {number}: give a title and a year.")
        yield number, facts, facts["projects"].split()
