"""What the public may read about a release: counts of people, small ones protected, and its contigs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, Min, Sum

from ngrl.figures import samples_in_figures
from ngrl.models import Chunk, Dataset, Participant, Release
from panelapp.contigs import CONTIGS
from portal.kernel.disclosure import DEFAULT_THRESHOLD, NOT_SHOWN, ProtectedTable, protect

NOT_RECORDED = "Not recorded"
_Counts = Mapping[str, int]
_SEX = "participant__sex"
_ANCESTRY = "participant__ancestry"
_DATASET = "dataset__name"


@dataclass(frozen=True)
class ContigSummary:
    """What a release has on one contig."""

    contig: str
    files: int
    start_1based: int
    end_1based: int
    records: int


@dataclass(frozen=True)
class ReleaseSummary:
    """One release as everybody may see it; who withdrew leaves these numbers in groups (ngrl.figures)."""

    release: Release
    people: str
    by_sex: ProtectedTable
    by_ancestry: ProtectedTable
    by_dataset: ProtectedTable
    contigs: Sequence[ContigSummary]

    @property
    def records(self) -> int:
        """Variants on all contigs."""
        return sum(each.records for each in self.contigs)

    @property
    def is_exact(self) -> bool:
        """Whether the number of people is shown as it is."""
        return self.people.replace(",", "").isdecimal()

    @property
    def hides_more(self) -> bool:
        """Whether larger numbers were hidden with the small ones, so that a page can say why."""
        return any(table.hides_more for table in (self.by_sex, self.by_ancestry, self.by_dataset))


def summaries_of(releases: Sequence[Release]) -> list[ReleaseSummary]:
    """One summary for each release, in the same order; five queries for any number of releases."""
    by_sex, by_ancestry, by_dataset = (_counts(releases, field) for field in (_SEX, _ANCESTRY, _DATASET))
    strictest = Dataset.objects.filter(samples__release__in=releases).values("samples__release")
    thresholds = dict(
        strictest.annotate(most=Max("disclosure_threshold")).order_by().values_list("samples__release", "most")
    )
    contigs = _contigs(releases)
    return [
        _summary(
            release,
            [_worded(by_sex[release.pk]), by_ancestry[release.pk], by_dataset[release.pk]],
            thresholds.get(release.pk, DEFAULT_THRESHOLD),
            contigs[release.pk],
        )
        for release in releases
    ]


def _contigs(releases: Sequence[Release]) -> defaultdict[int, list[ContigSummary]]:
    """What each release has on each contig, in the order of the genome."""
    rows = (
        Chunk.objects.filter(release__in=releases)
        .order_by()
        .values("release", "contig")
        .annotate(
            files=Count("path", distinct=True),
            start=Min("start_1based"),
            end=Max("end_1based"),
            records=Sum("record_count"),
        )
    )
    found: defaultdict[int, list[ContigSummary]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: CONTIGS.index(row["contig"])):
        found[row["release"]].append(
            ContigSummary(row["contig"], row["files"], row["start"], row["end"], row["records"])
        )
    return found


def _counts(releases: Sequence[Release], field: str) -> defaultdict[int, dict[str, int]]:
    samples = samples_in_figures().filter(release__in=releases)
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for release, value, people in samples.order_by(field).values_list("release", field).annotate(Count("pk")):
        found[release][value or NOT_RECORDED] = people
    return found


def _worded(counts: _Counts) -> dict[str, int]:
    return {str(Participant.Sex(value).label): people for value, people in counts.items()}


def _summary(
    release: Release, counts: Sequence[_Counts], threshold: int, contigs: Sequence[ContigSummary]
) -> ReleaseSummary:
    """Protect the three tables, which are about the same people.

    Where one table must hide the total, none may tell it: not as its total, and not as cells that add up to it or set
    bounds to it. A release so small shows its categories without numbers.
    """
    tables = [protect(each, threshold) for each in counts]
    totals = {table.total for table in tables}
    if len(totals) > 1 or NOT_SHOWN in totals:
        tables = [ProtectedTable(dict.fromkeys(table.cells, NOT_SHOWN), NOT_SHOWN) for table in tables]
    by_sex, by_ancestry, by_dataset = tables
    return ReleaseSummary(release, by_sex.total, by_sex, by_ancestry, by_dataset, contigs)
