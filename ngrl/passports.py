"""The data passport of a cohort: who is in it, counted exactly, for members of its project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, Max, OuterRef, QuerySet

from ngrl.cohorts import Vocabulary
from ngrl.models import DictionaryColumn, FactInScope, Participant, Release, Sample

_TOP = 10
_BAND = 10
NOT_RECORDED = "Not recorded"
Counts = list[tuple[str, int]]
Side = tuple[Release, Vocabulary]


@dataclass(frozen=True)
class TopCodes:
    """The commonest codes of one column, by how many people have them."""

    title: str
    counts: Counts


@dataclass(frozen=True)
class Passport:
    """Exact numbers of people who fit and consent now."""

    people: int
    genomes: int
    by_sex: Counts
    by_ancestry: Counts
    by_age: Counts
    top_codes: list[TopCodes]


@dataclass(frozen=True)
class Compared:
    """Two cohorts side by side: people in both, and by fact a line (category, first, share, second, share)."""

    first: Passport
    second: Passport
    in_both: int
    facts: list[tuple[str, list[tuple[str, int, str, int, str]]]]


def compared(first: QuerySet[Participant], second: QuerySet[Participant], sides: Sequence[Side]) -> Compared:
    """Count both cohorts, each in its own release with its own vocabulary, and who is in both."""
    one, two = (
        passport_of(people, release, words) for people, (release, words) in zip((first, second), sides, strict=True)
    )
    titled = [(tops.title, tops.counts) for tops in one.top_codes]
    others = {tops.title: tops.counts for tops in two.top_codes}
    pairs: list[tuple[str, Counts, Counts]] = [
        ("Sex", one.by_sex, two.by_sex),
        ("Age in years", one.by_age, two.by_age),
        ("Ancestry", one.by_ancestry, two.by_ancestry),
        *((title, counts, others.pop(title, [])) for title, counts in titled),
        *((title, [], counts) for title, counts in others.items()),
    ]
    facts = [(title, _beside(mine, theirs, one.people, two.people)) for title, mine, theirs in pairs if mine or theirs]
    return Compared(one, two, first.filter(pk__in=second.values("pk")).count(), facts)


def _beside(mine: Counts, theirs: Counts, people: int, others: int) -> list[tuple[str, int, str, int, str]]:
    ours, rest = dict(mine), dict(theirs)
    rows = []
    for name in dict.fromkeys((*ours, *rest)):
        one, two = ours.get(name, 0), rest.get(name, 0)
        rows.append((name, one, _share(one, people), two, _share(two, others)))
    return rows


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}%" if whole else "–"


def passport_of(people: QuerySet[Participant], release: Release, vocabulary: Vocabulary) -> Passport:
    """Count the people of a cohort; three queries whatever its size."""
    sexes, ancestries, genomes = Counter[str](), Counter[str](), 0
    has_genome = Exists(Sample.objects.filter(release=release, participant=OuterRef("pk")))
    groups = people.order_by().annotate(has_genome=has_genome).values_list("sex", "ancestry", "has_genome")
    for sex, ancestry, sequenced, count in groups.annotate(Count("pk")):
        sexes[str(Participant.Sex(sex).label)] += count
        ancestries[ancestry or NOT_RECORDED] += count
        genomes += count if sequenced else 0
    return Passport(
        people=sum(sexes.values()),
        genomes=genomes,
        by_sex=sorted(sexes.items()),
        by_ancestry=ancestries.most_common(),
        by_age=_ages(people, vocabulary, sum(sexes.values())),
        top_codes=_top_codes(people, vocabulary),
    )


def _ages(people: QuerySet[Participant], vocabulary: Vocabulary, total: int) -> Counts:
    """Bands of ten years by the largest age that the release gives; none where it gives no ages."""
    columns = [each for each in vocabulary.columns.values() if each.meaning == DictionaryColumn.Meaning.AGE]
    if not columns:
        return []
    facts = FactInScope.objects.filter(column__in=columns, participant__in=people, number__isnull=False)
    ages = facts.order_by().values("participant").annotate(age=Max("number")).values_list("age", flat=True)
    bands = Counter(int(age) // _BAND for age in ages)
    counts = [(f"{band * _BAND} to {band * _BAND + _BAND - 1}", bands[band]) for band in sorted(bands)]
    unknown = total - sum(bands.values())
    return [*counts, (NOT_RECORDED, unknown)] if unknown else counts


def _top_codes(people: QuerySet[Participant], vocabulary: Vocabulary) -> list[TopCodes]:
    wanted = (
        DictionaryColumn.Meaning.PHENOTYPE,
        DictionaryColumn.Meaning.DIAGNOSIS,
        DictionaryColumn.Meaning.STAGE,
    )
    columns = {each.pk: name for name, each in vocabulary.columns.items() if each.meaning in wanted}
    if not columns:
        return []
    facts = FactInScope.objects.filter(column__in=columns, participant__in=people, is_present=True).exclude(code="")
    counted = facts.order_by().values_list("column", "code").annotate(people=Count("participant", distinct=True))
    found: dict[int, Counts] = {pk: [] for pk in columns}
    for column, code, count in counted.order_by("-people", "code"):
        if len(found[column]) < _TOP:
            found[column].append((vocabulary.code_words(columns[column], code), count))
    return [TopCodes(vocabulary.title(columns[pk]), counts) for pk, counts in found.items() if counts]
