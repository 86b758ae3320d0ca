"""What is known of a person when the door is asked: dated rows, and the one question that reads them all.

Each part of Lectern that knows something registers a source: a queryset of rows `(kind, about, starts_at, until)` of
one person. All sources are asked together, in one query, however many there are. Upper storeys register theirs in
their `subscribers`.

Every page with data asks, and to have the query built from sixteen sources takes ten times as long as to have it
answered. So it is built once, about nobody and no time, and each asking puts the person and the instant in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any, NoReturn

from django.db import connection
from django.db.models import CharField, DateTimeField, F, QuerySet, Value
from django.db.models.functions import Cast

from accounts.models import User
from portal.kernel import clock


class Kind(StrEnum):
    """What a fact is about. `about` is written beside each that has one."""

    ACCOUNT = "account"
    OPENED = "opened"  # that access was opened: the role of a researcher
    SECOND_FACTOR = "second_factor"
    COMMUNITY = "community"  # about: slug of the community
    COMMUNITY_WAITING = "community_waiting"  # an application that somebody must decide; until: by when
    AFFILIATION = "affiliation"  # about: reference of the institution
    AFFILIATION_WAITING = "affiliation_waiting"  # about: reference of the institution
    AGREEMENT = "agreement"  # about: reference of the institution; of institutions of the person alone
    INSTITUTION_BARRED = "institution_barred"  # about: reference of the institution
    COURSE = "course"  # about: slug of a course that everybody must have passed
    TRAINING = "training"  # about: slug of the course
    CONDUCT = "conduct"  # the rules signed; until: when a newer version is in force
    BARRED = "barred"  # a suspension or a bar of the person
    HOLD = "hold"  # a pause for everybody's safety, such as after a lost second factor
    PROJECT = "project"  # about: reference of the project
    UNSEEN = "unseen"  # about: pk of a project whose leads nobody has looked at for two weeks
    IN_REVIEW = "in_review"  # about: reference of an application for a project, while others have it


@dataclass(frozen=True)
class Fact:
    """That something holds from one instant (inside) to another (outside; None: no end is known)."""

    kind: Kind
    starts_at: datetime
    until: datetime | None = None
    about: str = ""

    def holds(self, at: datetime) -> bool:
        """Whether it holds at this instant."""
        return self.starts_at <= at and (self.until is None or self.until > at)


@dataclass(frozen=True)
class AccessFacts:
    """Everything known of one person. Kinds that are not `asked` stand in nobody's way: nothing there knows them."""

    facts: tuple[Fact, ...]
    asked: frozenset[Kind] = frozenset(Kind)

    def of(self, *kinds: Kind, about: str | None = None) -> list[Fact]:
        """The facts of these kinds, about this one thing if it is named."""
        return [fact for fact in self.facts if fact.kind in kinds and about in (None, fact.about)]


PEOPLE_AT_ONCE = 50
Source = Callable[[User, datetime], "QuerySet[Any, Any]"]
# Whom and when the query is built about; no row has such a key, and no other parameter has these values.
NOBODY, NEVER = -1_402_711_093, datetime(1, 2, 3, 4, 5, 6, 789, UTC)
_sources: dict[Kind, list[Source]] = {}


def source(kind: Kind) -> Callable[[Source], Source]:
    """Register where facts of a kind are read: one of several places, perhaps.

    The function is given a person and an instant and answers with `dated(...)`. It asks nothing itself, and uses the
    instant as it is: whatever is computed from it, the database computes.
    """

    def register(function: Source) -> Source:
        _sources.setdefault(kind, []).append(function)
        _statement.cache_clear()
        return function

    return register


def dated(
    rows: QuerySet[Any, Any], *, starts: str | Any = "starts_at", until: str | Any = "until", about: str | Any = ""
) -> QuerySet[Any, Any]:
    """Rows of a model as facts. Each of the three is the name of a field or an expression; until=None: no end."""
    start, end, text = _expression(starts), _expression(until), _expression(about)
    facts: QuerySet[Any, Any] = rows.order_by().annotate(
        fact_about=Cast(text, CharField()),
        fact_starts_at=Cast(start, DateTimeField()),
        fact_until=Cast(end, DateTimeField()),
    )
    return facts.values_list("fact_about", "fact_starts_at", "fact_until")


def _expression(given: Any) -> Any:
    if given is None or given == "":
        return Value(given)
    return F(given) if isinstance(given, str) else given


def facts_of(person: User) -> AccessFacts:
    """Everything known of a person, read anew: a long-running worker holds the person for minutes. One query."""
    return facts_of_people([person], frozenset(_sources))[person.pk]


def facts_of_people(people: Sequence[User], kinds: frozenset[Kind]) -> dict[int, AccessFacts]:
    """What is known of several people, of these kinds alone, by their pk. One query for each fifty of them."""
    asked = kinds & frozenset(_sources)
    known: dict[int, list[tuple[str, str, datetime | None, datetime | None]]] = {person.pk: [] for person in people}
    keys = list(known)
    for start in range(0, len(keys), PEOPLE_AT_ONCE):
        for person_id, *fact in _asked(keys[start : start + PEOPLE_AT_ONCE], asked):
            known[person_id].append(tuple(fact))
    return {pk: AccessFacts(tuple(_facts(rows)), asked) for pk, rows in known.items()}


def _asked(keys: Sequence[int], kinds: frozenset[Kind]) -> list[tuple[Any, ...]]:
    """The rows `(person, kind, about, starts_at, until)` of these people."""
    sql, parameters = _statement(kinds)
    now = clock.now()
    values: list[Any] = []
    for key in keys:
        values += [key, *(key if each == NOBODY else now if each == NEVER else each for each in parameters)]
    one = f"SELECT %s, facts.* FROM ({sql}) AS facts"  # noqa: S608 (text of Django's making; all values are parameters)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([one] * len(keys)), values)
        return list(cursor.fetchall())


@cache
def _statement(kinds: frozenset[Kind]) -> tuple[str, tuple[Any, ...]]:
    """The query over all sources of these kinds, about NOBODY at NEVER."""
    nobody = User(pk=NOBODY)
    with connection.execute_wrapper(_refuse_to_ask):
        branches = [
            rows(nobody, NEVER)
            .annotate(fact_kind=Value(kind.value, CharField()))
            .values_list("fact_kind", "fact_about", "fact_starts_at", "fact_until")
            for kind, places in _sources.items()
            if kind in kinds
            for rows in places
        ]
        union: Any = branches[0].union(*branches[1:], all=True)
        sql, parameters = union.query.sql_with_params()
    return sql, tuple(parameters)


def _refuse_to_ask(*args: Any) -> NoReturn:
    raise RuntimeError("A source of facts answers with a queryset and asks nothing itself.")


def _facts(rows: Iterable[tuple[str, str, datetime | None, datetime | None]]) -> Iterable[Fact]:
    for kind, about, starts_at, until in rows:
        if starts_at is not None:
            yield Fact(Kind(kind), starts_at, until, about)
