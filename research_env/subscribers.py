"""What queries do when something happens on a lower storey."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ngrl.events import Event as NgrlEvent
from ngrl.models import Release
from portal.kernel import clock
from portal.kernel.access import REAPER, Actor
from portal.kernel.events import subscribe
from research_env.models import Query, QueryStatus
from research_env.services import stop_query
from research_env.workflows import QUERY


@subscribe(NgrlEvent.RELEASE_WITHDRAWN)
def end_queries_of_release(release: Release, actor: Actor, detail: Mapping[str, Any]) -> None:
    """Nothing is read from a withdrawn release any more, and nothing that was read from it is shown."""
    reason = f"The release {release.reference} was withdrawn on {clock.today():%-d %B %Y}: {release.withdrawn_reason}"
    for query in Query.objects.filter(release=release).under_way():
        stop_query(actor=REAPER, query=query, reason=reason)
    for query in Query.objects.filter(release=release, status=QueryStatus.FINISHED):
        QUERY.perform(query, "withhold", REAPER, reason=reason, changes={"failure": reason})
