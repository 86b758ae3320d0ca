"""The workflow: who is stopped by what, and that a move, its record and its news happen together or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from ngrl.models import Release
from portal.kernel import audit, clock
from portal.kernel.access import WORKER
from portal.kernel.events import subscribe
from portal.kernel.models import AuditEvent, Notification, OutboxMessage
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from portal.kernel.workflow import Workflow, in_words
from research_env.events import Event
from research_env.models import Query, QueryStatus
from research_env.workflows import QUERY
from tests.integration.kernel.elsewhere import Elsewhere, wait_until_it_waits
from tests.integration.kernel.queries import make_query, make_release
from tests.personas import World

QueryIn = Callable[[QueryStatus], Query]


def submit(query: Query, actor: Any, **more: Any) -> Query:
    """Submit as the service does: with the instant, which the table's constraint wants."""
    return QUERY.perform(query, "submit", actor, changes={"submitted_at": clock.now()}, **more)  # type: ignore[no-any-return]


def audited(query: Query) -> list[tuple[str, str, str]]:
    rows = AuditEvent.objects.filter(subject_ref=query.reference).order_by("id")
    return list(rows.values_list("event", "before", "after"))


@pytest.mark.parametrize("persona", ["ben", "eve", "noa", "ivo", "hana", "cora"])
def test_perform__somebody_else__is_refused_and_nothing_is_written(world: World, query: Query, persona: str) -> None:
    with pytest.raises(PermissionRefused, match="Only the author can submit"):
        submit(query, world.people[persona])
    query.refresh_from_db()
    assert (query.status, query.submitted_at, audited(query)) == (QueryStatus.PLANNED, None, [])


def test_perform__wrong_state__is_refused_in_words(query_in: QueryIn, ada: User) -> None:
    query = query_in(QueryStatus.FINISHED)
    with pytest.raises(TransitionRefused, match=r"^This query is finished; this can be done only while it is planned"):
        submit(query, ada)
    assert audited(query) == []


def test_perform__policy_is_asked_before_the_state(world: World, query_in: QueryIn) -> None:
    """Somebody who may not do it does not learn how things stand."""
    query = query_in(QueryStatus.FINISHED)
    with pytest.raises(PermissionRefused):
        submit(query, world.people["eve"])


def test_perform__guard_does_not_hold__is_refused_with_its_sentence(world: World, ada: User) -> None:
    query = make_query(world.project, ada, make_release(Release.Status.WITHDRAWN))
    with pytest.raises(TransitionRefused, match="was withdrawn: The consent of its people was misread"):
        submit(query, ada)
    assert audited(query) == []


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_perform__reason_is_missing__is_refused_at_its_field(query_in: QueryIn, reason: str) -> None:
    query = query_in(QueryStatus.RUNNING)
    with pytest.raises(InvalidInput, match=r"Give a reason\.") as refused:
        QUERY.perform(query, "fail", WORKER, reason=reason, changes={"failure": "The file was gone."})
    assert refused.value.field == "reason"
    query.refresh_from_db()
    assert (query.status, query.failure, audited(query)) == (QueryStatus.RUNNING, "", [])


@pytest.mark.parametrize("ask", [QUERY.transition, lambda action: QUERY.refusal(Query(), action, WORKER)])
def test_unknown_action__is_an_error(ask: Callable[[str], Any]) -> None:
    with pytest.raises(KeyError, match="explode"):
        ask("explode")


def test_perform__unknown_action__is_an_error(query: Query, ada: User) -> None:
    with pytest.raises(KeyError, match="explode"):
        QUERY.perform(query, "explode", ada)


def test_perform__thing_that_is_gone__is_refused(query: Query, ada: User) -> None:
    Query.objects.filter(pk=query.pk).delete()
    with pytest.raises(TransitionRefused, match="This query is not there any more"):
        submit(query, ada)


def test_perform__stale_object__is_judged_by_the_row_and_not_by_the_object(query: Query, ada: User) -> None:
    stale = Query.objects.get(pk=query.pk)
    submit(query, ada)
    assert stale.status == QueryStatus.PLANNED
    with pytest.raises(TransitionRefused, match="This query is queued"):
        submit(stale, ada)


def test_perform__changes_cannot_name_another_state(query: Query, ada: User) -> None:
    changes = {"submitted_at": clock.now(), "status": QueryStatus.FINISHED}
    QUERY.perform(query, "submit", ada, changes=changes)
    query.refresh_from_db()
    assert query.status == QueryStatus.QUEUED


def test_perform__change_of_a_field_that_there_is_not__is_an_error_and_moves_nothing(query: Query, ada: User) -> None:
    with pytest.raises(ValueError, match="colour"), transaction.atomic():
        QUERY.perform(query, "submit", ada, changes={"colour": "red"})
    query.refresh_from_db()
    assert (query.status, audited(query)) == (QueryStatus.PLANNED, [])


def test_perform__detail_that_the_event_did_not_declare__moves_nothing(query: Query, ada: User) -> None:
    with pytest.raises(ValueError, match="did not declare"):
        submit(query, ada, detail={"participant": "X"})
    query.refresh_from_db()
    assert (query.status, audited(query)) == (QueryStatus.PLANNED, [])


