"""Addresses that panels had on older servers: they stand in papers and bookmarks, and lead to where things are now."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from panelapp.models import Panel, PanelEntity
from panelapp.versions import LISTS


@require_safe
def by_hash(request: HttpRequest, hash_id: str, rest: str = "") -> HttpResponse:
    """A panel by the id of 24 letters that it had before 2018."""
    panel = Panel.objects.visible_to(request.user).filter(hash_id=hash_id).first()
    if panel is None:
        raise Http404("There is no such panel.")
    if rest:
        return by_symbol(request, panel.pk, rest.strip("/"))
    return redirect(panel, permanent=True)


@require_safe
def by_symbol(request: HttpRequest, pk: int, symbol: str, kind: str = "gene") -> HttpResponse:
    """An entity of a panel by its name or HGNC id alone."""
    word = symbol.replace("\x00", "")
    entities = PanelEntity.objects.visible_to(request.user).filter(panel=pk, kind=kind)
    by_id = {"gene__hgnc_id": word.upper()} if word.upper().startswith("HGNC:") else {"name": word}
    entity = entities.filter(**by_id).first()
    if entity is None:
        raise Http404("This panel has no such entity.")
    return redirect("panels:entity-detail", pk, LISTS[kind], entity.name, permanent=True)


@require_safe
def entity(request: HttpRequest, symbol: str) -> HttpResponse:
    """A gene on all panels."""
    return redirect("panels:gene-detail", symbol, permanent=True)


@require_safe
def web_services(request: HttpRequest, rest: str = "") -> HttpResponse:
    """The web service before /api/v1/: gone, with the address that took its place, for programs to read."""
    said = {
        "detail": "WebServices are not answered any more. Use /api/v1/; docs/panels-api.md tells which address takes "
        "the place of which.",
        "successor": request.build_absolute_uri("/api/v1/panels/"),
        "documentation": request.build_absolute_uri("/api/docs/"),
    }
    return JsonResponse(said, status=410, headers={"Access-Control-Allow-Origin": "*"})
