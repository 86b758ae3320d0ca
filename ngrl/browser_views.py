"""The public data browser: releases in numbers, one page for each field, files for programs, and metadata."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ngrl.browser import as_record, catalogue, field_record, fields_named, figure_of, release_rows
from ngrl.listings import bars
from ngrl.models import DictionaryColumn, Release
from ngrl.turtle import as_turtle
from portal.kernel.sheets import csv_line

PUBLISHER = "Lectern"


@require_safe
def figures_json(request: HttpRequest) -> JsonResponse:
    """Every release in numbers, those of its programmes with it."""
    return JsonResponse({"releases": [as_record(row) for row in release_rows(_releases(request))]})


@require_safe
def figures_csv(request: HttpRequest) -> HttpResponse:
    """The same as a table: one line for each release as a whole, and one for each programme in it."""
    lines = []
    for row in release_rows(_releases(request)):
        release = row.release
        told = (release.reference, release.status, release.assembly, release.callset)
        lines.append((*told, "", row.participants, row.summary.people))
        lines += [(*told, *programme) for programme in row.programmes]
    head = ("release", "status", "assembly", "callset", "programme", "participants", "genomes")
    return _csv("releases.csv", head, lines)


@require_safe
def catalogue_jsonld(request: HttpRequest) -> JsonResponse:
    """The catalogue as DCAT and Bioschemas metadata."""
    return JsonResponse(_catalogue(request), content_type="application/ld+json")


@require_safe
def catalogue_turtle(request: HttpRequest) -> HttpResponse:
    """The same facts as Turtle."""
    return HttpResponse(as_turtle(_catalogue(request)), content_type="text/turtle; charset=utf-8")


def _catalogue(request: HttpRequest) -> dict[str, Any]:
    rows = release_rows(_releases(request))
    addresses = {row.release.reference: request.build_absolute_uri(row.release.get_absolute_url()) for row in rows}
    addresses |= {
        "": request.build_absolute_uri(reverse("ngrl:release-list")),
        "access": request.build_absolute_uri(reverse("getting-access")),
    }
    return catalogue(rows, addresses, PUBLISHER)


@require_safe
def field_detail(request: HttpRequest, table: str, name: str) -> HttpResponse:
    """One field: what it means, of how many people it says something, and how they are distributed."""
    found = fields_named(table, name)
    column = _chosen(request, found)
    figure = figure_of(column)
    context = {
        "column": column,
        "figure": figure,
        "bars": bars(dict(figure.cells)) if figure else [],
        "hides": figure is not None and "not shown" in (figure.people, *(text for _, text in figure.cells)),
        "others": [each for each in found if each.pk != column.pk],
        "release": column.table.edition.release,
    }
    return render(request, "ngrl/field_detail.html", context)


@require_safe
def field_json(request: HttpRequest, table: str, name: str) -> JsonResponse:
    """The same for programs."""
    return JsonResponse(field_record(_chosen(request, fields_named(table, name))))


@require_safe
def field_csv(request: HttpRequest, table: str, name: str) -> HttpResponse:
    """The distribution as a table."""
    record = field_record(_chosen(request, fields_named(table, name)))
    told = (record["field"], record["release"])
    lines = [(*told, each["category"], each["participants"]) for each in record["distribution"]]
    return _csv(f"{table}.{name}.csv", ("field", "release", "category", "participants"), lines)


def _releases(request: HttpRequest) -> list[Release]:
    return list(Release.objects.visible_to(request.user).order_by("-published_at", "-pk"))


def _chosen(request: HttpRequest, found: Sequence[DictionaryColumn]) -> DictionaryColumn:
    """The field in the release that is asked for, else in the newest one that is not withdrawn, else in any."""
    if wanted := request.GET.get("release", ""):
        found = [each for each in found if each.table.edition.release.reference == wanted]
    if not found:
        raise Http404
    published = [each for each in found if each.table.edition.release.status == Release.Status.PUBLISHED]
    return (published or list(found))[0]


def _csv(name: str, head: Sequence[str], lines: Iterable[Sequence[str]]) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.writelines(csv_line(line, ending="\r\n") for line in [head, *lines])
    return answer
