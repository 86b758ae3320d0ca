"""The life of a query: who may move it, what stops it, and what its result says afterwards."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from access_review.services import remove_member
from accounts.models import RoleGrant
from accounts.roles import Role
from accounts.services import end_role
from ngrl.models import Participant, Sample
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.services import withdraw_consent, withdraw_release
from portal.kernel import clock
from portal.kernel.access import WORKER
from portal.kernel.models import AuditEvent, Notification
from portal.kernel.refusals import InvalidInput, PermissionRefused, Refusal, TransitionRefused
from research_env import engine, results, worker, workspace
from research_env.leases import Lease, take_lease
from research_env.models import Query, QueryResult, QuerySlice, QueryStatus
from research_env.questions import Question
from research_env.services import (
    cancel_query,
    rerun_query,
    retry_query,
    share_query,
    submit_query,
    unshare_query,
)
from research_env.stored import is_variant
from research_env.tables import StoredRows
from research_env.workflows import QUERY
from tests.factories.releases import PHE508DEL, PHE508DEL_CARRIERS, dataset_of
from tests.factories.research_env import finished, plan
from tests.personas import World

pytestmark = pytest.mark.django_db


def fresh(query: Query) -> Query:
    return Query.objects.select_related("release", "project", "author").get(pk=query.pk)


def beat_often(lease: Lease) -> None:
    """As often as a slice of some seconds beats."""
    for records_read in range(10):
        lease.heartbeat(records_read, 10)


def submitted(world: World, **raw: Any) -> Query:
    return submit_query(actor=world.people["ada"], query=plan(world, **raw))


def carriers_of_phe508del(query: Query) -> list[dict[str, Any]]:
    return StoredRows(query.result, "carriers").filter(is_variant(PHE508DEL))[0:500]


def test_the_answer__counts_the_people_of_the_granted_datasets_and_nobody_else(world: World) -> None:
    query = finished(world)
    expected = [index for index in PHE508DEL_CARRIERS if dataset_of(index) in ("rare-disease", "cancer")]
    row = results.variant_row(query.result, PHE508DEL)
    assert row is not None
    assert row["carrier_count"] == row["allele_count"] == len(expected)
    assert len(carriers_of_phe508del(query)) == len(expected)


def test_two_projects__see_the_same_people_under_names_that_do_not_join(world: World) -> None:
    from access_review.models import DatasetGrant

    DatasetGrant.objects.create(
        project=world.other_project, dataset=world.datasets["rare-disease"], starts_at=clock.now()
    )
    mine, theirs = finished(world, datasets=["rare-disease"]), finished(world, "eve", datasets=["rare-disease"])
    one, other = carriers_of_phe508del(mine), carriers_of_phe508del(theirs)
    assert len(one) == len(other) > 0
    assert not {row["pseudonym"] for row in one} & {row["pseudonym"] for row in other}
    assert [row["depth"] for row in one] != [row["depth"] for row in other], "The order of rows joins the two lists."


@pytest.mark.parametrize("act", [submit_query, cancel_query, rerun_query])
@pytest.mark.parametrize("persona", ["ben", "eve", "noa", "ivo"])
def test_who_is_not_the_author__can_do_nothing_with_it(world: World, act: Any, persona: str) -> None:
    query = plan(world)
    with pytest.raises(PermissionRefused):
        act(actor=world.people[persona], query=query)
    assert fresh(query).status == QueryStatus.PLANNED


def test_submitting_twice__makes_one_run(world: World) -> None:
    query = submitted(world)
    with pytest.raises(TransitionRefused, match="queued"):
        submit_query(actor=world.people["ada"], query=query)
    assert AuditEvent.objects.filter(subject_ref=query.reference, event="research_env.query.submitted").count() == 1


def test_a_release_withdrawn_between_plan_and_submit__is_refused_with_the_reason(world: World) -> None:
    query = plan(world)
    withdraw_release(actor=world.people["hana"], release=query.release, reason="A file was mislabelled.")
    with pytest.raises(TransitionRefused, match="A file was mislabelled"):
        submit_query(actor=world.people["ada"], query=fresh(query))


def test_a_release_withdrawn_while_a_query_runs__stops_it_and_withholds_finished_ones(world: World) -> None:
    done, running = finished(world), submitted(world)
    take_lease(running.slices.first().pk)
    withdraw_release(actor=world.people["hana"], release=running.release, reason="A file was mislabelled.")
    assert fresh(running).status == QueryStatus.CANCELLED
    assert "A file was mislabelled" in fresh(running).failure
    assert fresh(done).status == QueryStatus.WITHHELD
    assert "A file was mislabelled" in str(results.standing_of(fresh(done)))


def test_an_author_whose_access_ended__has_the_query_stopped_by_the_reaper(world: World) -> None:
    query = submitted(world)
    grant = RoleGrant.objects.get(person=world.people["ada"], role=Role.RESEARCHER)
    end_role(actor=world.people["ivo"], grant=grant, reason="Left the university.")
    worker.reap()
    assert fresh(query).status == QueryStatus.CANCELLED
    assert "no longer has access" in fresh(query).failure


def test_an_author_whose_access_ended__gets_no_slice_worked_on(world: World) -> None:
    query = submitted(world)
    grant = RoleGrant.objects.get(person=world.people["ada"], role=Role.RESEARCHER)
    end_role(actor=world.people["ivo"], grant=grant, reason="Left the university.")
    assert not worker.work_on(query.slices.first().pk)
    assert fresh(query).status == QueryStatus.CANCELLED


def test_access_that_ends_while_a_slice_is_read__stops_it_at_a_heartbeat(world: World, settings: Any) -> None:
    settings.QUERY_HEARTBEAT_SECONDS = 0
    query = submitted(world)
    lease = take_lease(query.slices.first().pk)
    assert lease is not None
    lease.heartbeat(1, 10)
    grant = RoleGrant.objects.get(person=world.people["ada"], role=Role.RESEARCHER)
    end_role(actor=world.people["ivo"], grant=grant, reason="Left the university.")
    with pytest.raises(engine.Cancelled):
        beat_often(lease)
    assert fresh(query).status == QueryStatus.CANCELLED


def test_a_cancelled_query__stops_at_the_next_heartbeat_and_keeps_nothing(world: World, settings: Any) -> None:
    settings.QUERY_HEARTBEAT_SECONDS = 0
    query = submitted(world)
    lease = take_lease(query.slices.first().pk)
    assert lease is not None
    cancel_query(actor=world.people["ada"], query=fresh(query))
    with pytest.raises(engine.Cancelled):
        lease.heartbeat(1, 10)
    worker.drain(fresh(query))
    assert fresh(query).status == QueryStatus.CANCELLED
    assert not hasattr(fresh(query), "result")


def test_a_cancelled_query__can_be_taken_up_again(world: World) -> None:
    query = submitted(world)
    worker.work_on(query.slices.first().pk)
    cancel_query(actor=world.people["ada"], query=fresh(query))
    worker.drain(retry_query(actor=world.people["ada"], query=fresh(query)))
    assert fresh(query).status == QueryStatus.FINISHED


def test_somebody_who_withdraws_before_the_query__is_in_no_answer(world: World) -> None:
    everyone = carriers_of_phe508del(finished(world))
    person = Sample.objects.get(index=PHE508DEL_CARRIERS[0]).participant
    withdraw_consent(actor=world.people["hana"], participant=person)
    assert len(carriers_of_phe508del(finished(world))) == len(everyone) - 1


def test_somebody_who_withdraws_while_the_query_runs__is_not_in_its_answer(world: World, settings: Any) -> None:
    settings.QUERY_MAX_RECORDS_PER_SLICE = 300
    everyone = carriers_of_phe508del(finished(world))
    query = submitted(world)
    reads = list(query.slices.order_by("position").values_list("pk", flat=True))
    assert len(reads) > 1
    for slice_id in reads:
        worker.work_on(slice_id)
    person = Sample.objects.get(index=PHE508DEL_CARRIERS[0]).participant
    withdraw_consent(actor=world.people["hana"], participant=person)
    worker.drain(fresh(query))
    assert fresh(query).status == QueryStatus.FINISHED
    assert len(carriers_of_phe508del(fresh(query))) == len(everyone) - 1


def test_somebody_who_withdraws_after_the_query__makes_its_result_unreadable_until_it_is_run_again(
    world: World,
) -> None:
    query = finished(world)
    assert results.standing_of(query) is None
    withdraw_consent(actor=world.people["hana"], participant=Participant.objects.filter(samples__index=5).get())
    assert "withdrawn since this query ran" in str(results.standing_of(query))
    again = rerun_query(actor=world.people["ada"], query=query)
    worker.drain(again)
    assert results.standing_of(fresh(again)) is None


def test_a_dataset_that_the_project_may_no_longer_read__makes_its_results_unreadable_until_they_are_run_again(
    world: World,
) -> None:
    query = finished(world)
    world.project.dataset_grants.filter(dataset=world.datasets["cancer"]).update(until=clock.now())
    assert "no longer read all the datasets" in str(results.standing_of(fresh(query)))
    again = rerun_query(actor=world.people["ada"], query=query)
    worker.drain(again)
    assert results.standing_of(fresh(again)) is None
    assert fresh(again).result.population_size < query.result.population_size


def test_a_file_that_changed_under_a_query__fails_it_with_a_sentence(world: World) -> None:
    query = submitted(world)
    query.slices.first().chunk.__class__.objects.filter(release=query.release).update(etag="something-else")
    worker.drain(fresh(query))
    assert fresh(query).status == QueryStatus.FAILED
    assert "has changed since it was registered" in fresh(query).failure


def test_an_expired_lease__gives_the_slice_to_the_next_and_its_old_holder_cannot_finish(world: World) -> None:
    query = submitted(world)
    slice_id = query.slices.first().pk
    old = take_lease(slice_id)
    assert old is not None
    QuerySlice.objects.filter(pk=slice_id).update(lease_until=clock.now() - timedelta(seconds=1))
    worker.reap()
    assert old.held() is None
    assert worker.work_on(slice_id)


def test_a_slice_that_dies_again_and_again__fails_the_query_with_a_sentence(world: World, settings: Any) -> None:
    query = submitted(world)
    slice_id = query.slices.first().pk
    for _ in range(settings.QUERY_MAX_ATTEMPTS):
        assert take_lease(slice_id) is not None
        QuerySlice.objects.filter(pk=slice_id).update(lease_until=clock.now() - timedelta(seconds=1))
        worker.reap()
    assert fresh(query).status == QueryStatus.FAILED
    assert query.reference in fresh(query).failure


def test_a_finished_query__tells_its_author_and_leaves_no_parts(world: World, settings: Any) -> None:
    query = finished(world)
    assert Notification.objects.unread().filter(person=world.people["ada"], text__contains=query.reference).exists()
    assert (query.result.variants_sha256, query.result.engine_version) != ("", "")


def test_a_shared_query__is_seen_by_that_colleague_only_and_only_while_a_member(world: World) -> None:
    ada, ben, query = world.people["ada"], world.people["ben"], finished(world)
    assert query not in Query.objects.visible_to(ben)
    share_query(actor=ada, query=query, person=ben)
    assert query in Query.objects.visible_to(ben)
    unshare_query(actor=ada, query=query, person=ben)
    assert query not in Query.objects.visible_to(ben)
    share_query(actor=ada, query=query, person=ben)
    membership = world.project.memberships.get(person=ben)
    remove_member(actor=ada, membership=membership, reason="Moved to another group.")
    assert query not in Query.objects.visible_to(ben)


def test_sharing_outside_the_project__is_refused(world: World) -> None:
    query = finished(world)
    with pytest.raises(InvalidInput, match="Only a member of the project"):
        share_query(actor=world.people["ada"], query=query, person=world.people["eve"])
    assert query not in Query.objects.visible_to(world.people["eve"])


def test_running_again__asks_the_same_question_and_remembers_where_it_came_from(world: World) -> None:
    query = finished(world, max_allele_frequency=0.05)
    again = rerun_query(actor=world.people["ada"], query=query)
    worker.drain(again)
    assert again.rerun_of == query
    assert Question.from_json(again.question) == Question.from_json(query.question)
    assert results.read_table(fresh(again).result, "variants") == results.read_table(query.result, "variants")


def test_a_slice_read_anew_because_somebody_withdrew__leaves_no_file_that_holds_them(
    world: World, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.QUERY_MAX_RECORDS_PER_SLICE = 300
    query = submitted(world)
    with django_capture_on_commit_callbacks(execute=True):
        for slice_id in query.slices.order_by("position").values_list("pk", flat=True):
            worker.work_on(slice_id)
    before = set(query.slices.filter(kind=QuerySlice.Kind.READ).values_list("carriers_path", flat=True))
    assert before <= stored_files(query)
    person = Sample.objects.get(index=PHE508DEL_CARRIERS[0]).participant
    withdraw_consent(actor=world.people["hana"], participant=person)
    with django_capture_on_commit_callbacks(execute=True):
        worker.work_on(query.slices.get(kind=QuerySlice.Kind.MERGE).pk)
    assert not stored_files(query) & before


def test_a_finished_query__keeps_its_two_files_and_nothing_that_a_killed_worker_left(
    world: World, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    query = submitted(world)
    orphan = tmp_path / "orphan"
    orphan.write_bytes(b"written by a worker that was killed before it could say so")
    workspace.store(orphan, workspace.part_path(query, 0, "carriers"))
    workspace.store(orphan, workspace.result_path(query, "carriers"))
    with django_capture_on_commit_callbacks(execute=True):
        worker.drain(query)
    result = fresh(query).result
    assert stored_files(query) == {result.variants_path, result.carriers_path}


def stored_files(query: Query) -> set[str]:
    return set(workspace.leftovers_of(query, kept=()))


def test_a_worker_that_lost_its_lease__cannot_fail_the_query_of_the_next(world: World) -> None:
    query = submitted(world)
    piece = query.slices.get(position=0)
    old = take_lease(piece.pk)
    assert old is not None
    QuerySlice.objects.filter(pk=piece.pk).update(lease_until=clock.now() - timedelta(seconds=1))
    worker.reap()
    assert take_lease(piece.pk) is not None
    worker._give_up(old, "My disk is gone.")
    assert fresh(query).status == QueryStatus.RUNNING


@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_that_is_being_written__is_waited_for_by_whoever_reads_consent(world: World) -> None:
    """Dated before the reading and committed after it, it would be in no mask and make no result outdated."""
    query = submitted(world)
    person = Sample.objects.get(index=PHE508DEL_CARRIERS[0]).participant
    cipher = ProjectPseudonyms(world.project.reference)

    def withdraw_slowly() -> None:
        with transaction.atomic():
            withdraw_consent(actor=world.people["hana"], participant=person)
            written.set()
            go_on.wait(20)

    written, go_on = threading.Event(), threading.Event()
    withdrawing, reading = in_thread(withdraw_slowly), None
    try:
        assert written.wait(20)
        reading = in_thread(lambda: worker.drain(fresh(query)))
        until(lambda: not reading.is_alive() or somebody_waits_for_a_lock())
    finally:
        go_on.set()
        withdrawing.join()
    reading.join()
    shown = [] if results.standing_of(fresh(query)) else carriers_of_phe508del(fresh(query))
    assert cipher.encode(person.pk) not in {row["pseudonym"] for row in shown}


@pytest.mark.django_db(transaction=True)
def test_a_release_withdrawn_at_the_moment_a_query_finishes__is_withdrawn_and_the_result_withheld(
    world: World,
) -> None:
    query = submitted(world)
    lease = take_lease(query.slices.get(position=0).pk)
    assert lease is not None

    def finish_slowly() -> None:
        with transaction.atomic():
            result = QueryResult.objects.create(query=query, **A_RESULT, created_at=clock.now())
            QUERY.perform(query, "finish", WORKER, changes={"finished_at": result.created_at})
            written.set()
            go_on.wait(20)

    written, go_on = threading.Event(), threading.Event()
    finishing, withdrawing = in_thread(finish_slowly), None
    try:
        assert written.wait(20)
        withdrawing = in_thread(
            lambda: withdraw_release(actor=world.people["hana"], release=query.release, reason="Two plates swapped.")
        )
        until(lambda: not withdrawing.is_alive() or somebody_waits_for_a_lock())
    finally:
        go_on.set()
        finishing.join()
    withdrawing.join()
    settled = fresh(query)
    assert (settled.release.status, settled.status) == ("withdrawn", QueryStatus.WITHHELD)


A_RESULT: dict[str, Any] = dict.fromkeys(("variants_path", "carriers_path", "variants_sha256", "carriers_sha256"), "x")
A_RESULT |= dict.fromkeys(("variant_count", "carrier_row_count", "people_count", "cohort_size"), 1)
A_RESULT |= {"population_size": 1, "size_bytes": 1, "engine_version": "1", "consent_read_at": "2026-01-01T00:00:00Z"}


def in_thread(act: Any) -> threading.Thread:
    """Run a function in a thread with a database connection of its own."""

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def until(condition: Any) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_slice__one_gets_it(world: World) -> None:
    query = submitted(world)
    slice_id = query.slices.get(position=0).pk
    leases = _both_at_once(lambda: take_lease(slice_id))
    assert sum(lease is not None for lease in leases) == 1
    assert fresh(query).status == QueryStatus.RUNNING


@pytest.mark.django_db(transaction=True)
def test_cancel_and_finish_at_once__one_of_them_wins_and_the_state_is_whole(world: World) -> None:
    query = submitted(world)

    def cancel() -> str:
        try:
            return str(cancel_query(actor=world.people["ada"], query=fresh(query)).status)
        except Refusal:
            return "refused"

    _both_at_once(cancel, lambda: worker.drain(fresh(query)))
    settled = fresh(query)
    assert settled.status in (QueryStatus.CANCELLED, QueryStatus.FINISHED)
    assert hasattr(settled, "result") == (settled.status == QueryStatus.FINISHED)


def _both_at_once(first: Any, second: Any = None) -> list[Any]:
    """Run two functions in two threads, each with a database connection of its own."""
    barrier, outcomes = threading.Barrier(2), []

    def run(act: Any) -> None:
        barrier.wait()
        try:
            outcomes.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in (first, second or first)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
