"""Does the work of queries: reads slices, puts them together, and takes up what others dropped.

Whoever finishes a slice writes its files under a name of its own and then, in one transaction and only while the
lease holds, makes them the slice's answer. So a worker that was killed, or that lost its lease while it slept, can
neither lose nor double anything.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import QuerySet

from portal.kernel import clock
from portal.kernel.access import REAPER, WORKER, Actor
from portal.kernel.refusals import TransitionRefused
from research_env import engine, workspace
from research_env.cohorts import People, people_for, pseudonyms_by_index, release_source
from research_env.dispatching import dispatch
from research_env.leases import Lease, reason_to_stop, short_transaction, take_lease
from research_env.models import STOPPED, UNDER_WAY, Query, QueryResult, QuerySlice, QueryStatus
from research_env.questions import Question
from research_env.results import carriers_schema_of, count_people, under_pseudonyms
from research_env.services import stop_query
from research_env.workflows import QUERY

log = logging.getLogger(__name__)
GIVEN_UP = (
    "A part of this query was tried {attempts} times and did not finish. "
    "Try again, or tell the service desk {reference}."
)


def work_on(slice_id: int) -> bool:
    """Do one slice, if it is there to be done. True when it was finished by this call."""
    lease = take_lease(slice_id)
    if lease is None:
        return False
    piece = QuerySlice.objects.select_related("query__project", "query__release", "query__author").get(pk=slice_id)
    try:
        return _merge(piece, lease) if piece.kind == QuerySlice.Kind.MERGE else _read(piece, lease)
    except engine.Cancelled as cancelled:
        log.info("%s slice %d: %s", piece.query.reference, piece.position, cancelled)
        _give_back(lease, "")
    except engine.EngineError as error:
        # A file that changed or a broken line: trying again gives the same, so the author is told now.
        _give_up(lease, str(error))
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        log.warning("%s slice %d lost the database: %s", piece.query.reference, piece.position, type(error).__name__)
    except Exception as error:
        log.exception("%s slice %d failed", piece.query.reference, piece.position)
        _give_back(lease, type(error).__name__)
    return False


def _read(piece: QuerySlice, lease: Lease) -> bool:
    query = piece.query
    began = time.process_time()
    question = Question.from_json(query.question)
    people = people_for(question, query.project, query.release)
    with workspace.scratch() as folder:
        variants, by_sample, carriers = (folder / name for name in ("variants", "by-sample", "carriers"))
        summary = engine.run_slice(
            release_source(query.release),
            engine.Slice.from_json(piece.work),
            people.cohort,
            question.filters(),
            variants,
            by_sample,
            population=people.population,
            progress=lease.heartbeat,
        )
        names = pa.array(pseudonyms_by_index(query.project, query.release), type=pa.string())
        write_under_pseudonyms(by_sample, carriers, names, lambda: lease.heartbeat(*[summary.records_read] * 2))
        paths = {
            "variants_path": workspace.store(variants, workspace.part_path(query, piece.position, "variants")),
            "carriers_path": workspace.store(carriers, workspace.part_path(query, piece.position, "carriers")),
        }
    return _finish_slice(lease, people, summary.records_read, time.process_time() - began, paths)


def write_under_pseudonyms(by_sample: Path, target: Path, names: pa.StringArray, alive: Callable[[], None]) -> None:
    """Column indexes become the project's pseudonyms, in an order that says nothing about the columns.

    `names` has the pseudonym of each column, "" of whom the project may not read. Holds a stretch of rows at a time.
    """
    order: list[tuple[str, Literal["ascending", "descending"]]] = [
        (name, "ascending") for name in ("contig", "position_1based", "ref", "alt", "pseudonym")
    ]
    schema = under_pseudonyms(pq.read_schema(by_sample).remove_metadata())
    with engine.GroupWriter(target, schema) as writer:
        for table in engine.stretches_in_order(by_sample):
            table = table.set_column(table.schema.get_field_index("sample"), "pseudonym", names.take(table["sample"]))
            # Whoever withdrew while the slice was read has no pseudonym any more; the merge notices and reads again.
            table = table.filter(pc.not_equal(table["pseudonym"], pa.scalar("")))
            for batch in table.sort_by(order).cast(schema).to_batches():
                writer.write(batch)
            alive()


@short_transaction()
def _finish_slice(lease: Lease, people: People, records_read: int, cpu_seconds: float, paths: dict[str, str]) -> bool:
    query = Query.objects.select_for_update(no_key=True).get(slices=lease.slice_id)
    piece = lease.held()
    if piece is None or query.status != QueryStatus.RUNNING:
        transaction.on_commit(lambda: workspace.remove(paths.values()))
        return False
    piece.state = QuerySlice.State.DONE
    piece.finished_at = clock.now()
    piece.lease_token = piece.lease_until = None
    piece.records_read = piece.records_estimated = records_read
    piece.cpu_seconds += cpu_seconds
    piece.bytes_read += round(query.estimated_bytes * records_read / max(query.estimated_records, 1))
    piece.cohort_sha256 = people.sha256
    piece.variants_path, piece.carriers_path = paths["variants_path"], paths["carriers_path"]
    piece.save()
    if not query.slices.exclude(state=QuerySlice.State.DONE).exists():
        QuerySlice.objects.create(query=query, position=query.slices.count(), kind=QuerySlice.Kind.MERGE)
        transaction.on_commit(dispatch)
    return True


def _merge(piece: QuerySlice, lease: Lease) -> bool:
    query = piece.query
    people = people_for(Question.from_json(query.question), query.project, query.release)
    parts = list(query.slices.filter(kind=QuerySlice.Kind.READ).order_by("position"))
    stale = [part.pk for part in parts if part.cohort_sha256 != people.sha256]
    if stale:
        _read_again(lease, stale)
        return False
    with workspace.scratch() as folder:
        variants, carriers = folder / "variants", folder / "carriers"
        counts = {}
        for table, path, schema in (
            ("variants", variants, engine.VARIANTS_SCHEMA),
            ("carriers", carriers, carriers_schema_of(query.release)),
        ):
            names = [getattr(part, f"{table}_path") for part in parts]
            fetched = workspace.fetch_all(names, folder, progress=lease.heartbeat)
            counts[table] = engine.merge(fetched, path, schema=schema, progress=lease.heartbeat)
        result = QueryResult(
            query=query,
            created_at=clock.now(),
            consent_read_at=people.consent_read_at,
            variants_path=workspace.store(variants, workspace.result_path(query, "variants")),
            carriers_path=workspace.store(carriers, workspace.result_path(query, "carriers")),
            variants_sha256=workspace.sha256_of(variants),
            carriers_sha256=workspace.sha256_of(carriers),
            variant_count=counts["variants"],
            carrier_row_count=counts["carriers"],
            people_count=count_people(carriers),
            cohort_size=people.cohort.size,
            population_size=people.population.size,
            size_bytes=variants.stat().st_size + carriers.stat().st_size,
            engine_version=engine.ENGINE_VERSION,
        )
    return _finish_query(lease, result)


@short_transaction()
def _finish_query(lease: Lease, result: QueryResult) -> bool:
    query = Query.objects.select_for_update(no_key=True).get(pk=result.query_id)
    piece = lease.held()
    written = [result.variants_path, result.carriers_path]
    if piece is None or query.status != QueryStatus.RUNNING or reason_to_stop(query):
        transaction.on_commit(lambda: workspace.remove(written))
        return False
    result.save()
    at = clock.now()
    piece.state, piece.finished_at, piece.lease_token, piece.lease_until = QuerySlice.State.DONE, at, None, None
    piece.save()
    seconds = round((at - query.submitted_at).total_seconds(), 1) if query.submitted_at else 0
    QUERY.perform(
        query,
        "finish",
        WORKER,
        changes={"finished_at": at},
        detail={"variants": result.variant_count, "seconds": seconds},
    )
    transaction.on_commit(lambda: workspace.remove(workspace.leftovers_of(query, kept=written)))
    return True


@short_transaction()
def _read_again(lease: Lease, slice_ids: list[int]) -> None:
    """Somebody withdrew, or a grant changed, while the query ran: those slices are read again under today's mask."""
    query = Query.objects.select_for_update(no_key=True).get(slices=lease.slice_id)
    piece = lease.held()
    if piece is None:
        return
    piece.delete()
    stale = query.slices.filter(pk__in=slice_ids)
    outdated = _files_of(stale)
    stale.update(state=QuerySlice.State.PENDING, attempts=0, announced_at=None, variants_path="", carriers_path="")
    transaction.on_commit(dispatch)
    transaction.on_commit(lambda: workspace.remove(outdated))


