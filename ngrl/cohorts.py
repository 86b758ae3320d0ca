"""Who fits a cohort's conditions at this moment: compiled to one question to the database.

Consent and datasets are part of that question, so whoever withdrew is in no answer from the next one on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Count, F, Func, Q, QuerySet, Subquery

from ngrl.criteria import Between, Codes, Fact, HasGenome, Joined, Node, Not, columns_of, in_words
from ngrl.marks import count_marked, marks_of, people_marked
from ngrl.models import Dataset, DictionaryColumn, Enrolment, Participant, Release, Sample, Specimen
from ngrl.ontology import SYSTEM, term_of
from portal.kernel.refusals import InvalidInput


@dataclass(frozen=True)
class Vocabulary:
    """The searchable columns of one release, by "table.column"."""

    columns: Mapping[str, DictionaryColumn]

    def column(self, name: str) -> DictionaryColumn:
        """The column, or InvalidInput."""
        if name not in self.columns:
            raise InvalidInput(f"This release has no column {name} that can be searched.")
        return self.columns[name]

    def title(self, name: str) -> str:
        """How a column is called: its table and itself."""
        column = self.column(name)
        return f"{column.table.title}: {column.title}"

    def code_words(self, name: str, code: str) -> str:
        """A code with its words, where they are known."""
        column = self.column(name)
        term = term_of(code) if column.code_system == SYSTEM else None
        words = term.name if term else column.codes.get(code, "")
        return f"{words} ({code})" if words and words != code else code


def vocabulary_of(release: Release) -> Vocabulary:
    """The searchable columns of the release; none where it has no clinical tables."""
    columns = DictionaryColumn.objects.filter(table__edition__release=release).exclude(type=DictionaryColumn.Type.TEXT)
    found = columns.select_related("table").order_by("table__position", "position")
    return Vocabulary({f"{column.table.name}.{column.name}": column for column in found})


def check_criteria(node: Node, vocabulary: Vocabulary) -> None:
    """Raise InvalidInput where the release does not have what the conditions name, or not of that kind."""
    for name in columns_of(node):
        vocabulary.column(name)
    _check_kinds(node, vocabulary)


def _check_kinds(node: Node, vocabulary: Vocabulary) -> None:
    match node:
        case Joined():
            for part in node.parts:
                _check_kinds(part, vocabulary)
        case Not():
            _check_kinds(node.part, vocabulary)
        case Codes():
            _check_codes(node, vocabulary)
        case Between():
            column = vocabulary.column(node.column)
            is_day = isinstance(node.low if node.low is not None else node.high, str)
            if column.type not in ({"date"} if is_day else {"integer", "number"}):
                raise InvalidInput(f"{vocabulary.title(node.column)} is no {'date' if is_day else 'number'}.")


def _check_codes(node: Codes, vocabulary: Vocabulary) -> None:
    column = vocabulary.column(node.column)
    if column.type not in {"code", "boolean"}:
        raise InvalidInput(f"{vocabulary.title(node.column)} has no codes. Give from and to.")
    if column.is_closed_list and not set(node.codes) <= set(column.codes):
        raise InvalidInput(f"{vocabulary.title(node.column)} has no such code.")


def worded(node: Node, vocabulary: Vocabulary) -> str:
    """The conditions as a sentence."""
    text = in_words(node, vocabulary.title, vocabulary.code_words).removeprefix("(").removesuffix(")")
    return f"{text[:1].upper()}{text[1:]}."


class _Ids(Subquery):
    """Ids as one array, made before the rest of the question is answered."""

    template = "(ARRAY(%(subquery)s))"


class _OneOf(Func):
    """Whether the first is in the array. As a join the planner takes one dataset for a few people, and plans badly."""

    template = "(%(expressions)s)"
    arg_joiner = " = ANY "
    output_field = BooleanField()


def people_in(release: Release, datasets: Iterable[Dataset]) -> QuerySet[Participant]:
    """Consenting people of these datasets in the release, with or without a genome."""
    enrolled = Enrolment.objects.filter(release=release)
    if isinstance(datasets, QuerySet):  # stays a part of the one question to the database
        enrolled = enrolled.filter(_OneOf(F("dataset"), _Ids(datasets.order_by().values("pk"))))
    else:
        enrolled = enrolled.filter(dataset__in=list(datasets))
    return Participant.objects.consenting().filter(pk__in=enrolled.values("participant"))


def people_fitting(
    node: Node, release: Release, datasets: Iterable[Dataset], vocabulary: Vocabulary | None = None
) -> QuerySet[Participant]:
    """Those of them who fit the conditions now. Raises InvalidInput where the release cannot answer."""
    vocabulary = vocabulary or vocabulary_of(release)
    check_criteria(node, vocabulary)
    people = people_in(release, datasets)
    return people.filter(_compiled(node, _Scope(release, vocabulary, datasets, people)))


def count_fitting(
    node: Node, release: Release, datasets: Iterable[Dataset], vocabulary: Vocabulary | None = None
) -> int:
    """How many they are. Whose cells the connection may see are those of the datasets (`read_cells_for`)."""
    vocabulary = vocabulary or vocabulary_of(release)
    check_criteria(node, vocabulary)
    if (marks := marks_of(node, vocabulary.column)) is not None:
        return count_marked(marks, release)
    return people_fitting(node, release, datasets, vocabulary).count()


@dataclass(frozen=True)
class _Scope:
    """Among whom conditions are asked."""

    release: Release
    vocabulary: Vocabulary
    datasets: Iterable[Dataset]
    people: QuerySet[Participant]


def _compiled(node: Node, scope: _Scope) -> Q:
    """What is asked of cells is asked of their marks, together as far as it goes; the rest, of people."""
    if (marks := marks_of(node, scope.vocabulary.column)) is not None:
        return Q(pk__in=people_marked(marks, scope.release).values("participant"))
    match node:
        case Joined():
            return _joined(node, scope)
        case Not():
            return ~_compiled(node.part, scope)
        case Fact():
            return _of_fact(node, scope)
        case HasGenome():
            has = Q(pk__in=Sample.objects.filter(release=scope.release).values("participant"))
            return has if node.value else ~has
    raise TypeError(node)


def _joined(node: Joined, scope: _Scope) -> Q:
    marked = [part for part in node.parts if marks_of(part, scope.vocabulary.column) is not None]
    rest = [part for part in node.parts if part not in marked]
    parts = [_compiled(part, scope) for part in ([Joined(node.how, tuple(marked))] if marked else []) + rest]
    joined = parts[0] if parts else Q(pk__isnull=False)
    for part in parts[1:]:
        joined = joined & part if node.how == "all" else joined | part
    return joined


_OF_GENOMES = {
    "genome_kind": "kind",
    "genome_assembly": "genome__assembly",
    "file_kind": "genome__files__kind",
}
_FAMILY_SIZES, _BIGGER = {"singleton": 1, "duo": 2, "trio": 3}, 4


def _of_fact(fact: Fact, scope: _Scope) -> Q:
    """Genomes and relatives count only as far as the asker may read them."""
    if fact.name in _OF_GENOMES:
        named = {f"{_OF_GENOMES[fact.name]}__in": fact.values}
        specimens = Specimen.objects.filter(release=scope.release, genome__isnull=False, **named)
        return Q(pk__in=specimens.filter(dataset__in=_unordered(scope.datasets)).values("participant"))
    if fact.name == "family":
        sizes = scope.people.filter(family__isnull=False).order_by().values("family").annotate(size=Count("pk"))
        wanted = Q(size__in=[size for name, size in _FAMILY_SIZES.items() if name in fact.values])
        if "bigger" in fact.values:
            wanted |= Q(size__gte=_BIGGER)
        found = Q(family__in=sizes.filter(wanted).values("family"))
        return found | Q(family=None) if "singleton" in fact.values else found
    return Q(**{f"{fact.name}__in": fact.values})


def _unordered(datasets: Iterable[Dataset]) -> Any:
    return datasets.order_by() if isinstance(datasets, QuerySet) else list(datasets)
