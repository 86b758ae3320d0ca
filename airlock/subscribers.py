"""What requests of the airlock do when something happens, here or on a lower storey."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airlock.events import Event
from airlock.models import ExportRequest, Stretch
from portal.kernel import clock
from portal.kernel.access import Actor
from portal.kernel.events import subscribe


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