def _files_of(slices: QuerySet[QuerySlice]) -> list[str]:
    return [path for pair in slices.values_list("variants_path", "carriers_path") for path in pair]


@short_transaction()
def _give_back(lease: Lease, error_name: str) -> None:
    query = Query.objects.select_for_update(no_key=True).get(slices=lease.slice_id)
    piece = lease.held()
    if piece is not None:
        piece.last_error = error_name
        _put_back(piece, query)


@short_transaction()
def _give_up(lease: Lease, sentence: str) -> None:
    """Only who holds the lease may say that it cannot be done: another may be doing it."""
    query = Query.objects.select_for_update(no_key=True).get(slices=lease.slice_id)
    if lease.held() is not None:
        fail_query(query, sentence, WORKER)


def _put_back(piece: QuerySlice, query: Query) -> None:
    """Let the next worker have a slice, unless it was tried often enough. Both rows are locked by the caller."""
    piece.state = QuerySlice.State.PENDING
    piece.lease_token = piece.lease_until = piece.announced_at = None
    if piece.attempts >= settings.QUERY_MAX_ATTEMPTS:
        piece.state = QuerySlice.State.FAILED
        fail_query(query, GIVEN_UP.format(attempts=piece.attempts, reference=query.reference), REAPER)
    piece.save()


