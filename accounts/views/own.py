"""Who one is here."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import selectors
from accounts.gates import reader_of


@require_safe
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Who one is here: name, roles and what stands between oneself and data."""
    return render(request, "accounts/profile.html", {"standing": selectors.standing(reader_of(request))})
