"""Panels, their versions and what was signed off: everything is served as it was rendered once."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from panelapp.api.base import JSON, PanelsView, cached_response, find_panel, gzipped, not_found, numbered_page, words
from panelapp.api.documents import PANEL_EXAMPLE, PanelDetailSerializer, PanelSerializer, described
from panelapp.api.documents import PARAMETERS as P
from panelapp.models import Panel, PanelVersion, SignOff, VersionContent
from panelapp.versions import encode, parse_number


class PanelCollection(PanelsView):
    """All panels."""

    @described(
        "panels_list",
        "List panels",
        "Every public panel in the order of names, 100 to a page. `retired` with any value adds retired ones.",
        PanelSerializer,
        PANEL_EXAMPLE,
        parameters=[P.type, P.name, P.retired, P.page],
        form="page",
    )
    def get(self, request: Request) -> HttpResponse:
        """One page of heads."""
        listed = Panel.objects.exclude(status=Panel.Status.INTERNAL).exclude(status=Panel.Status.DELETED)
        rows = listed.filter(current__isnull=False)
        if "retired" not in request.query_params:
            rows = rows.published()
        if slugs := words(request, "type"):
            rows = rows.filter(types__slug__in=slugs).distinct()
        if name := request.query_params.get("name", "").replace("\0", ""):
            rows = rows.filter(name__icontains=name)
        heads = rows.order_by("name", "pk").values_list("name", "pk", "current__head")
        return numbered_page(request, rows.count(), lambda start, stop: [row[2] for row in heads[start:stop]])


class PanelItem(PanelsView):
    """One panel."""

    @described(
        "panels_read",
        "Read a panel",
        "One panel with everything on it, by id, hash id or name. `version` gives a version of the past; "
        "`exclude_entities=True` leaves out what is on the panel. Send back the `ETag` in `If-None-Match`: a panel "
        "that did not change answers 304. A deleted panel answers 410, with reason and successor.",
        PanelDetailSerializer,
        {**PANEL_EXAMPLE, "genes": [], "strs": [], "regions": []},
        parameters=[P.panel, P.version, P.exclude_entities, P.retired],
    )
    def get(self, request: Request, key: str) -> HttpResponse:
        """The stored bytes."""
        panel = find_panel(request, key)
        if request.query_params.get("exclude_entities") == "True":
            return head_response(request, panel)
        if "version" in request.query_params:
            return past_response(request, find_version(request, panel, request.query_params["version"]))
        return version_response(request, panel.current)


class SignedOffCollection(PanelsView):
    """Versions that somebody stands behind."""

    @described(
        "panels_signed_off_list",
        "List signed-off versions",
        "For each panel the version that was signed off last; with `display=all`, all that ever were.",
        PanelSerializer,
        {**PANEL_EXAMPLE, "signed_off": "2026-02-10"},
        parameters=[P.display, P.panel_id, P.type, P.page],
        form="page",
    )
    def get(self, request: Request) -> HttpResponse:
        """One page of heads with the day."""
        rows = SignOff.objects.filter(panel__in=Panel.objects.published())
        if text := request.query_params.get("panel_id"):
            rows = rows.filter(panel=int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else rows.none()
        if slugs := words(request, "type"):
            rows = rows.filter(panel__types__slug__in=slugs)
        if request.query_params.get("display") != "all":
            latest = SignOff.objects.order_by("panel", "-signed_off_on", "-pk").distinct("panel")
            rows = rows.filter(pk__in=latest.values("pk"))
        ordered = rows.distinct().order_by("panel", "-signed_off_on", "-pk").select_related("version")
        return numbered_page(
            request,
            rows.distinct().count(),
            lambda start, stop: [
                with_day(each.version.head, each.signed_off_on.isoformat()) for each in ordered[start:stop]
            ],
        )


class SignedOffItem(PanelsView):
    """The signed-off version of one panel."""

    @described(
        "panels_signed_off_read",
        "Read the signed-off version of a panel",
        "The version that was signed off last, with everything on it.",
        PanelDetailSerializer,
        {**PANEL_EXAMPLE, "genes": [], "strs": [], "regions": [], "signed_off": "2026-02-10"},
        parameters=[P.panel],
    )
    def get(self, request: Request, key: str) -> HttpResponse:
        """The stored bytes with the day."""
        panel = find_panel(request, key)
        latest = SignOff.objects.filter(panel=panel).order_by("-signed_off_on", "-pk").select_related("version")
        found = latest.first() or not_found()
        return past_response(request, found.version)


def find_version(request: Request, panel: Panel, text: str) -> PanelVersion:
    """A version of a panel that the reader sees. 400 for what is no version, 404 for one that is not held."""
    number = parse_number(text)
    if number is None:
        raise ValidationError({"detail": "Incorrect version supplied"})
    held = PanelVersion.objects.visible_to(request.user).filter(panel=panel, major=number[0], minor=number[1])
    return held.select_related("sign_off").first() or not_found()


def head_response(request: Request, panel: Panel) -> HttpResponse:
    """A panel, or a version of it, without what is on it."""
    text = request.query_params.get("version")
    version = find_version(request, panel, text) if text is not None else panel.current or not_found()
    return HttpResponse(version.head, content_type=JSON)


def version_response(request: Request, version: PanelVersion | None) -> HttpResponse:
    """A whole version as it was rendered. Its content is fetched only for a client that does not have it."""
    held = _held(version)
    return cached_response(
        request,
        digest=held["digest"],
        at=held["version__created_at"],
        body=lambda zipped: _content(held["pk"], zipped=zipped),
    )


def past_response(request: Request, version: PanelVersion) -> HttpResponse:
    """A version of the past, with the day on which it was signed off."""
    held = _held(version)
    signed = SignOff.objects.filter(version=version).first()
    day = signed.signed_off_on.isoformat() if signed else None

    def body(zipped: bool) -> bytes:
        text = with_day(_content(held["pk"], zipped=False).decode(), day).encode()
        return gzipped(text) if zipped else text

    return cached_response(request, digest=f"{held['digest']}-{day}", at=held["version__created_at"], body=body)


def with_day(wire: str, day: str | None) -> str:
    """A panel's JSON with the day of its sign-off."""
    return f'{wire[:-1]},"signed_off":{encode(day)}}}'


def entities_of(version: PanelVersion) -> dict[str, Any]:
    """A version as a dictionary. 404 for one that is known by its head alone."""
    found: dict[str, Any] = json.loads(_content(_held(version)["pk"], zipped=False))
    return found


def _held(version: PanelVersion | None) -> dict[str, Any]:
    rows = VersionContent.objects.filter(pk=version.pk) if version else VersionContent.objects.none()
    return dict(rows.values("pk", "digest", "version__created_at").first() or not_found())


def _content(key: int, *, zipped: bool) -> bytes:
    content = VersionContent.objects.get(pk=key)
    return bytes(content.gzipped) if zipped else content.json