def fail_query(query: Query, reason: str, actor: Actor) -> None:
    """End a query with a sentence for its author. Another worker may have been quicker: that is no error."""
    try:
        QUERY.perform(query, "fail", actor, reason=reason, changes={"failure": reason, "finished_at": clock.now()})
    except TransitionRefused:
        log.info("%s had already ended", query.reference)


def reap() -> None:
    """Take up what was dropped: expired leases, slices whose announcement was lost, queries that must not go on."""
    _free_expired_leases()
    _give_up_what_no_machine_began()
    for query in Query.objects.under_way().select_related("project", "release", "author"):
        if reason := reason_to_stop(query):
            _stop(query, reason)
    dispatch()


def _give_up_what_no_machine_began() -> None:
    """A slice whose jobs ended before they took it, often enough: there is no lease that could expire."""
    waiting = QuerySlice.objects.filter(state=QuerySlice.State.PENDING, attempts__gte=settings.QUERY_MAX_ATTEMPTS)
    for slice_id in waiting.filter(query__status__in=UNDER_WAY).values_list("pk", flat=True):
        with transaction.atomic():
            query = Query.objects.select_for_update(no_key=True).filter(slices=slice_id).first()
            piece = QuerySlice.objects.select_for_update(no_key=True).filter(pk=slice_id, state="pending").first()
            if query is not None and piece is not None and query.status in UNDER_WAY:
                _put_back(piece, query)


def _stop(query: Query, reason: str) -> None:
    """Stop a query. One that ended meanwhile must not keep the reaper from the others."""
    try:
        stop_query(actor=REAPER, query=query, reason=reason)
    except TransitionRefused:
        log.info("%s had already ended", query.reference)


def _free_expired_leases() -> None:
    at = clock.now()
    expired = QuerySlice.objects.filter(state=QuerySlice.State.RUNNING, lease_until__lt=at)
    for slice_id in expired.values_list("pk", flat=True):
        with short_transaction():
            query = Query.objects.select_for_update(no_key=True).filter(slices=slice_id).first()
            if query is None:  # a merge that was taken back meanwhile
                continue
            piece = QuerySlice.objects.select_for_update(no_key=True).get(pk=slice_id)
            if piece.state != QuerySlice.State.RUNNING or piece.lease_until is None or piece.lease_until >= at:
                continue
            _put_back(piece, query)


def forget_parts() -> int:
    """Delete what stopped queries had read, once nobody took them up for so long. Returns how many queries.

    Such a query can still be taken up: it begins anew.
    """
    before = clock.now() - timedelta(days=settings.QUERY_KEEP_PARTS_DAYS)
    done = QuerySlice.objects.filter(state=QuerySlice.State.DONE, query__status__in=STOPPED)
    references = set(done.filter(query__finished_at__lt=before).values_list("query_id", flat=True))
    return sum(_forget_parts_of(query_id, before) for query_id in sorted(references))


@transaction.atomic
def _forget_parts_of(query_id: int, before: datetime) -> bool:
    stopped = Query.objects.select_for_update(no_key=True).filter(status__in=STOPPED, finished_at__lt=before)
    query = stopped.filter(pk=query_id).first()
    if query is None:  # somebody has just taken it up
        return False
    query.slices.filter(kind=QuerySlice.Kind.MERGE).delete()  # made anew once everything has been read again
    query.slices.update(state=QuerySlice.State.PENDING, records_read=0, variants_path="", carriers_path="")
    transaction.on_commit(lambda: workspace.remove(workspace.leftovers_of(query, kept=[])))
    return True


def drain(query: Query) -> None:
    """Do all of a query's work in this process, slice after slice: for commands and for machines without workers."""
    while True:
        waiting = query.slices.filter(state=QuerySlice.State.PENDING, query__status__in=UNDER_WAY)
        slice_id = waiting.order_by("position").values_list("pk", flat=True).first()
        if slice_id is None or (not work_on(slice_id) and waiting.filter(pk=slice_id).exists()):
            return
