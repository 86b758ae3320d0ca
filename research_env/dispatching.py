"""Which slices go to the workers next: a window of work at a time, shared fairly between projects.

The broker holds only what workers can begin soon; the order of everything else is decided here, in PostgreSQL, each
time something ends. So a project with ten thousand slices delays another by one slice, not by ten thousand. A lost
knock loses nothing: after a while it does not count any more, and the slice is announced again.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet

from portal.kernel import clock
from research_env.allowances import concurrent_slices_of
from research_env.models import UNDER_WAY, Executor, Lane, QuerySlice

log = logging.getLogger(__name__)
ANNOUNCE_AGAIN_AFTER = timedelta(seconds=15)
QUEUES = {Lane.EXPRESS: "express", Lane.SCAN: "slices"}


def dispatch() -> int:
    """Announce to the workers what may begin now; returns how many slices. Call it after the commit of a change."""
    lanes = dict.fromkeys(_express(), Lane.EXPRESS) | dict.fromkeys(_scans(), Lane.SCAN)
    chosen = _claim(list(lanes))
    _knock([(lanes[slice_id], slice_id) for slice_id in chosen])
    return len(chosen)


def _claim(slice_ids: list[int]) -> list[int]:
    """Of these slices those that nobody else announced at this moment, in their order.

    One statement and no lock that outlives it: a process that is stopped in the middle holds up nobody.
    """
    at = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE research_env_queryslice SET announced_at = %s WHERE id = ANY(%s) AND state = 'pending' "
            "AND (announced_at IS NULL OR announced_at < %s) RETURNING id",
            [at, slice_ids, at - ANNOUNCE_AGAIN_AFTER],
        )
        claimed = {slice_id for (slice_id,) in cursor.fetchall()}
    return [slice_id for slice_id in slice_ids if slice_id in claimed]


def _waiting(lane: Lane) -> QuerySet[QuerySlice]:
    """Slices of a lane that workers are to do and that nobody was told of, or so long ago that the knock was lost."""
    unheard = Q(announced_at=None) | Q(announced_at__lt=clock.now() - ANNOUNCE_AGAIN_AFTER)
    for_workers = Q(query__executor=Executor.WORKERS) | Q(kind=QuerySlice.Kind.MERGE)
    return QuerySlice.objects.filter(
        unheard, for_workers, state=QuerySlice.State.PENDING, query__status__in=UNDER_WAY, query__lane=lane
    ).order_by("query__submitted_at", "query_id", "position")


def _express() -> list[int]:
    return list(_waiting(Lane.EXPRESS).values_list("pk", flat=True)[: settings.QUERY_WINDOW * 4])


def _scans() -> list[int]:
    """The next scans: each time the project with the fewest slices in flight has its turn, up to its own limit."""
    in_flight = _in_flight()
    room = settings.QUERY_WINDOW - in_flight.total()
    if room <= 0:
        return []
    waiting = defaultdict(deque)
    for project_id in set(_waiting(Lane.SCAN).order_by().values_list("query__project_id", flat=True)):
        mine = _waiting(Lane.SCAN).filter(query__project_id=project_id).values_list("pk", flat=True)[:room]
        waiting[project_id] = deque(mine)
    return take_turns(waiting, in_flight, concurrent_slices_of(waiting), room)


def take_turns(
    waiting: Mapping[int, deque[int]], in_flight: Counter[int], limits: Mapping[int, int], room: int
) -> list[int]:
    """Up to `room` of the waiting slices, by project in turns. `in_flight` is counted on; `waiting` is used up.

    A tie goes to the project whose work has waited longer: its slices have the lower ids.
    """
    chosen: list[int] = []
    while len(chosen) < room:
        eligible = [project for project, line in waiting.items() if line and in_flight[project] < limits[project]]
        if not eligible:
            break
        project = min(eligible, key=lambda each: (in_flight[each], waiting[each][0]))
        chosen.append(waiting[project].popleft())
        in_flight[project] += 1
    return chosen


def _in_flight() -> Counter[int]:
    """Scans that run, or that a worker was told of, by project."""
    heard = Q(state=QuerySlice.State.PENDING, announced_at__gte=clock.now() - ANNOUNCE_AGAIN_AFTER)
    busy = QuerySlice.objects.filter(heard | Q(state=QuerySlice.State.RUNNING), query__status__in=UNDER_WAY)
    mine = busy.filter(query__lane=Lane.SCAN, query__executor=Executor.WORKERS)
    return Counter(mine.values_list("query__project_id", flat=True))


def _knock(chosen: list[tuple[Lane, int]]) -> None:
    """Tell the broker of slices that wait. Without a broker this only writes a line in the log."""
    # Celery is imported here because it takes most of a second, and most commands announce nothing.
    from kombu.exceptions import OperationalError
    from redis.exceptions import RedisError

    from portal.celery import app

    try:
        for lane, slice_id in chosen:
            app.send_task("research_env.run_slice", args=[slice_id], queue=QUEUES[lane], retry=False)
    except (OperationalError, RedisError, OSError):
        log.warning("The broker cannot be reached; %d slices wait for the reaper.", len(chosen))
