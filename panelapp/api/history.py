"""Every version of a panel: when, by whom, why, what changed, what is known to be wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from panelapp.api.base import PanelsView, find_panel, json_response, numbered_page
from panelapp.api.documents import (
    CHANGE_EXAMPLE,
    PANEL_EXAMPLE,
    DiffSerializer,
    PanelDetailSerializer,
    VersionSerializer,
    described,
)
from panelapp.api.documents import PARAMETERS as P
from panelapp.api.panels import entities_of, find_version, version_response
from panelapp.models import Erratum, Panel, PanelVersion, SignOff, VersionContent
from panelapp.versions import diff, encode, instant


def find_history(request: Request, key: str) -> Panel:
    """A panel whose past the reader may see: also one that is gone."""
    if key.isascii() and key.isdigit() and len(key) < 10:
        gone: Panel | None = Panel.objects.gone().filter(pk=int(key)).first()
        if gone is not None:
            return gone
    return find_panel(request, key)


class VersionCollection(PanelsView):
    """All versions of a panel."""

    @described(
        "panels_versions_list",
        "List the versions of a panel",
        "Every version, the newest first, with author, reason, digest and known errors. Also of deleted panels.",
        VersionSerializer,
        {**PANEL_EXAMPLE, "author": "Gus", "reason": "New", "origin": "", "digest": None, "errata": []},
        parameters=[P.panel, P.page],
        form="page",
    )
    def get(self, request: Request, key: str) -> HttpResponse:
        """One page."""
        panel = find_history(request, key)
        rows = PanelVersion.objects.visible_to(request.user).filter(panel=panel).newest_first()
        errata = list(Erratum.objects.filter(panel=panel).order_by("pk"))
        return numbered_page(request, rows.count(), lambda start, stop: _versions(list(rows[start:stop]), errata))


class VersionItem(PanelsView):
    """One version, for ever."""

    @described(
        "panels_versions_read",
        "Read one version of a panel",
        "The version as it was published: the same bytes for ever, which a client may keep without asking again.",
        PanelDetailSerializer,
        {**PANEL_EXAMPLE, "genes": [], "strs": [], "regions": []},
        parameters=[P.panel, P.number],
    )
    def get(self, request: Request, key: str, number: str) -> HttpResponse:
        """The stored bytes."""
        response = version_response(request, find_version(request, find_history(request, key), number))
        if not request.user.is_authenticated:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


class VersionDiff(PanelsView):
    """What changed between two versions."""

    @described(
        "panels_diff",
        "Compare two versions of a panel",
        "Each difference between two versions as a typed change.",
        DiffSerializer,
        {"panel_id": 41, "from": "2.2", "to": "2.3", "changes": [CHANGE_EXAMPLE]},
        parameters=[P.panel, P.earlier, P.later],
    )
    def get(self, request: Request, key: str) -> HttpResponse:
        """The differences."""
        panel = find_history(request, key)
        numbers = [request.query_params.get(name, "") for name in ("from", "to")]
        if not all(numbers):
            raise ValidationError({"detail": "Say which versions: ?from=2.2&to=2.3"})
        old, new = (entities_of(find_version(request, panel, number)) for number in numbers)
        changes = [
            {
                "change": each.change,
                "entity_type": each.entity_kind,
                "entity_name": each.entity_name,
                "hgnc_id": each.hgnc_id,
                "field": each.field,
                "before": each.before,
                "after": each.after,
            }
            for each in diff(old, new)
        ]
        said = {"panel_id": panel.pk, "from": numbers[0], "to": numbers[1], "changes": changes}
        return json_response(request, encode(said))


def _versions(rows: Sequence[PanelVersion], errata: Sequence[Erratum]) -> list[str]:
    keys = [row.pk for row in rows]
    digests = dict(VersionContent.objects.filter(pk__in=keys).values_list("pk", "digest"))
    days = dict(SignOff.objects.filter(version__in=keys).values_list("version", "signed_off_on"))
    return [_version(row, digests.get(row.pk), days.get(row.pk), errata) for row in rows]


def _version(row: PanelVersion, digest: str | None, day: Any, errata: Sequence[Erratum]) -> str:
    more = {
        "signed_off": day.isoformat() if day else None,
        "author": row.created_by_name,
        "reason": row.reason,
        "origin": row.origin,
        "digest": digest,
        "errata": [
            {
                "from": f"{each.from_major}.{each.from_minor}",
                "to": f"{each.to_major}.{each.to_minor}",
                "entity_name": each.entity_name,
                "text": each.text,
                "created": instant(each.created_at),
            }
            for each in errata
            if each.covers(row.major, row.minor)
        ],
    }
    return f"{row.head[:-1]},{encode(more)[1:]}"
