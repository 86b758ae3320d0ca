"""Genomes as lists, tables and lines of CSV. What is shown of each, `genomes.py` alone says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.urls import reverse

from access_review.models import Project
from portal.kernel.listing import NOTHING, Cell, Column, Empty, Listing, Table, table
from portal.kernel.sheets import csv_line
from research_env.filters import GenomeFilter
from research_env.genomes import LABELS, GenomesOfProject, ShownGenome
from research_env.listings import size

_AS_SHOWN = (
    *("kind", "material", "tissue", "assembly", "coverage", "share_at_15x", "contamination", "sex_check"),
    *("delivered", "delivery_version"),
)
CSV_COLUMNS = ("pseudonym", "specimen", *_AS_SHOWN, "files", "file_sizes_about_bytes")


def _words(row: ShownGenome, name: str) -> str:
    value: str = getattr(row, name)
    return LABELS[name][value] if value else NOTHING


def _specimen(row: ShownGenome) -> Cell:
    note = ", ".join(LABELS[name][value] for name in ("material", "tissue") if (value := getattr(row, name)))
    return Cell(f"{LABELS['kind'][row.kind]}\u00a0{row.number}", note=note)


def _delivered(row: ShownGenome) -> Cell:
    return Cell(f"{row.month:%B %Y}" if row.month else NOTHING, note=row.delivery_version)


def _files(row: ShownGenome) -> Cell:
    told = ", ".join(f"{LABELS['file_kind'][each.kind]} of about {size(each.size_about_bytes)}" for each in row.files)
    return Cell(told or "None", note=", ".join(each.name for each in row.files))


_OF_A_GENOME = (
    Column("Specimen", _specimen),
    Column("Assembly", "assembly"),
    Column("Coverage", lambda row: _words(row, "coverage"), unit="reads", align="right"),
    Column("Bases with 15 reads", lambda row: _words(row, "share_at_15x"), align="right"),
    Column("Contamination", lambda row: _words(row, "contamination"), align="right"),
    Column("Check of sex", lambda row: _words(row, "sex_check")),
    Column("Delivered", _delivered),
    Column("Files", _files),
)


def genomes_listing(project: Project) -> Listing:
    """The genomes of one release that the project may read, in the order of its pseudonyms."""

    def person(row: ShownGenome) -> Cell:
        return Cell(row.pseudonym, url=reverse("research_env:person-detail", args=[project.reference, row.pseudonym]))

    return Listing(
        caption="Genomes and files",
        noun=("specimen", "specimens"),
        columns=(Column("Person", person, sort="person", is_key=True), *_OF_A_GENOME),
        default_sort="person",
        empty=Empty("No genome can be read"),
        filters=GenomeFilter,
        narrow=GenomesOfProject.narrowed,
    )


def specimens_table(rows: Sequence[ShownGenome]) -> Table:
    """The specimens of one person, with genomes and files."""
    return table("Specimens, genomes and files", _OF_A_GENOME, rows)


def genomes_as_csv(rows: GenomesOfProject) -> Iterator[str]:
    """All rows, line by line: keys of bands, names and rounded sizes of files with blanks between them."""
    yield csv_line(CSV_COLUMNS)
    for row in rows:
        shown = [getattr(row, name) for name in _AS_SHOWN]
        names = " ".join(each.name for each in row.files)
        sizes = " ".join(str(each.size_about_bytes) for each in row.files)
        yield csv_line([row.pseudonym, row.name, *shown, names, sizes])
