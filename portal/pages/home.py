"""The home page: what this is for whoever is new, and what waits for whoever is signed in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from portal.pages.desk import desk_of
from portal.pages.figures import library_figures


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """One address for all; what stands there depends on who looks."""
    if isinstance(request.user, User):
        return render(request, "portal/desk.html", {"desk": desk_of(request.user)})
    return render(request, "portal/welcome.html", {"figures": library_figures()})
