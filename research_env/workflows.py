"""The states of a query, as data."""

from __future__ import annotations

from ngrl.models import Release
from portal.kernel.access import only_system
from portal.kernel.workflow import Transition, Workflow
from research_env import policies
from research_env.allowances import within_allowance
from research_env.events import Event
from research_env.models import Query, QueryStatus

PLANNED, QUEUED, RUNNING, FINISHED, FAILED, CANCELLED, WITHHELD = QueryStatus


def release_is_published(query: Query) -> str | None:
    """The release can be read: nobody withdrew it meanwhile."""
    if query.release.status == Release.Status.PUBLISHED:
        return None
    return (
        f"The release {query.release.reference} was withdrawn: {query.release.withdrawn_reason} Choose another release."
    )


QUERY = Workflow(
    model=Query,
    name="query",
    initial=PLANNED,
    transitions=(
        Transition(
            action="submit",
            label="Run this query",
            sources=frozenset({PLANNED}),
            target=QUEUED,
            allowed=policies.can_work_on_query,
            guards=(release_is_published, within_allowance),
            event=Event.QUERY_SUBMITTED,
        ),
        Transition(
            action="start",
            label="Start",
            sources=frozenset({QUEUED}),
            target=RUNNING,
            allowed=only_system,
            event=Event.QUERY_STARTED,
        ),
        Transition(
            action="finish",
            label="Finish",
            sources=frozenset({RUNNING}),
            target=FINISHED,
            allowed=only_system,
            guards=(release_is_published,),
            event=Event.QUERY_FINISHED,
        ),
        Transition(
            action="fail",
            label="Fail",
            sources=frozenset({QUEUED, RUNNING}),
            target=FAILED,
            allowed=only_system,
            reason_required=True,
            event=Event.QUERY_FAILED,
        ),
        Transition(
            action="cancel",
            label="Cancel this query",
            sources=frozenset({PLANNED, QUEUED, RUNNING}),
            target=CANCELLED,
            allowed=policies.can_cancel_query,
            event=Event.QUERY_CANCELLED,
            danger=True,
        ),
        Transition(
            action="stop",
            label="Stop",
            sources=frozenset({PLANNED, QUEUED, RUNNING}),
            target=CANCELLED,
            allowed=policies.can_stop_query,
            reason_required=True,
            event=Event.QUERY_STOPPED,
        ),
        Transition(
            action="retry",
            label="Try again",
            sources=frozenset({FAILED, CANCELLED}),
            target=QUEUED,
            allowed=policies.can_work_on_query,
            guards=(release_is_published, within_allowance),
            event=Event.QUERY_RETRIED,
        ),
        Transition(
            action="withhold",
            label="Withhold",
            sources=frozenset({FINISHED}),
            target=WITHHELD,
            allowed=policies.can_stop_query,
            reason_required=True,
            event=Event.QUERY_WITHHELD,
        ),
    ),
)
