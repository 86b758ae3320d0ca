"""What a query found: its variants, the people who carry them, and files. Nothing is shown that is withheld."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal.kernel.listing import Download
from research_env import listings, services, tables
from research_env.models import Query
from research_env.results import csv_lines, parquet_bytes, standing_of, variant_row
from research_env.stored import is_variant
from research_env.views import visible_query
from research_env.views.query_page import tabs_of
from research_env.views.variant_page import variant_part

_AROUND_BASES = 500

ResultView = Callable[..., HttpResponseBase]


def reads_result(view: ResultView) -> Callable[..., HttpResponseBase]:
    """Hand the view the query if its result may be read now; answer 409 with the reason otherwise."""

    @require_safe
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, reference: str, **rest: str) -> HttpResponseBase:
        query = visible_query(request, reference)
        if sentence := standing_of(query):
            context = {"query": query, "sentence": sentence, "tone": listings.STATUS_TONES[query.status]}
            return render(request, "research_env/query_withheld.html", context, status=409)
        return view(request, query, **rest)

    return guarded


def _downloads(query: Query, table: str) -> list[Download]:
    return [
        Download(label, reverse("research_env:query-file", args=[query.reference, table, ending]))
        for label, ending in (("CSV, all rows", "csv"), ("Parquet, all rows", "parquet"))
    ]


@reads_result
def query_variants(request: HttpRequest, query: Query) -> HttpResponse:
    """The variants found, with counts in the cohort."""
    rows = tables.StoredRows(query.result, "variants")
    listing = listings.variants_listing(query).page(request, rows, downloads=_downloads(query, "variants"))
    context = {"query": query, "tabs": tabs_of(query, "variants"), "listing": listing, "table": "variants"}
    return render(request, "research_env/query_rows.html", context)


@reads_result
def query_carriers(request: HttpRequest, query: Query) -> HttpResponse:
    """Who carries which variant, under the project's pseudonyms."""
    rows = tables.carriers_with_effects(query.result)
    listing = listings.carriers_listing(query).page(request, rows, downloads=_downloads(query, "carriers"))
    context = {"query": query, "tabs": tabs_of(query, "carriers"), "listing": listing, "table": "carriers"}
    return render(request, "research_env/query_rows.html", context)


@reads_result
def query_variant(request: HttpRequest, query: Query, variant_id: str) -> HttpResponse:
    """One variant: what it does, how often it is there, and who carries it."""
    row = variant_row(query.result, variant_id)
    if row is None:
        raise Http404("The result has no such variant.")
    carriers = tables.StoredRows(query.result, "carriers").filter(is_variant(variant_id))
    listing = listings.variant_carriers_listing(query).page(request, carriers)
    context = {"query": query, "listing": listing, "region_url": _region_around(query, row), **variant_part(row)}
    return render(request, "research_env/query_variant.html", context)


def _region_around(query: Query, row: Mapping[str, Any]) -> str:
    """The form for a region, filled in with some bases on both sides of a variant."""
    position = row["position_1based"]
    region = f"{row['contig']}:{max(1, position - _AROUND_BASES)}-{position + _AROUND_BASES}"
    address = reverse("research_env:project-region", args=[query.project.reference])
    return f"{address}?{urlencode({'region': region, 'release': query.release.reference})}"


@reads_result
def query_file(request: HttpRequest, query: Query, table: str, ending: str) -> HttpResponseBase:
    """A table as a file. Taking it is recorded: the one GET that writes, and only to the audit."""
    name = f"{query.reference}-{table}.{ending}"
    is_parquet = ending == "parquet"
    content = parquet_bytes(query.result, table) if is_parquet else csv_lines(query.result, table)
    services.record_download(actor=request.user, query=query, table=table, file_format=ending)
    if is_parquet:
        return FileResponse(content, as_attachment=True, filename=name)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)
