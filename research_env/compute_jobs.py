"""Hands slices to AWS Batch or Slurm, watches the jobs, and takes back what they did not do.

The beat calls `tend_jobs` every few seconds; it may be called by two at once and at any time.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.db.models import F

from portal.kernel import clock
from research_env.executors import ExecutorError, executor_named
from research_env.models import UNDER_WAY, ComputeJob, Executor, Query, QuerySlice

log = logging.getLogger(__name__)
_ALIVE = (ComputeJob.State.SUBMITTING, ComputeJob.State.WAITING, ComputeJob.State.RUNNING)
_SUBMITTING_AT_MOST = timedelta(minutes=2)
_MOST_CHILDREN = 10_000  # of an array of AWS Batch


def tend_jobs() -> None:
    """Look at each job that is alive, then start jobs for slices that no living job has."""
    for job in ComputeJob.objects.filter(state__in=_ALIVE).select_related("query"):
        try:
            _look_at(job)
        except ExecutorError as error:
            log.warning("%s of %s cannot be looked at: %s", job, job.query.reference, error)
    for query in Query.objects.under_way().exclude(executor=Executor.WORKERS):
        start_job(query.pk)


def _look_at(job: ComputeJob) -> None:
    if not job.external_id:
        if clock.now() - job.created_at > _SUBMITTING_AT_MOST:
            _end(job, "It was not submitted: whoever did so was killed.")
        return
    executor = executor_named(job.executor)
    if job.query.status not in UNDER_WAY:
        executor.cancel(job)
        _end(job, "The query ended.")
        return
    status = executor.status(job)
    if status.state == ComputeJob.State.ENDED:
        _end(job, status.reason, status.log_url)
    elif status.state != job.state or status.log_url != job.log_url:
        alive = ComputeJob.objects.filter(pk=job.pk, state__in=_ALIVE)
        alive.update(state=status.state, log_url=status.log_url)


@transaction.atomic
def _end(job: ComputeJob, reason: str, log_url: str = "") -> None:
    """The job is over. A slice that it left undone counts one attempt more, or a job that cannot start would be
    submitted for ever; the reaper fails the query when there were enough."""
    ended = ComputeJob.objects.filter(pk=job.pk, state__in=_ALIVE).update(
        state=ComputeJob.State.ENDED, ended_at=clock.now(), status_reason=reason, log_url=log_url
    )
    if ended and reason:
        left = QuerySlice.objects.filter(query=job.query, state=QuerySlice.State.PENDING)
        left.filter(position__in=_positions(job)).update(attempts=F("attempts") + 1, last_error=reason[:200])


def start_job(query_id: int) -> ComputeJob | None:
    """Submit one array job for the slices of a query that wait and are in no living job; None when there are none."""
    with transaction.atomic():
        query = Query.objects.select_for_update(no_key=True).get(pk=query_id)
        if query.status not in UNDER_WAY:
            return None
        taken = {at for job in query.jobs.filter(state__in=_ALIVE) for at in _positions(job)}
        waiting = query.slices.filter(state=QuerySlice.State.PENDING, kind=QuerySlice.Kind.READ)
        waiting = waiting.filter(attempts__lt=settings.QUERY_MAX_ATTEMPTS).exclude(position__in=taken)
        children = _children(query, list(waiting.order_by("position")))
        if not children:
            return None
        job = ComputeJob.objects.create(query=query, executor=query.executor, children=children, created_at=clock.now())
    try:
        external_id = executor_named(query.executor).submit(job)
    except ExecutorError as error:
        log.error("A job of %s was refused: %s", query.reference, error)
        _end(job, f"It was refused: {error}")
        return job
    ComputeJob.objects.filter(pk=job.pk).update(external_id=external_id, state=ComputeJob.State.WAITING)
    job.refresh_from_db()
    return job


def _children(query: Query, slices: list[QuerySlice]) -> list[list[int]]:
    """Neighbouring slices together, so that a child works for minutes: starting a machine takes tens of seconds."""
    seconds_per_record = query.estimated_seconds / max(query.estimated_records, 1)
    total = sum(piece.records_estimated for piece in slices) * seconds_per_record
    per_child = max(settings.COMPUTE_CHILD_SECONDS, total / _MOST_CHILDREN)
    done = 0.0
    numbered = []
    for piece in slices:
        numbered.append((int(done // per_child), piece.position))
        done += piece.records_estimated * seconds_per_record
    return [[position for _, position in group] for _, group in groupby(numbered, key=lambda pair: pair[0])]


def _positions(job: ComputeJob) -> list[int]:
    return [position for child in job.children for position in child]
