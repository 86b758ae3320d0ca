"""Tables of the page of one person, and of two cohorts side by side."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from access_review.models import Project
from ngrl.models import Sample
from ngrl.passports import Compared
from portal.kernel.listing import Cell, Column, Table, table
from research_env.pedigree import Member
from research_env.people import Event


def events_table(events: Sequence[Event]) -> Table:
    """What happened when, the latest on top."""
    columns = (
        Column("Date", "day", is_key=True),
        Column("Table", "table"),
        Column("What is recorded", "words"),
    )
    return table("Events", columns, events)


def findings_table(caption: str, pairs: Sequence[tuple[str, str]]) -> Table:
    """Phenotypes and diagnoses, with the column that says so."""
    columns = (Column("What", lambda pair: pair[0], is_key=True), Column("Source", lambda pair: pair[1]))
    return table(caption, columns, pairs)


def family_table(members: Sequence[Member], project: Project) -> Table:
    """The relatives, each with a page of their own."""

    def name(member: Member) -> Cell:
        address = reverse("research_env:person-detail", args=[project.reference, member.name])
        return Cell(member.name, url=address, note="this person" if member.is_subject else "")

    words = {True: "Yes", False: "No", None: "Not known"}
    columns = (
        Column("Person", name, is_key=True),
        Column("Sex", "sex"),
        Column("Affected", lambda member: words[member.affected]),
        Column("Mother", "mother"),
        Column("Father", "father"),
    )
    return table("Family", columns, members)


def genomes_table(genomes: Sequence[Sample]) -> Table:
    """The genomes that the project may read."""
    columns = (
        Column("Release", lambda each: Cell(each.release.name, url=each.release.get_absolute_url()), is_key=True),
        Column("Assembly", "release.basis"),
        Column("Dataset", "dataset.name"),
    )
    return table("Genomes", columns, genomes)


def compared_tables(compared: Compared) -> list[Table]:
    """One table for each fact, a line for each category: people in both cohorts, and their shares."""
    columns = (
        Column("Category", lambda row: row[0], is_key=True),
        Column("First cohort", lambda row: row[1], align="right", unit="people"),
        Column("Share", lambda row: row[2], align="right"),
        Column("Second cohort", lambda row: row[3], align="right", unit="people"),
        Column("Share of it", lambda row: row[4], align="right"),
    )
    return [table(title, columns, rows) for title, rows in compared.facts]
