"""Panels as everybody reads them: the list, the search, and one panel at any of its versions."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from panelapp import listings, summaries
from panelapp.contents import Rows, level_counts, rows_of
from panelapp.models import Indication, Panel, PanelType, PanelVersion
from panelapp.models.panels import sees_every_panel
from panelapp.pictures import rating_picture, time_picture
from panelapp.views import of_panel
from panelapp.views.tabs import downloads_of, panel_actions, panel_tabs, section_tabs
from panelapp.vocabularies import EntityKind
from portal.kernel.listing import Download, ListRows


@require_safe
def panel_list(request: HttpRequest) -> HttpResponse:
    """The panels that the reader sees, with filters in the address."""
    sees_all = sees_every_panel(request.user)
    panels = Panel.objects.visible_to(request.user)
    options = {
        "with_status": sees_all,
        "groups": list(
            panels.exclude(disease_group="")
            .order_by("disease_group")
            .values_list("disease_group", flat=True)
            .distinct()
        ),
        "types": list(
            PanelType.objects.filter(panels__in=panels).distinct().order_by("name").values_list("slug", "name")
        ),
    }
    listing = listings.panels_listing(with_status=sees_all).page(request, panels.for_list(), form_options=options)
    return render(
        request,
        "panelapp/panel_list.html",
        {"listing": listing, "tabs": section_tabs(request.user, "panel-list"), "may_create": sees_all},
    )


def version_asked(request: HttpRequest, panel: Panel) -> PanelVersion | None:
    """The version in the address, or the current one."""
    text = request.GET.get("version", "").replace("\x00", "")
    if not text:
        return panel.current
    versions = PanelVersion.objects.visible_to(request.user)
    if (version := summaries.version_called(versions, panel, text)) is None:
        raise Http404("This panel has no such version.")
    return version


@require_safe
@of_panel
def panel_detail(request: HttpRequest, panel: Panel, kind: str = EntityKind.GENE.value) -> HttpResponse:
    """What stands on a panel, at a version."""
    version = version_asked(request, panel)
    held = rows_of(version)
    is_current = version is None or version.pk == panel.current_id
    parts = {panel.pk, *(row.child_id for row in (held or {}).get(kind, ()) if row.child_id)}
    rows = summaries.rows_with_reviews(held, kind, panel.pk, summaries.review_counts(parts) if is_current else {})
    listing = listings.entities_listing(panel, kind, is_current=is_current)
    context = {
        **frame_of(request, panel, version, listings.PART_OF_KIND[kind]),
        "listing": listing.page(request, ListRows(rows)),
        "parts": listings.parts_table(held) if panel.is_super and held else None,
        "content_is_known": held is not None or version is None,
        "info": _info(panel, version),
        "downloads": downloads_of(panel, version) if held else (),
        "actions": panel_actions(panel, request.user) if is_current else (),
        **_ratings(held, kind),
    }
    return render(request, "panelapp/panel_detail.html", context)


def frame_of(request: HttpRequest, panel: Panel, version: PanelVersion | None, part: str) -> dict[str, Any]:
    """What every page of a panel shows around its part."""
    return {
        "panel": panel,
        "version": version,
        "is_current": version is None or version.pk == panel.current_id,
        "tabs": panel_tabs(panel, version, part, request.user),
        "tone": listings.STATUS_TONES[panel.status],
        "errata": summaries.errata_of(panel, version),
        "panel_caption": f"Gene panel {panel.pk}, version {version.number if version else panel.version}",
    }


def _info(panel: Panel, version: PanelVersion | None) -> list[tuple[str, object]]:
    """The box beside the panel: what it is about, and what stands behind it."""
    sign_off = summaries.latest_sign_off(panel)
    facts: list[tuple[str, object]] = [
        ("Version", f"{version.number}, {version.created_at:%-d %B %Y}" if version else "none yet"),
        ("Disease group", ", ".join(filter(None, [panel.disease_group, panel.disease_sub_group]))),
        ("Disorders and codes", ", ".join(filter(None, panel.relevant_disorders))),
        ("Test directory", ", ".join(f"{each.code} {each.name}" for each in Indication.objects.of_panel(panel.pk))),
        ("Types", ", ".join(kind.name for kind in panel.types.order_by("name"))),
        ("HPO", ", ".join(panel.hpo)),
        ("OMIM", ", ".join(panel.omim)),
        ("Orphanet", ", ".join(panel.orphanet)),
        ("Signed off", f"version {sign_off.version.number}, {sign_off.signed_off_on:%-d %B %Y}" if sign_off else ""),
    ]
    return [(name, value) for name, value in facts if value]


def _ratings(held: Rows | None, kind: str) -> dict[str, Any]:
    if kind != EntityKind.GENE or held is None:
        return {}
    counts = level_counts(held, kind)
    return {"picture": rating_picture(counts), "picture_table": listings.levels_table("Genes by rating", counts)}


@require_safe
@of_panel
def panel_history(request: HttpRequest, panel: Panel) -> HttpResponse:
    """Every version of a panel, its genes by rating over time, and a form that compares two versions."""
    versions = PanelVersion.objects.visible_to(request.user).filter(panel=panel).select_related("sign_off")
    counts = level_counts(rows_of(panel.current), EntityKind.GENE)
    moments = summaries.change_over_time(panel, counts)
    context = {
        **frame_of(request, panel, panel.current, "panel-history"),
        "listing": listings.versions_listing(panel).page(request, versions),
        "picture": time_picture(moments),
        "picture_table": listings.moments_table(moments),
        "numbers": [f"{major}.{minor}" for major, minor in versions.newest_first().values_list("major", "minor")],
    }
    return render(request, "panelapp/panel_history.html", context)


@require_safe
@of_panel
def panel_diff(request: HttpRequest, panel: Panel) -> HttpResponse:
    """What changed between two versions."""
    versions = PanelVersion.objects.visible_to(request.user)
    ends = [
        summaries.version_called(versions, panel, request.GET.get(end, "").replace("\x00", ""))
        for end in ("old", "new")
    ]
    if ends[0] is None or ends[1] is None:
        raise Http404("This panel has no such version.")
    changes = summaries.difference(ends[0], ends[1])
    context = {
        **frame_of(request, panel, panel.current, "panel-history"),
        "old": ends[0],
        "new": ends[1],
        "changes": None if changes is None else listings.changes_table(changes),
        "change_count": len(changes or ()),
    }
    return render(request, "panelapp/panel_diff.html", context)


@require_safe
@of_panel
def panel_contributors(request: HttpRequest, panel: Panel) -> HttpResponse:
    """Who reviewed what stands on a panel."""
    people = summaries.contributors(panel)
    context = {
        **frame_of(request, panel, panel.current, "panel-contributors"),
        "people": listings.contributors_table(people),
        "people_count": len(people),
    }
    return render(request, "panelapp/panel_contributors.html", context)


@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    """What happened to the panels that the reader sees, newest first."""
    listing = listings.ACTIVITY.page(
        request, summaries.activity(request.user), downloads=[Download("CSV", reverse("panels:activity-csv"))]
    )
    return render(
        request, "panelapp/activity.html", {"listing": listing, "tabs": section_tabs(request.user, "activity")}
    )
