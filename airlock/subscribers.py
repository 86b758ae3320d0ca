"""What requests of the airlock do when something happens, here or on a lower storey."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airlock.events import Event
from airlock.models import ExportRequest, Stretch
from airlock.services import hold_export
from airlock.services.managing import WATCH
from ngrl.events import Event as NgrlEvent
from ngrl.models import Participant, Release
from ngrl.services import counts_effects
from portal.kernel import clock
from portal.kernel.access import Actor
from portal.kernel.events import subscribe
from research_env.models import Query


def keep_the_clock(request: ExportRequest, actor: Actor, detail: Mapping[str, Any]) -> None:
    """A new stretch begins whenever the state or the hold changed: the two clocks are counted from them."""
    last = Stretch.objects.filter(request=request, ended_at=None).first()
    now = (request.status, request.turn, request.is_held)
    if last is not None and (last.status, last.turn, last.is_held) == now:
        return
    at = clock.now()
    if last is not None:
        Stretch.objects.filter(pk=last.pk).update(ended_at=at)
    Stretch.objects.create(
        request=request, status=request.status, turn=request.turn, is_held=request.is_held, began_at=at
    )


for event in Event:
    if event.startswith("airlock.export."):
        subscribe(event)(keep_the_clock)


@subscribe(NgrlEvent.PARTICIPANT_WITHDRAWN)
def hold_what_counted_them(participant: Participant, actor: Actor, detail: Mapping[str, Any]) -> None:
    """Results of queries over a release that holds the person do not leave as they are."""
    _hold(Release.objects.filter(samples__participant=participant), "Somebody in the data has withdrawn since.")


@subscribe(NgrlEvent.RELEASE_WITHDRAWN)
def hold_results_of_release(release: Release, actor: Actor, detail: Mapping[str, Any]) -> None:
    """Results of queries over a withdrawn release do not leave."""
    _hold(Release.objects.filter(pk=release.pk), "The release of data that this was taken from was withdrawn.")


def _hold(releases: Any, reason: str) -> None:
    sources = Query.objects.filter(release__in=releases.values("pk")).values("reference")
    concerned = ExportRequest.objects.filter(
        status__in=ExportRequest.OPEN, held_at=None, files__removed_at=None, files__source__in=sources
    )
    for request in concerned.distinct().order_by("pk"):
        hold_export(actor=WATCH, request=request, reason=f"{reason} Run the query again, and replace its result.")


@counts_effects
def requests_touched(participant: Participant) -> Mapping[str, int]:
    """For the report of a withdrawal: requests that are held, because a file in them counted the person."""
    releases = Release.objects.filter(samples__participant=participant).values("pk")
    sources = Query.objects.filter(release__in=releases).values("reference")
    held = ExportRequest.objects.filter(
        status__in=ExportRequest.OPEN, held_at__isnull=False, files__removed_at=None, files__source__in=sources
    )
    return {"airlock requests that are held": held.distinct().count()}
