"""What a release changed against the one published before it: people, variants, tables, columns and rows.

Nothing of it is kept: it is worked out from both releases whenever somebody reads it, by the same mask as every other
public number (ngrl.figures), so that no two figures of different dates can be set against each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Exists, Max, OuterRef, Q

from ngrl.figures import samples_in_figures
from ngrl.models import DictionaryColumn, DictionaryTable, Release
from ngrl.summaries import ReleaseSummary, summaries_of
from portal.kernel.disclosure import DEFAULT_THRESHOLD, NOT_SHOWN, shown_count


@dataclass(frozen=True)
class PeopleChange:
    """Who is in both releases, in the new one alone and in the old one alone, as everybody may read it."""

    stayed: str
    came: str
    went: str

    @property
    def is_shown(self) -> bool:
        """Whether the numbers stand; all three do or none."""
        return NOT_SHOWN not in (self.stayed, self.came, self.went)


@dataclass(frozen=True)
class KindOfPeople:
    """How many people of one sex, ancestry and dataset were there, are there, and stayed; in the dataset, too."""

    sex: str
    ancestry: str
    dataset: Hashable
    then: int
    now: int
    stayed: int
    stayed_in_dataset: int


@dataclass(frozen=True)
class TableChange:
    """One clinical table in both releases; rows are None where a release has no such table."""

    title: str
    rows_before: int | None
    rows_now: int | None
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]

    @property
    def what(self) -> str:
        """New, not in this release, changed or as it was."""
        if self.rows_before is None:
            return "New"
        if self.rows_now is None:
            return "Not in this release"
        columns = self.columns_added or self.columns_removed
        return "Columns changed" if columns else "Rows changed" if self.rows_before != self.rows_now else "As it was"


@dataclass(frozen=True)
class ReleaseChange:
    """Everything that one release changed."""

    before: Release
    people: PeopleChange
    records_before: int
    records_now: int
    tables: list[TableChange]


@dataclass
class _Declared:
    title: str
    rows: int
    columns: dict[str, str] = field(default_factory=dict)


def release_before(release: Release) -> Release | None:
    """The release of its kind published last before this one; before one in preparation, the last of all.

    Tumours are compared with tumours: beside the germline, nearly everybody would have gone.
    """
    alike = Release.objects.exclude(pk=release.pk).filter(callset=release.callset)
    published = alike.filter(published_at__isnull=False)
    if release.published_at:
        same_instant = Q(published_at=release.published_at, pk__lt=release.pk)
        published = published.filter(Q(published_at__lt=release.published_at) | same_instant)
    return published.order_by("-published_at", "-pk").first()


def change_of(release: Release) -> ReleaseChange | None:
    """What the release changed, or None for the first of all."""
    before = release_before(release)
    if before is None:
        return None
    summaries = summaries_of([before, release])
    declared = _declared(before, release)
    return ReleaseChange(
        before,
        _people_between(*summaries),
        summaries[0].records,
        summaries[1].records,
        _tables(declared[before.pk], declared[release.pk]),
    )


def _people_between(old: ReleaseSummary, new: ReleaseSummary) -> PeopleChange:
    """Who stayed, came and went between two releases, as everybody may read it."""
    counted = samples_in_figures()
    earlier = counted.filter(release=old.release, participant=OuterRef("participant"))
    stayed = Q(Exists(earlier), release=new.release)
    moved_not = Q(Exists(earlier.filter(dataset=OuterRef("dataset"))), release=new.release)
    found = counted.filter(release__in=(old.release, new.release)).order_by()
    rows = found.values("participant__sex", "participant__ancestry", "dataset").annotate(
        then=Count("pk", filter=Q(release=old.release)),
        now=Count("pk", filter=Q(release=new.release)),
        stayed=Count("pk", filter=stayed),
        stayed_in_dataset=Count("pk", filter=moved_not),
        strictest=Max("dataset__disclosure_threshold"),
    )
    kinds = [
        KindOfPeople(
            sex=row["participant__sex"],
            ancestry=row["participant__ancestry"],
            dataset=row["dataset"],
            then=row["then"],
            now=row["now"],
            stayed=row["stayed"],
            stayed_in_dataset=row["stayed_in_dataset"],
        )
        for row in rows
    ]
    strictest = max((row["strictest"] for row in rows), default=DEFAULT_THRESHOLD)
    return people_change(kinds, strictest, is_exact=old.is_exact and new.is_exact)


def people_change(kinds: Sequence[KindOfPeople], threshold: int, *, is_exact: bool) -> PeopleChange:
    """The change as it may be shown. A small number hides all three, and so does a hidden total of either release.

    Both totals are public, so each of the three follows from any other: there is no use in hiding one. Even "fewer than
    5" would tell: where the new release is smaller by four, only four can have left. And where it is known that nobody
    left, the tables by sex, ancestry and programme of the two releases tell who came when they are subtracted: so a
    small number in any of their lines hides all three, too.
    """
    lines: defaultdict[Hashable, list[int]] = defaultdict(lambda: [0, 0, 0])
    for kind in kinds:
        named: tuple[tuple[Hashable, int], ...] = (
            ("everybody", kind.stayed),
            (("sex", kind.sex), kind.stayed),
            (("ancestry", kind.ancestry), kind.stayed),
            (("dataset", kind.dataset), kind.stayed_in_dataset),
        )
        for name, same in named:
            for place, people in enumerate((same, kind.now - same, kind.then)):
                lines[name][place] += people
    for line in lines.values():  # who went: of those who were there, all who did not stay
        line[2] -= line[0]
    moves = [people for line in lines.values() for people in line[1:]]
    stayed, came, went = lines["everybody"]
    if not is_exact or any(0 < people < threshold for people in (stayed, *moves)):
        return PeopleChange(NOT_SHOWN, NOT_SHOWN, NOT_SHOWN)
    return PeopleChange(*(shown_count(people, threshold) for people in (stayed, came, went)))


def _declared(*releases: Release) -> dict[int, dict[str, _Declared]]:
    """For each release its tables by name, with the titles of their columns by name."""
    tables = DictionaryTable.objects.filter(edition__release__in=releases).order_by("position")
    by_release: dict[int, dict[str, _Declared]] = {release.pk: {} for release in releases}
    found: dict[int, _Declared] = {}
    facts = tables.values_list("pk", "edition__release", "name", "title", "row_count")
    for pk, release, name, title, rows in facts:
        found[pk] = by_release[release][name] = _Declared(title, rows)
    columns = DictionaryColumn.objects.filter(table__in=found).order_by("position")
    for table, name, title in columns.values_list("table", "name", "title"):
        found[table].columns[name] = title
    return by_release


def _tables(before: Mapping[str, _Declared], now: Mapping[str, _Declared]) -> list[TableChange]:
    """Each table of either release, in the order of the new one; those that are gone come last."""
    return [_table(before.get(name), now.get(name)) for name in dict.fromkeys((*now, *before))]


def _table(before: _Declared | None, now: _Declared | None) -> TableChange:
    old, new = (before.columns if before else {}), (now.columns if now else {})
    either: Sequence[_Declared] = [each for each in (now, before) if each]
    return TableChange(
        either[0].title,
        before.rows if before else None,
        now.rows if now else None,
        tuple(title for name, title in new.items() if before and name not in old),
        tuple(title for name, title in old.items() if now and name not in new),
    )
