"""What a project sees of genomes and their files: bands, a month, sizes to one figure, and names of its own (ADR 75).

Everything else that a release knows of them is the same for all who read it, and would join the people of two projects:
digits, days, paths, checksums, and the order of loading. Pages, CSV and programs all read them here.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from access_review.models import Project
from access_review.selectors import granted_datasets
from ngrl.models import Genome, GenomeFile, Participant, Release, Specimen
from ngrl.pseudonyms import ProjectPseudonyms, PseudonymRefused
from ngrl.selectors import read_genomes_for

UNKNOWN: Final = "unknown"
_KINDS = tuple(Specimen.Kind.values)
_ENDINGS: Final = {"vcf": "vcf.gz", "gvcf": "g.vcf.gz", "bam": "bam", "cram": "cram"}
_AT_ONCE = 5_000
MONTH: Final = r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])\Z"


@dataclass(frozen=True)
class Band:
    """A stretch of values, from `low` up to but without `high`; None is open. `key` is what programs call it."""

    key: str
    label: str
    low: float | None
    high: float | None

    def holds(self, value: float) -> bool:
        """Whether the value is in it."""
        return (self.low is None or value >= self.low) and (self.high is None or value < self.high)


COVERAGE: Final = (
    *(Band(f"{low}-{low + 10}", f"{low} to {low + 10}", low, low + 10) for low in range(0, 200, 10)),
    Band("200+", "200 or more", 200, None),
)
SHARE_AT_15X: Final = (
    Band("0-90", "Under 90%", None, 0.9),
    Band("90-95", "90% to 95%", 0.9, 0.95),
    Band("95-100", "95% or more", 0.95, None),
)
CONTAMINATION: Final = (
    Band("0-1", "Under 1%", None, 0.01),
    Band("1-3", "1% to 3%", 0.01, 0.03),
    Band("3-100", "3% or more", 0.03, None),
)
# By the name under which it is shown and asked for: the field of a genome that it is of, and its bands.
BANDS: Final[Mapping[str, tuple[str, Sequence[Band]]]] = {
    "coverage": ("mean_coverage", COVERAGE),
    "share_at_15x": ("share_at_15x", SHARE_AT_15X),
    "contamination": ("contamination", CONTAMINATION),
}
# By the same name: the field of a specimen that is shown as it is.
_PLAIN: Final = {
    "kind": "kind",
    "material": "material",
    "tissue": "tissue",
    "assembly": "genome__assembly",
    "sex_check": "genome__sex_check",
    "delivery_version": "genome__delivery_version",
    "file_kind": "genome__files__kind",
}
LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "kind": dict(Specimen.Kind.choices),
    "material": dict(Specimen.Material.choices),
    "tissue": dict(Specimen.Tissue.choices),
    "assembly": dict(Genome._meta.get_field("assembly").flatchoices),
    "sex_check": dict(Genome.SexCheck.choices),
    "file_kind": dict(GenomeFile.Kind.choices),
    **{name: {**{band.key: band.label for band in bands}, UNKNOWN: "Not known"} for name, (_, bands) in BANDS.items()},
}


@dataclass(frozen=True)
class ShownFile:
    """A file as a project sees it: a name that is the project's own, and its size in bytes to one figure."""

    name: str
    kind: str
    size_about_bytes: int


@dataclass(frozen=True)
class ShownGenome:
    """A specimen, and the genome read from it if there is one: keys of bands, "" where there is nothing to say.

    `number` counts the person's specimens of this kind, in the order of what is shown of them. `delivered` is a month.
    """

    pseudonym: str
    kind: str
    number: int
    material: str
    tissue: str
    assembly: str
    coverage: str
    share_at_15x: str
    contamination: str
    sex_check: str
    delivered: str
    delivery_version: str
    files: tuple[ShownFile, ...]

    @property
    def name(self) -> str:
        """What the project calls it, such as "7KQ2M-4XD9P-3TW8-tumour-1"."""
        return f"{self.pseudonym}-{self.kind}-{self.number}"

    @property
    def month(self) -> datetime.date | None:
        """The first day of the month of delivery, for words."""
        return datetime.date.fromisoformat(f"{self.delivered}-01") if self.delivered else None


