"""Makes what everybody may read of a release's clinical tables: once, when release and tables are both there."""

from __future__ import annotations

from collections import Counter, defaultdict

from django.db.models import Max, QuerySet

from ngrl.cohorts import people_in
from ngrl.distributions import NOT_RECORDED, Distribution, of_codes, of_numbers
from ngrl.models import (
    ClinicalEdition,
    Dataset,
    DictionaryColumn,
    Enrolment,
    FactInScope,
    Participant,
    PublicFigure,
)
from ngrl.ontology import SYSTEM, term_of
from ngrl.selectors import consent_read_at, everyone_in, read_cells_for_figures
from portal.kernel.disclosure import DEFAULT_THRESHOLD, NOT_SHOWN, ProtectedTable, coarse, protect, shown_count

_AGE_BAND = 10
_TYPES = DictionaryColumn.Type


def make_public_figures(edition: ClinicalEdition) -> None:
    """Count each searchable column of the people who consent now, and keep what may be shown of it.

    The caller is in the transaction that publishes the release.
    """
    consent_read_at()
    release = edition.release
    people = people_in(release, Dataset.objects.all())
    enrolled = Enrolment.objects.filter(release=release, participant__in=people)
    threshold = enrolled.aggregate(most=Max("dataset__disclosure_threshold"))["most"] or DEFAULT_THRESHOLD
    everybody = people.count()
    figures = [_programmes(edition, enrolled, threshold)]
    columns = DictionaryColumn.objects.filter(table__edition=edition).exclude(type=_TYPES.TEXT)
    with read_cells_for_figures(release):
        for column in columns.select_related("table"):
            found = _distribution(column, people, everybody, threshold)
            figures.append(_figure(edition, column, found, threshold))
    PublicFigure.objects.bulk_create(figures)


def _programmes(edition: ClinicalEdition, enrolled: QuerySet[Enrolment], threshold: int) -> PublicFigure:
    """Enrolled people by programme. A number from which those without a genome could be told is not shown."""
    names = Counter(enrolled.values_list("dataset__name", flat=True))
    consenting = everyone_in(edition.release)
    genomes = Counter(consenting.values_list("dataset__name", flat=True))
    table = coarse(protect(names, threshold), threshold)
    tells = {name for name, people in names.items() if 0 < people - genomes[name] < threshold}
    cells = {name: NOT_SHOWN if name in tells else text for name, text in table.cells.items()}
    without = names.total() - genomes.total()
    total = NOT_SHOWN if tells or 0 < without < threshold else table.total
    return PublicFigure(
        edition=edition, head="Programme", people=total, cells=_pairs(cells), threshold=threshold, is_partition=True
    )


def _distribution(
    column: DictionaryColumn, people: QuerySet[Participant], everybody: int, threshold: int
) -> Distribution:
    facts = FactInScope.objects.filter(column=column, participant__in=people, is_present=True).order_by()
    unit = f" ({column.unit})" if column.unit else ""
    if column.type in (_TYPES.CODE, _TYPES.BOOLEAN):
        codes: defaultdict[int, set[str]] = defaultdict(set)
        for person, code in facts.exclude(code="").values_list("participant", "code").distinct().iterator():
            codes[person].add(code)
        return of_codes(column.title, codes, _words(column, codes), everybody, threshold)
    if column.type == _TYPES.DATE:
        days = facts.filter(day__isnull=False).values("participant").annotate(last=Max("day"))
        years = [float(day.year) for day in days.values_list("last", flat=True)]
        return of_numbers("Year, the last of each person", years, everybody, threshold, 1)
    numbers = facts.filter(number__isnull=False).values("participant").annotate(most=Max("number"))
    width = _AGE_BAND if column.meaning == DictionaryColumn.Meaning.AGE else 0
    found = list(numbers.values_list("most", flat=True))
    return of_numbers(f"{column.title}{unit}, the largest of each person", found, everybody, threshold, width)


def _words(column: DictionaryColumn, codes_of: dict[int, set[str]]) -> dict[str, str]:
    words: dict[str, str] = {}
    for code in {code for codes in codes_of.values() for code in codes}:
        term = term_of(code) if column.code_system == SYSTEM else None
        said = term.name if term else str(column.codes.get(code, ""))
        words[code] = f"{said} ({code})" if said and said != code else code
    return words


def _figure(edition: ClinicalEdition, column: DictionaryColumn, found: Distribution, threshold: int) -> PublicFigure:
    """Of a partition, what `protect` lets through; of categories that overlap each for itself; all of it rounded."""
    if found.is_partition:
        table = coarse(protect(found.cells, threshold), threshold)
    else:
        # Each for itself: there is no sum from which one could be worked out.
        each = {name: shown_count(people, threshold) for name, people in found.cells.items()}
        table = coarse(ProtectedTable(each, shown_count(found.people, threshold)), threshold)
    known = coarse(protect({"known": found.people}, threshold), threshold).total
    # Few of whom nothing is recorded would follow from how many people there are.
    is_told = table.total == NOT_SHOWN or 0 < found.cells.get(NOT_RECORDED, 0) < threshold
    return PublicFigure(
        edition=edition,
        column=column,
        head=found.head[:200],
        people=NOT_SHOWN if is_told else known,
        cells=_pairs(table.cells),
        threshold=threshold,
        is_partition=found.is_partition,
    )


def _pairs(cells: dict[str, str]) -> list[list[str]]:
    return [[name, text] for name, text in cells.items()]
