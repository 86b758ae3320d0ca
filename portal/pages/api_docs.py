"""How programs use Lectern."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """What a token is for and where to get one."""
    return render(request, "portal/api_docs.html")
