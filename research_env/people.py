"""One person as a project may see them: facts, events, phenotypes, family and genomes, under its own pseudonym."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from django.db.models import Exists, OuterRef, Q, QuerySet

from access_review.models import Project
from access_review.selectors import granted_datasets
from ngrl.cohorts import Vocabulary, vocabulary_of
from ngrl.models import DictionaryColumn, Enrolment, FactInScope, Participant, Release, Sample
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.selectors import read_cells_for
from portal.kernel.refusals import InvalidInput
from research_env.genomes import ShownGenome, genomes_for
from research_env.pedigree import Member

CELLS_SHOWN = 5_000
_MEANING = DictionaryColumn.Meaning


@dataclass(frozen=True)
class Event:
    """One dated row of a clinical table."""

    day: datetime.date
    table: str
    words: str


@dataclass(frozen=True)
class PersonRecord:
    """Everything that the page of a person shows, of one release."""

    pseudonym: str
    person: Participant
    release: Release
    events: list[Event]
    present: list[tuple[str, str]]
    absent: list[tuple[str, str]]
    others: list[tuple[str, str]]
    family: list[Member]
    genomes: list[Sample]
    specimens: list[ShownGenome]
    is_cut: bool


def readable_people(project: Project, release: Release) -> QuerySet[Participant]:
    """Who consents and is in the release, with clinical tables or a genome, in a dataset that is granted now."""
    granted = granted_datasets(project).order_by()
    enrolled = Enrolment.objects.filter(release=release, dataset__in=granted, participant=OuterRef("pk"))
    sequenced = Sample.objects.filter(release=release, dataset__in=granted, participant=OuterRef("pk"))
    return Participant.objects.consenting().filter(Exists(enrolled) | Exists(sequenced))


@dataclass(frozen=True)
class FoundPerson:
    """A person whom the project may read: the pseudonym as printed, and the releases, newest first."""

    pseudonym: str
    person: Participant
    releases: list[Release]


def person_named(project: Project, text: str) -> FoundPerson | None:
    """The person whom the project may read in some published release now; None for any other text."""
    cipher = ProjectPseudonyms(project.reference)
    try:
        inner = cipher.decode(text)
    except InvalidInput:
        return None
    person = Participant.objects.consenting().filter(pk=inner).first()
    if person is None:
        return None
    granted = granted_datasets(project).order_by()
    enrolled = Enrolment.objects.filter(release=OuterRef("pk"), dataset__in=granted, participant=person)
    sequenced = Sample.objects.filter(release=OuterRef("pk"), dataset__in=granted, participant=person)
    inside = Release.objects.published().filter(Q(Exists(enrolled)) | Q(Exists(sequenced)))
    releases = list(inside.order_by("-published_at", "-pk"))
    return FoundPerson(cipher.encode(inner), person, releases) if releases else None


def record_of(project: Project, found: FoundPerson, release: Release) -> PersonRecord:
    """The person in one of the releases in which they were found."""
    person = found.person
    read_cells_for(project.reference, release)
    vocabulary = vocabulary_of(release)
    columns = {column.pk: name for name, column in vocabulary.columns.items()}
    facts = FactInScope.objects.filter(participant=person, column__in=columns).order_by("column", "row")
    cells = list(facts[: CELLS_SHOWN + 1])
    present, absent, others = _findings(cells, columns, vocabulary)
    genomes = Sample.objects.counted().filter(participant=person, release__in=Release.objects.published())
    return PersonRecord(
        pseudonym=found.pseudonym,
        person=person,
        release=release,
        events=_events(cells[:CELLS_SHOWN], columns, vocabulary),
        present=present,
        absent=absent,
        others=others,
        family=_family(project, person, release),
        genomes=list(
            genomes.filter(dataset__in=granted_datasets(project))
            .select_related("release", "dataset")
            .order_by("-release__published_at")
        ),
        specimens=genomes_for(project).within(release).of_person(person),
        is_cut=len(cells) > CELLS_SHOWN,
    )


def _said(cell: FactInScope, name: str, vocabulary: Vocabulary) -> str:
    column = vocabulary.column(name)
    if cell.day is not None:
        return f"{cell.day:%-d %B %Y}"
    if cell.number is not None:
        return f"{cell.number:g}{' ' + column.unit if column.unit else ''}"
    return vocabulary.code_words(name, cell.code)


def _findings(
    cells: Iterable[FactInScope], columns: dict[int, str], vocabulary: Vocabulary
) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, str]]]:
    """(what, column) of phenotypes and diagnoses found, of those looked for and absent, and of everything undated."""
    present: dict[tuple[str, str], None] = {}
    absent: dict[tuple[str, str], None] = {}
    others: dict[tuple[str, str], None] = {}
    for cell in cells:
        name = columns[cell.column_id]
        column = vocabulary.column(name)
        pair = (_said(cell, name, vocabulary), vocabulary.title(name))
        if column.meaning in (_MEANING.PHENOTYPE, _MEANING.DIAGNOSIS):
            (present if cell.is_present else absent)[pair] = None
        elif cell.day is None and cell.is_present:
            others[pair] = None
    return list(present), [pair for pair in absent if pair not in present], list(others)


def _events(cells: Iterable[FactInScope], columns: dict[int, str], vocabulary: Vocabulary) -> list[Event]:
    rows: dict[tuple[int, int], list[FactInScope]] = defaultdict(list)
    for cell in cells:
        rows[vocabulary.column(columns[cell.column_id]).table_id, cell.row].append(cell)
    events = []
    for row in rows.values():
        days = [cell.day for cell in row if cell.day is not None]
        if not days:
            continue
        told = [(columns[cell.column_id], cell) for cell in row if cell.day is None]
        words = "; ".join(
            f"{vocabulary.column(name).title}: {_said(cell, name, vocabulary)}{'' if cell.is_present else ' (absent)'}"
            for name, cell in told
        )
        table = vocabulary.column(columns[row[0].column_id]).table.title
        events.append(Event(max(days), table, words or "Recorded"))
    return sorted(events, key=lambda event: (event.day, event.table, event.words), reverse=True)


def _family(project: Project, person: Participant, release: Release) -> list[Member]:
    """The person and those relatives whom the project may read in this release; nobody else is hinted at."""
    if person.family_id is None:
        return []
    people = list(readable_people(project, release).filter(family=person.family_id))
    ids = np.array([each.pk for each in people], dtype=np.int64)
    names = dict(zip(ids.tolist(), ProjectPseudonyms(project.reference).encode_many(ids), strict=True))
    members = [
        Member(
            name=names[each.pk],
            sex=str(each.get_sex_display()).lower(),
            affected=each.affected,
            mother=names.get(each.mother_id or 0, ""),
            father=names.get(each.father_id or 0, ""),
            is_subject=each.pk == person.pk,
        )
        for each in people
    ]
    return sorted(members, key=lambda member: member.name)
