"""What queries do when something happens on a lower storey."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.events import Event as AccountsEvent
from accounts.events import IncidentEvent
from accounts.models import User
from ngrl.events import Event as NgrlEvent
from ngrl.models import Participant, Release
from ngrl.services import counts_effects
from portal.kernel import clock
from portal.kernel.access import REAPER, Actor
from portal.kernel.events import subscribe
from research_env.models import UNDER_WAY, Query, QueryStatus, SavedCohort
from research_env.services import stop_query
from research_env.workflows import QUERY


@subscribe(NgrlEvent.RELEASE_WITHDRAWN)
def end_queries_of_release(release: Release, actor: Actor, detail: Mapping[str, Any]) -> None:
    """Nothing is read from a withdrawn release any more, and nothing that was read from it is shown."""
    reason = f"The release {release.reference} was withdrawn on {clock.today():%-d %B %Y}: {release.withdrawn_reason}"
    # Locked before they are looked at: one that is finishing at this moment is then withheld.
    concerned = Query.objects.filter(release=release, status__in=(*UNDER_WAY, QueryStatus.FINISHED)).order_by("pk")
    for query in concerned.select_for_update(no_key=True):
        if query.status == QueryStatus.FINISHED:
            QUERY.perform(query, "withhold", REAPER, reason=reason, changes={"failure": reason})
        else:
            stop_query(actor=REAPER, query=query, reason=reason)


@subscribe(IncidentEvent.ACCESS_STOPPED)
@subscribe(AccountsEvent.ACCOUNT_CLOSED)
def end_queries_of_person(person: User, actor: Actor, detail: Mapping[str, Any]) -> None:
    """What the person had under way is cancelled; what finishes at this very moment is withheld."""
    reason = "The author no longer has access to data."
    under_way = list(
        Query.objects.filter(author=person, status__in=UNDER_WAY).order_by("pk").values_list("pk", flat=True)
    )
    for query in Query.objects.filter(pk__in=under_way).order_by("pk").select_for_update(no_key=True):
        if query.status == QueryStatus.FINISHED:
            QUERY.perform(query, "withhold", REAPER, reason=reason, changes={"failure": reason})
        elif query.status in UNDER_WAY:
            stop_query(actor=REAPER, query=query, reason=reason)


@counts_effects
def results_and_cohorts_touched(participant: Participant) -> Mapping[str, int]:
    """For the report of a withdrawal: results that are withheld until they are run again, and what is counted anew."""
    sequenced = Release.objects.filter(samples__participant=participant).values("pk")
    enrolled = Release.objects.filter(enrolments__participant=participant).values("pk")
    queries = Query.objects.filter(release__in=sequenced)
    return {
        "finished results that wait to be run again": queries.filter(status=QueryStatus.FINISHED).count(),
        "running queries that go on without the person": queries.filter(status__in=UNDER_WAY).count(),
        "saved cohorts that are counted anew": SavedCohort.objects.filter(release__in=enrolled).count(),
    }
