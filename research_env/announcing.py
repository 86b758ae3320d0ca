"""Knocking on the workers' door. A lost knock loses nothing: the reaper announces whatever still waits."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from portal.kernel import clock
from research_env.models import QuerySlice

log = logging.getLogger(__name__)


def announce_waiting(query_id: int) -> None:
    """Announce the waiting slices of a query."""
    waiting = QuerySlice.objects.filter(query_id=query_id, state=QuerySlice.State.PENDING, announced_at=None)
    announce(list(waiting.order_by("position").values_list("pk", flat=True)))


def announce(slice_ids: Iterable[int]) -> None:
    """Tell the broker of slices that wait. Without a broker this only writes a line in the log."""
    # Celery is imported here because it takes most of a second, and most commands announce nothing.
    from kombu.exceptions import OperationalError
    from redis.exceptions import RedisError

    from portal.celery import app

    ids = list(slice_ids)
    QuerySlice.objects.filter(pk__in=ids).update(announced_at=clock.now())
    try:
        for slice_id in ids:
            app.send_task("research_env.run_slice", args=[slice_id], queue="slices", retry=False)
    except (OperationalError, RedisError, OSError):
        log.warning("The broker cannot be reached; %d slices wait for the reaper.", len(ids))