def genomes_for(project: Project) -> GenomesOfProject:
    """The genomes of all releases that the project may read now; from here on the connection reads for it."""
    read_genomes_for(project.reference)
    # The database asks the same (ADR 79). Said here too, it answers the owner of its tables as it answers a server.
    readable = Specimen.objects.filter(
        dataset__in=granted_datasets(project).order_by(),
        participant__in=Participant.objects.consenting(),
        release__in=Release.objects.published(),
    )
    return GenomesOfProject(project.reference, readable, readable)


def genomes_in(project: Project, release: Release, asked: Mapping[str, Any] | None = None) -> GenomesOfProject:
    """Those of one release, narrowed by what is asked of the names in `BANDS`, `LABELS`, `delivery_version`,
    `delivered` (a month, 2026-03) and `person` (a pseudonym)."""
    return genomes_for(project).within(release).narrowed(asked or {})


@dataclass(frozen=True)
class GenomesOfProject:
    """Rows in the order of the project's pseudonyms: counted, narrowed, ordered and cut as lists and pages need it.

    `readable` are all that the project may read, by which specimens are numbered; `found` those that are asked for.
    """

    project_reference: str
    readable: QuerySet[Specimen]
    found: QuerySet[Specimen]
    descending: bool = False

    def releases(self) -> QuerySet[Release]:
        """Published releases that say something of these genomes, newest first."""
        said = self.found.filter(release=OuterRef("pk"))
        return Release.objects.published().filter(Exists(said)).order_by("-published_at", "-pk")

    def within(self, release: Release) -> GenomesOfProject:
        """Those of one release."""
        readable, found = (each.filter(release=release) for each in (self.readable, self.found))
        return replace(self, readable=readable, found=found)

    def of_person(self, person: Participant) -> list[ShownGenome]:
        """Those of one person, by kind and number."""
        specimens = _with_details(self.found.filter(participant=person))
        return [row for _, row in _of_person(specimens, ProjectPseudonyms(self.project_reference).encode(person.pk))]

    def narrowed(self, asked: Mapping[str, Any]) -> GenomesOfProject:
        """Only those that are in the bands asked for, and so on; what is empty narrows nothing."""
        found = self.found
        for name, value in asked.items():
            if value and name in _PLAIN:
                found = found.filter(**{_PLAIN[name]: value})
            elif value and name in BANDS:
                found = found.filter(_in_band(name, value))
        if month := asked.get("delivered"):
            year, number = (int(part) for part in str(month).split("-"))
            found = found.filter(genome__delivered_on__year=year, genome__delivered_on__month=number)
        if person := asked.get("person"):
            found = found.filter(participant__in=self._meant(person))
        return replace(self, found=found)

    def _meant(self, pseudonym: str) -> list[int]:
        try:
            return [ProjectPseudonyms(self.project_reference).decode(pseudonym)]
        except PseudonymRefused:
            return []

    def count(self) -> int:
        """How many specimens."""
        return len(self._people_of_rows)

    def order_by(self, *fields: str) -> GenomesOfProject:
        """By the pseudonym, whatever is said; "-" before the first field turns it round."""
        return replace(self, descending=bool(fields) and fields[0].startswith("-"))

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, window: slice) -> list[ShownGenome]:
        start, stop = window.start or 0, self.count() if window.stop is None else window.stop
        people = self._people_of_rows[start:stop]
        if not people:
            return []
        first = self._people_of_rows.index(people[0])
        rows = list(self._shown(dict.fromkeys(people)))
        return rows[start - first : stop - first]

    def __iter__(self) -> Iterator[ShownGenome]:
        for start in range(0, self.count(), _AT_ONCE):
            yield from self[start : start + _AT_ONCE]

    @cached_property
    def _pks_by_person(self) -> dict[int, set[int]]:
        found: dict[int, set[int]] = defaultdict(set)
        for person, pk in self.found.order_by().values_list("participant_id", "pk"):
            found[person].add(pk)
        return found

    @cached_property
    def _names(self) -> dict[int, str]:
        ids = np.fromiter(self._pks_by_person, dtype=np.int64, count=len(self._pks_by_person))
        return dict(zip(ids.tolist(), ProjectPseudonyms(self.project_reference).encode_many(ids), strict=True))

    @cached_property
    def _people_of_rows(self) -> list[int]:
        """Whose each row is, in the order of the list."""
        people = sorted(self._pks_by_person, key=self._names.__getitem__, reverse=self.descending)
        return [person for person in people for _ in self._pks_by_person[person]]

    def _shown(self, people: Iterable[int]) -> Iterator[ShownGenome]:
        """The rows of these people; a person who withdrew a moment ago has none any more."""
        details: dict[int, list[Specimen]] = defaultdict(list)
        for specimen in _with_details(self.readable.filter(participant__in=list(people))):
            details[specimen.participant_id].append(specimen)
        for person in people:
            wanted = self._pks_by_person[person]
            yield from (row for pk, row in _of_person(details[person], self._names[person]) if pk in wanted)


