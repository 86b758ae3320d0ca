"""The query that is built once gives each person, at each instant, what their own sources say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.gates import Kind, facts_of, facts_of_people, source
from accounts.gates.facts import _sources
from accounts.models import User
from portal.kernel import clock

pytestmark = pytest.mark.django_db


def _asked_one_by_one(person: User) -> set[tuple[Any, ...]]:
    now = clock.now()
    rows = {(kind, *row) for kind, places in _sources.items() for each in places for row in each(person, now)}
    return {(kind, about, starts, until) for kind, about, starts, until in rows if starts is not None}


@pytest.mark.parametrize("days", [0, 20, 400])
def test_everybodys_facts__are_those_of_their_sources_at_that_instant(people: Mapping[str, User], days: int) -> None:
    known = 0
    with time_machine.travel(datetime.now(UTC) + timedelta(days=days), tick=False):
        for person in people.values():
            found = {(fact.kind, fact.about, fact.starts_at, fact.until) for fact in facts_of(person).facts}
            assert found == _asked_one_by_one(person)
            known += len(found)
    assert known > len(people)


def test_several_people__are_asked_about_in_one_query_and_each_gets_their_own(people: Mapping[str, User]) -> None:
    kinds = frozenset({Kind.PROJECT, Kind.TRAINING, Kind.ACCOUNT})
    with CaptureQueriesContext(connection) as asked:
        together = facts_of_people(list(people.values()), kinds)
    assert len(asked) == 1
    for person in people.values():
        alone = [fact for fact in facts_of(person).facts if fact.kind in kinds]
        assert sorted(map(repr, together[person.pk].facts)) == sorted(map(repr, alone))


def test_a_source_that_asks_by_itself__is_refused(people: Mapping[str, User]) -> None:
    """Its answer would be nobody's, and stay."""

    @source(Kind.HOLD)
    def eager(person: User, at: datetime) -> Any:
        return User.objects.filter(pk__in=list(User.objects.filter(pk=person.pk)))

    try:
        with pytest.raises(RuntimeError, match="asks nothing itself"):
            facts_of(people["ada"])
    finally:
        _sources[Kind.HOLD].remove(eager)
        _sources.pop(Kind.HOLD) if not _sources[Kind.HOLD] else None
