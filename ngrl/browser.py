"""What everybody may read of the library: its programmes, releases and fields, as pages, files and metadata show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify
from django.utils.timezone import localdate

from ngrl.models import DictionaryColumn, PublicFigure, Release
from ngrl.summaries import ReleaseSummary, summaries_of
from ngrl.terms import DatasetUse, uses_of

CONFORMS_TO = "https://bioschemas.org/profiles/Dataset/1.0-RELEASE"


@dataclass(frozen=True)
class ReleaseRow:
    """A release with its numbers: people enrolled, genomes, and both by programme."""

    summary: ReleaseSummary
    figure: PublicFigure | None

    @property
    def release(self) -> Release:
        """The release."""
        return self.summary.release

    @property
    def participants(self) -> str:
        """Enrolled people, rounded; where there are no clinical tables everybody has a genome."""
        return self.figure.people if self.figure else self.summary.people

    @property
    def programmes(self) -> list[tuple[str, str, str]]:
        """(programme, participants, genomes), in the order of their names."""
        genomes = self.summary.by_dataset.cells
        people = dict(self.figure.cells) if self.figure else genomes
        return [(name, people.get(name, "0"), genomes.get(name, "0")) for name in sorted({*people, *genomes})]


def release_rows(releases: Sequence[Release]) -> list[ReleaseRow]:
    """One row for each release, in the same order; six queries for any number of releases."""
    figures = PublicFigure.objects.filter(column=None, edition__release__in=releases).select_related("edition")
    of_release = {figure.edition.release_id: figure for figure in figures}
    return [ReleaseRow(summary, of_release.get(summary.release.pk)) for summary in summaries_of(releases)]


def uses_in(row: ReleaseRow) -> list[DatasetUse]:
    """The release's datasets, in the order of their names, with what their data may be used for."""
    return uses_of([name for name, _, _ in row.programmes])


def as_record(row: ReleaseRow) -> dict[str, Any]:
    """A release as the JSON file has it."""
    release = row.release
    return {
        "release": release.reference,
        "name": release.name,
        "status": release.status,
        "assembly": release.assembly,
        "callset": release.callset,
        "published": f"{localdate(release.published_at)}",
        "participants": row.participants,
        "genomes": row.summary.people,
        "variants": row.summary.records,
        "programmes": [
            {"programme": name, "participants": people, "genomes": genomes} for name, people, genomes in row.programmes
        ],
    }


def fields_named(table: str, name: str) -> list[DictionaryColumn]:
    """The field in every public release that has it, the newest release first."""
    columns = DictionaryColumn.objects.filter(table__name=table, name=name)
    public = columns.filter(table__edition__release__published_at__isnull=False)
    found = public.select_related("table__edition__release", "figure")
    return list(found.order_by("-table__edition__release__published_at", "-table__edition__release__pk"))


def figure_of(column: DictionaryColumn) -> PublicFigure | None:
    """Its figure; free text has none."""
    return getattr(column, "figure", None)


def field_record(column: DictionaryColumn) -> dict[str, Any]:
    """A field as its JSON file has it."""
    figure = figure_of(column)
    return {
        "field": f"{column.table.name}.{column.name}",
        "title": column.title,
        "description": column.description,
        "type": column.type,
        "unit": column.unit,
        "release": column.table.edition.release.reference,
        "participants": figure.people if figure else None,
        "rounded_to": figure.threshold if figure else None,
        "distribution": [{"category": name, "participants": text} for name, text in figure.cells] if figure else [],
    }


def catalogue(rows: Sequence[ReleaseRow], addresses: Mapping[str, str], publisher: str) -> dict[str, Any]:
    """The catalogue as JSON-LD that DCAT and Bioschemas read; `addresses` of each release by reference, and "" of all.

    Numbers of people are the pages' own words, never others. Each dataset of a release is a part of it with its own
    terms: `usageInfo` of schema.org has the addresses of the DUO terms, `dct:rights` the words and codes.
    """
    uses = uses_of({name for row in rows for name, _, _ in row.programmes})
    context = {
        "@vocab": "https://schema.org/",
        "dcat": "http://www.w3.org/ns/dcat#",
        "dct": "http://purl.org/dc/terms/",
    }
    return {
        "@context": context,
        "@type": ["DataCatalog", "dcat:Catalog"],
        "@id": addresses[""],
        "name": "Data releases",
        "dct:title": "Data releases",
        "publisher": {"@type": "Organization", "name": publisher},
        "dct:publisher": publisher,
        "dataset": [_dataset(row, addresses, publisher, uses) for row in rows],
    }


def _dataset(
    row: ReleaseRow, addresses: Mapping[str, str], publisher: str, uses: Sequence[DatasetUse]
) -> dict[str, Any]:
    release, address = row.release, addresses[row.release.reference]
    held = [name for name, _, _ in row.programmes]
    genomes = "genomes of tumours" if release.is_somatic else "genomes"
    words = f"{row.summary.people} {genomes} on {release.assembly}, to be read inside the research environment. "
    words += f"{', '.join(held)}."
    return {
        "@type": ["Dataset", "dcat:Dataset"],
        "@id": address,
        "dct:conformsTo": {"@id": CONFORMS_TO},
        "identifier": release.reference,
        "dct:identifier": release.reference,
        "name": release.name,
        "dct:title": release.name,
        "description": words,
        "dct:description": words,
        "url": address,
        "datePublished": f"{localdate(release.published_at)}",
        "creativeWorkStatus": release.get_status_display(),
        "keywords": held,
        "hasPart": [_part(use, address) for use in uses if use.dataset in held],
        "publisher": {"@type": "Organization", "name": publisher},
        "isAccessibleForFree": True,
        "conditionsOfAccess": "Read inside the research environment, by members of approved projects.",
        "license": f"{addresses['access']}",
        "dct:accessRights": {"@id": "http://publications.europa.eu/resource/authority/access-right/NON_PUBLIC"},
        "includedInDataCatalog": {"@id": addresses[""]},
        "dcat:distribution": {"@type": "dcat:Distribution", "dcat:accessURL": {"@id": address}},
    }


def _part(use: DatasetUse, address: str) -> dict[str, Any]:
    told = (use.terms.permission, *use.terms.modifiers) if use.terms else ()
    return {
        "@type": ["Dataset", "dcat:Dataset"],
        "@id": f"{address}#{slugify(use.dataset)}",
        "name": use.dataset,
        "dct:title": use.dataset,
        "dct:rights": use.in_words,
        **({"usageInfo": [{"@id": term.address} for term in told]} if told else {}),
    }
