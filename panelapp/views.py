"""Answers about genes for the pages of other apps."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from panelapp.selectors import suggest_genes


@require_safe
def gene_suggest(request: HttpRequest) -> JsonResponse:
    """Genes whose names start with `q`, for a field that completes what is typed."""
    found = suggest_genes(request.GET.get("q", "").replace("\x00", ""))
    return JsonResponse({"results": [asdict(suggestion) for suggestion in found]})
