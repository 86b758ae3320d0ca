"""Everything at once: the nightly files for all, and for curators all panels, genes, repeats and regions as tables."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from panelapp import bulk, policies, summaries
from panelapp.listings import panel_url
from panelapp.models import Panel, PanelEntity, Review, SignOff
from panelapp.national_sheets import COLUMNS, PANEL_COLUMNS, PanelStanding, entity_row, panel_row
from panelapp.summaries import KIND_OF_LIST
from panelapp.views.tabs import section_tabs
from panelapp.vocabularies import EntityKind
from portal.kernel.access import require
from portal.kernel.listing import Cell, Column, table

_TSV = "text/tab-separated-values; charset=utf-8"


@require_safe
def files(request: HttpRequest) -> HttpResponse:
    """The nightly files with their hashes, and for curators the tables of everything."""
    manifest = json.loads(bulk.read_file(bulk.MANIFEST) or "{}")
    columns = (
        Column(
            "File",
            lambda row: Cell(row["name"], reverse("api-v1:panel-bulk-file", args=[row["name"]])),
            is_key=True,
        ),
        Column("Size", lambda row: f"{row['size_bytes'] / 1_000_000:.1f}", unit="MB", align="right"),
        Column("sha256", "sha256"),
    )
    context = {
        "manifest": manifest,
        "files": table("Files of the night", columns, manifest.get("files", ())),
        "is_curator": policies.can_create_panel(request.user, None),
        "tabs": section_tabs(request.user, "files"),
    }
    return render(request, "panelapp/files.html", context)


@require_safe
@login_required
def all_panels(request: HttpRequest) -> StreamingHttpResponse:
    """Every panel that is not deleted, with who reviewed it."""
    require(policies.can_create_panel, request.user, None)
    panels = list(_panels(request.user))
    standing = _standings()
    lines = (
        panel_row(json.loads(head), request.build_absolute_uri(panel_url(pk)), standing.get(pk, PanelStanding()))
        for pk, head in panels
    )
    return _sheet("panels.tsv", PANEL_COLUMNS, lines)


@require_safe
@login_required
def all_entities(request: HttpRequest, kind: str) -> StreamingHttpResponse:
    """Every gene, repeat or region on a panel that is not deleted, with the super panels that show it."""
    require(policies.can_create_panel, request.user, None)
    heads = {pk: json.loads(head) for pk, head in _panels(request.user)}
    parents: defaultdict[int, list[Any]] = defaultdict(list)
    for child, parent in Panel.children.through.objects.order_by("from_panel").values_list("to_panel", "from_panel"):
        if parent in heads:
            parents[child].append(heads[parent])
    rows = PanelEntity.objects.filter(kind=KIND_OF_LIST[kind], panel__in=heads).published().order_by("panel", "name")
    lines = (
        entity_row(json.loads(wire), heads[panel], parents[panel])
        for panel, wire in rows.values_list("panel_id", "wire").iterator(chunk_size=500)
    )
    return _sheet(f"{kind}.tsv", COLUMNS[KIND_OF_LIST[kind]], lines)


def _panels(actor: Any) -> Any:
    seen = Panel.objects.visible_to(actor).exclude(status=Panel.Status.DELETED).filter(current__isnull=False)
    return seen.order_by("name", "pk").values_list("pk", "current__head")


def _standings() -> dict[int, PanelStanding]:
    """Who reviewed each panel, how many of its genes have a review, and its last sign-off: three queries."""
    # By panel, by person: name and address.
    people: defaultdict[int, dict[int, tuple[str, str]]] = defaultdict(dict)
    rated: defaultdict[int, set[int]] = defaultdict(set)
    about = ("entity__panel_id", "entity_id", "entity__kind", "author_id", "author__display_name", "author__email")
    reviews = Review.objects.order_by("author__display_name", "author")
    for panel, entity, kind, author, name, address in reviews.values_list(*about):
        people[panel][author] = (name, address)
        if kind == EntityKind.GENE:
            rated[panel].add(entity)
    places = summaries.affiliations({author for each in people.values() for author in each})
    signed = dict(SignOff.objects.order_by("signed_off_on", "pk").values_list("panel_id", "signed_off_on"))
    return {
        panel: PanelStanding(
            reviewers=[(name, places.get(key, ""), address) for key, (name, address) in people[panel].items()],
            rated_genes=len(rated[panel]),
            signed_off=signed[panel].isoformat() if panel in signed else "",
        )
        for panel in people.keys() | signed.keys()
    }


def _sheet(name: str, columns: Sequence[str], lines: Iterable[Sequence[str]]) -> StreamingHttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="all-{name}"'}
    return StreamingHttpResponse(_written(columns, lines), content_type=_TSV, headers=headers)


def _written(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out, dialect="excel-tab", lineterminator="\n")
    writer.writerow(columns)
    for line in lines:
        writer.writerow(line)
        if out.tell() > 64_000:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()