def _with_details(specimens: QuerySet[Specimen]) -> QuerySet[Specimen]:
    """With the genome, and as `files_said` the kind and size of each of its files."""
    files = GenomeFile.objects.filter(genome=OuterRef("genome")).order_by()
    said = ArraySubquery(files.values(said=JSONObject(kind="kind", size="size_bytes")))
    return specimens.select_related("genome").annotate(files_said=said)


def _in_band(name: str, key: str) -> Q:
    field, bands = BANDS[name]
    if key == UNKNOWN:
        return Q(**{f"genome__{field}__isnull": True})
    band = next(each for each in bands if each.key == key)
    bounds = {f"genome__{field}__gte": band.low, f"genome__{field}__lt": band.high}
    return Q(**{bound: value for bound, value in bounds.items() if value is not None})


def _of_person(specimens: Iterable[Specimen], pseudonym: str) -> list[tuple[int, ShownGenome]]:
    """(primary key, what is shown): numbered by what is shown, so that the numbers tell nothing beyond it."""
    bare = sorted(((_bare(each, pseudonym), each.pk) for each in specimens), key=lambda pair: _place(pair[0]))
    counted: dict[str, int] = defaultdict(int)
    rows = []
    for row, pk in bare:
        counted[row.kind] += 1
        numbered = replace(row, number=counted[row.kind])
        rows.append((pk, replace(numbered, files=_named(numbered))))
    return rows


def _place(row: ShownGenome) -> tuple[Any, ...]:
    quality = (row.assembly, row.coverage, row.share_at_15x, row.contamination, row.sex_check)
    files = [(file.kind, file.size_about_bytes) for file in row.files]
    rest = (row.material, row.tissue, *quality, row.delivered, row.delivery_version, files)
    return (_KINDS.index(row.kind), *rest)


def _bare(specimen: Specimen, pseudonym: str) -> ShownGenome:
    """What is shown, without a number and names of files."""
    genome: Genome | None = getattr(specimen, "genome", None)
    said: list[dict[str, Any]] = vars(specimen)["files_said"]  # by _with_details
    files = sorted(
        (ShownFile("", file["kind"], to_one_figure(file["size"])) for file in said),
        key=lambda file: (file.kind, file.size_about_bytes),
    )
    return ShownGenome(
        pseudonym=pseudonym,
        kind=specimen.kind,
        number=0,
        material=specimen.material,
        tissue=specimen.tissue,
        assembly=genome.assembly if genome else "",
        coverage=_band(genome.mean_coverage, COVERAGE) if genome else "",
        share_at_15x=_band(genome.share_at_15x, SHARE_AT_15X) if genome else "",
        contamination=_band(genome.contamination, CONTAMINATION) if genome else "",
        sex_check=genome.sex_check if genome else "",
        delivered=f"{genome.delivered_on:%Y-%m}" if genome and genome.delivered_on else "",
        delivery_version=genome.delivery_version if genome else "",
        files=tuple(files),
    )


def _named(row: ShownGenome) -> tuple[ShownFile, ...]:
    """The files, called after the specimen; a second one of the same kind gets a number of its own."""
    counted: dict[str, int] = defaultdict(int)
    named = []
    for file in row.files:
        counted[file.kind] += 1
        again = f"-{counted[file.kind]}" if counted[file.kind] > 1 else ""
        named.append(replace(file, name=f"{row.name}{again}.{_ENDINGS[file.kind]}"))
    return tuple(named)


def _band(value: float | None, bands: Sequence[Band]) -> str:
    return "" if value is None else next(band.key for band in bands if band.holds(value))


def to_one_figure(size: int) -> int:
    """A size in bytes with nothing but zeros after its first figure: 3,412,345 is 3,000,000."""
    return round(size, 1 - len(str(size)))