def test_perform__allowed__writes_state_fields_and_record_together(query: Query, ada: User) -> None:
    fresh = submit(query, ada, detail={"slices": 3})
    assert (fresh.status, fresh.submitted_at is not None) == (QueryStatus.QUEUED, True)
    assert audited(query) == [("research_env.query.submitted", "planned", "queued")]
    assert AuditEvent.objects.get(subject_ref=query.reference).detail == {"slices": 3}


@pytest.mark.usefixtures("own_subscribers")
def test_perform__subscriber_raises__state_record_and_notices_are_all_undone(query_in: QueryIn, ada: User) -> None:
    @subscribe(Event.QUERY_FAILED)
    def break_down(subject: Query, actor: Any, detail: Mapping[str, Any]) -> None:
        assert Query.objects.get(pk=subject.pk).status == QueryStatus.FAILED
        assert Notification.objects.filter(person=ada, event=Event.QUERY_FAILED).exists()
        raise RuntimeError("the subscriber fell over")

    query = query_in(QueryStatus.RUNNING)
    mails = OutboxMessage.objects.count()
    with pytest.raises(RuntimeError, match="fell over"):
        QUERY.perform(query, "fail", WORKER, reason="No file.", changes={"failure": "The file was gone."})
    query.refresh_from_db()
    assert (query.status, query.failure, audited(query)) == (QueryStatus.RUNNING, "", [])
    assert not Notification.objects.filter(person=ada, event=Event.QUERY_FAILED).exists()
    assert OutboxMessage.objects.count() == mails


@pytest.mark.usefixtures("own_subscribers")
def test_perform__subscriber_hears_of_the_move_with_its_detail(query: Query, ada: User) -> None:
    heard: list[tuple[Any, ...]] = []

    @subscribe(Event.QUERY_SUBMITTED)
    def listen(subject: Query, actor: Any, detail: Mapping[str, Any]) -> None:
        heard.append((subject.status, actor, dict(detail)))

    submit(query, ada, detail={"slices": 3})
    assert heard == [(QueryStatus.QUEUED, ada, {"slices": 3})]


@pytest.mark.django_db(transaction=True)
def test_two_who_press_at_once__one_moves_it_and_the_other_is_told(
    query: Query, ada: User, other: Elsewhere, third: Elsewhere
) -> None:
    """The second waits for the row that the first has locked, and then sees what the first has made of it."""
    other.begin()
    other.run(lambda: submit(query, ada))
    racing = third.start(lambda: submit(query, ada))
    wait_until_it_waits(third.backend)
    other.commit()
    with pytest.raises(TransitionRefused, match="This query is queued"):
        racing.result(10)
    assert audited(query) == [("research_env.query.submitted", "planned", "queued")]


@pytest.mark.django_db(transaction=True)
def test_two_who_press_at_once__first_one_rolls_back__second_one_moves_it(
    query: Query, ada: User, other: Elsewhere, third: Elsewhere
) -> None:
    other.begin()
    other.run(lambda: submit(query, ada))
    racing = third.start(lambda: submit(query, ada))
    wait_until_it_waits(third.backend)
    other.roll_back()
    assert racing.result(10).status == QueryStatus.QUEUED
    assert len(audited(query)) == 1


@pytest.mark.django_db(transaction=True)
def test_row_that_is_being_moved__does_not_hold_up_the_commit_of_one_that_refers_to_it(
    world: World, query: Query, ada: User, other: Elsewhere, third: Elsewhere
) -> None:
    """Else a commit that holds the end of the audit chain could wait for this row, whose holder waits for the chain."""

    def refer_to_it() -> None:
        copy = make_query(world.project, ada, query.release)
        audit.record(Event.QUERY_PLANNED, copy, ada)
        Query.objects.filter(pk=copy.pk).update(rerun_of=query)

    other.begin()
    other.run(lambda: submit(query, ada))
    third.begin()
    third.run(refer_to_it)
    third.commit()
    other.commit()
    assert query.reruns.count() == 1


def test_available__for_the_author__is_what_perform_would_do(query: Query, ada: User) -> None:
    assert [row.action for row in QUERY.available(query, ada)] == ["submit", "cancel"]


def test_available__for_a_stranger__is_nothing(world: World, query: Query) -> None:
    assert QUERY.available(query, world.people["eve"]) == []


def test_as_mermaid__draws_each_way() -> None:
    lines = QUERY.as_mermaid().splitlines()
    assert lines[:3] == ["stateDiagram-v2", "    [*] --> planned", "    planned --> queued: submit"]
    assert len(lines) == 2 + sum(len(row.sources) for row in QUERY.transitions)


@pytest.mark.parametrize(
    ("states", "words"),
    [(["planned"], "planned"), (["a", "b"], "a or b"), (["on_hold", "b", "c"], "on hold, b or c")],
)
def test_in_words__reads_as_a_sentence(states: list[str], words: str) -> None:
    assert in_words(states) == words


def test_workflow__is_a_table_and_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        QUERY.name = "other"  # type: ignore[misc]
    assert replace(QUERY, name="other") != QUERY
    assert isinstance(QUERY, Workflow)
