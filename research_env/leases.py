"""Who works on a slice: one worker at a time, by a lease in the database that it renews while it lives."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction

from access_review.selectors import is_member
from portal.kernel import clock
from portal.kernel.access import WORKER
from research_env.engine import Cancelled
from research_env.models import UNDER_WAY, Query, QuerySlice, QueryStatus
from research_env.services import stop_query
from research_env.workflows import QUERY, release_is_published

_RULES_EVERY_BEATS = 5


def reason_to_stop(query: Query) -> str | None:
    """Why a query that is under way must not go on: withdrawn release, or an author who lost access."""
    if sentence := release_is_published(query):
        return sentence
    if not is_member(query.author, query.project):
        return "The author no longer has access to this project's data."
    return None


@dataclass
class Lease:
    """The right to work on one slice until `until`, proven by the token."""

    slice_id: int
    token: uuid.UUID
    _beats: int = 0
    _last_good_beat: float = field(default_factory=time.monotonic)
    _last_try: float = 0.0

    def heartbeat(self, records_read: int, records_estimated: int) -> None:
        """Renew the lease and show progress; the engine calls this about twice a second.

        Raises Cancelled when the lease or the query is gone. A database that is away for a moment is waited out,
        but not longer than the lease.
        """
        if time.monotonic() - self._last_try < settings.QUERY_HEARTBEAT_SECONDS:
            return
        self._last_try = time.monotonic()
        try:
            self._renew(records_read, records_estimated)
            self._last_good_beat = time.monotonic()
        except (DatabaseError, InterfaceError) as error:
            connection.close()
            if time.monotonic() - self._last_good_beat > settings.QUERY_LEASE_SECONDS:
                raise Cancelled("The database was away for longer than the lease.") from error

    def _renew(self, records_read: int, records_estimated: int) -> None:
        renewed = (
            QuerySlice.objects.filter(pk=self.slice_id, lease_token=self.token, state=QuerySlice.State.RUNNING)
            .filter(query__in=Query.objects.filter(status=QueryStatus.RUNNING))
            .update(
                lease_until=clock.now() + timedelta(seconds=settings.QUERY_LEASE_SECONDS),
                records_read=records_read,
                records_estimated=max(records_read, records_estimated),
            )
        )
        if not renewed:
            raise Cancelled("The slice was given to another worker, or the query was stopped.")
        self._beats += 1
        if self._beats % _RULES_EVERY_BEATS == 0:
            query = Query.objects.select_related("project", "release", "author").get(slices=self.slice_id)
            if reason := reason_to_stop(query):
                stop_query(actor=WORKER, query=query, reason=reason)
                raise Cancelled(reason)

    def held(self) -> QuerySlice | None:
        """The slice, locked, if this lease still holds it; call inside a transaction."""
        return (
            QuerySlice.objects.select_for_update(no_key=True)
            .filter(pk=self.slice_id, lease_token=self.token, state=QuerySlice.State.RUNNING)
            .first()
        )


@contextmanager
def short_transaction() -> Iterator[None]:
    """A transaction of a worker, which the database ends when the worker says nothing for two leases.

    A worker that is frozen in the middle of it would hold its row locks, and everybody else, for ever.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            limit = f"{2 * settings.QUERY_LEASE_SECONDS}s"
            cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [limit])
        yield


@short_transaction()
def take_lease(slice_id: int) -> Lease | None:
    """Take a waiting slice of a query that is under way; None when somebody has it, or nothing is to be done.

    The query's row is locked first, as everywhere, so that two workers that start one query do not collide.
    """
    query = (
        Query.objects.select_for_update(of=("self",), no_key=True)
        .select_related("project", "release", "author")
        .filter(slices=slice_id, status__in=UNDER_WAY)
        .first()
    )
    if query is None:
        return None
    if reason := reason_to_stop(query):
        stop_query(actor=WORKER, query=query, reason=reason)
        return None
    if query.status == QueryStatus.QUEUED:
        QUERY.perform(query, "start", WORKER)
    at = clock.now()
    token = uuid.uuid4()
    piece = (
        QuerySlice.objects.select_for_update(no_key=True).filter(pk=slice_id, state=QuerySlice.State.PENDING).first()
    )
    if piece is None:
        return None
    piece.state = QuerySlice.State.RUNNING
    piece.attempts += 1
    piece.lease_token = token
    piece.lease_until = at + timedelta(seconds=settings.QUERY_LEASE_SECONDS)
    piece.started_at = at
    piece.records_read = 0
    piece.save(update_fields=["state", "attempts", "lease_token", "lease_until", "started_at", "records_read"])
    return Lease(slice_id, token)
