"""Requests of the airlock with several files in them, made as their author makes them."""

from __future__ import annotations

from typing import Any

from airlock import services
from airlock.models import ExportRequest, RequestFile
from tests.factories.exports import Desk, explain, fresh
from tests.personas import World


def make_request(world: World, author: str = "ada") -> ExportRequest:
    """A draft without files."""
    return services.create_export(actor=world.people[author], project=world.project, title="Counts by region")


def add_file(request: ExportRequest, name: str, data: bytes, kind: str = "output", **said: Any) -> RequestFile:
    """One file in the request's only group; checked at once, as a preview."""
    group = request.groups.first() or services.save_group(
        actor=request.author,
        request=request,
        name="Tables",
        **{"context": "Counts by region.", "controls": "Masked below five.", **said},
    )
    return services.add_file(actor=request.author, request=request, group=group, name=name, pieces=[data], kind=kind)


def submitted(request: ExportRequest) -> ExportRequest:
    """The request after its author explained all findings and submitted it."""
    explain(Desk(request.author, request.project), request)
    return services.submit_export(actor=request.author, request=fresh(request), declares=True)
