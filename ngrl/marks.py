"""Conditions on clinical cells as marks: a bit for each person of an edition, joined in the database by and, or, not.

The functions of the database that give marks look once whether the connection's scope allows the release, and leave out
whom it does not show; without a scope there is no mark, and nobody fits.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, Expression, F, FloatField, Func, IntegerField, QuerySet, TextField, Value

from ngrl.clinical_models import Bits
from ngrl.criteria import Between, Codes, Joined, Node, Not
from ngrl.models import ClinicalEdition, DictionaryColumn, Place, Release
from ngrl.ontology import SYSTEM, with_ancestors, with_descendants

_EPOCH = datetime.date(1970, 1, 1)
_CODES = ArrayField(TextField())


class _Marks(Func):
    """People as bits."""

    output_field = Bits()


class _With(_Marks):
    function = "ngrl_marked_with"


class _Between(_Marks):
    function = "ngrl_marked_between"


class _InScope(_Marks):
    function = "ngrl_places_in_scope"


class _And(_Marks):
    template, arg_joiner = "(%(expressions)s)", " & "


class _Or(_Marks):
    template, arg_joiner = "(%(expressions)s)", " | "


class _Not(_Marks):
    template = "(~%(expressions)s)"


class _Once(_Marks):
    """Made once for a question and not for each person of it."""

    template = "(SELECT %(expressions)s)"


class _Has(Func):
    """Whether the bit of a place is set; unknown, and so no, where there is no mark."""

    template, arg_joiner = "(get_bit(%(expressions)s) = 1)", ", "
    output_field = BooleanField()


def people_marked(marks: Expression, release: Release) -> QuerySet[Place]:
    """The places of the people of a release whom the marks have."""
    return Place.objects.filter(_Has(_Once(marks), F("place")), edition__release=release)


def count_marked(marks: Expression, release: Release) -> int:
    """How many people the marks have, of those in the connection's scope."""
    seen = _InScope(release.pk)
    counted = Func(_And(seen, marks), function="bit_count", output_field=IntegerField())
    return ClinicalEdition.objects.filter(release=release).values_list(counted, flat=True).get() or 0


def marks_of(node: Node, column: Callable[[str], DictionaryColumn]) -> Expression | None:
    """The marks that answer a condition; None where it asks something that is not in the clinical tables."""
    match node:
        case Joined():
            parts = [marks_of(part, column) for part in node.parts]
            return joined(node.how, [part for part in parts if part]) if parts and all(parts) else None
        case Not():
            inner = marks_of(node.part, column)
            return _Not(inner) if inner else None
        case Between():
            return _Between(column(node.column).pk, _number(node.low), _number(node.high))
        case Codes():
            return _coded(node, column(node.column))
        case _:
            return None


def joined(how: str, marks: list[Expression]) -> Expression:
    """All or any of one or more marks."""
    return marks[0] if len(marks) == 1 else (_And if how == "all" else _Or)(*marks)


def _coded(node: Codes, column: DictionaryColumn) -> Expression:
    """Present: one of the codes or a code below. Absent: one of them or a code above is absent, and none is present.

    HPO terms go down the ontology; other codes are longer below: C50.9 is a kind of C50.
    """
    is_tree = node.descendants and column.code_system == SYSTEM
    below = {each for code in node.codes for each in with_descendants(code)} if is_tree else set(node.codes)
    present = _with(column, below, longer=node.descendants and not is_tree, present=True)
    if node.present:
        return present
    above = {each for code in node.codes for each in with_ancestors(code)} if is_tree else set(node.codes)
    return _And(_with(column, above, longer=False, present=False), _Not(present))


def _with(column: DictionaryColumn, codes: Iterable[str], *, longer: bool, present: bool) -> Expression:
    return _With(column.pk, Value(sorted(codes), output_field=_CODES), longer, present)


def _number(bound: float | str | None) -> Value:
    """Days count from 1970-01-01."""
    days = (datetime.date.fromisoformat(bound) - _EPOCH).days if isinstance(bound, str) else bound
    return Value(None if days is None else float(days), output_field=FloatField())
