"""Where one is signed in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import services
from accounts.gates import reader_of
from accounts.listings import SESSIONS
from accounts.models import SignedInSession
from portal.kernel import clock


@require_safe
@login_required
def session_list(request: HttpRequest) -> HttpResponse:
    """One's own sessions."""
    sessions = SignedInSession.objects.visible_to(request.user).current(clock.now())
    listing = SESSIONS.page(request, sessions)
    here = sessions.filter(pk=request.session.session_key).values_list("reference", flat=True).first()
    return render(request, "accounts/session_list.html", {"listing": listing, "here": here})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def session_end(request: HttpRequest, reference: str) -> HttpResponse:
    """GET asks, POST signs that browser out."""
    session = get_object_or_404(SignedInSession.objects.visible_to(request.user), reference=reference)
    if request.method != "POST":
        is_here = session.pk == request.session.session_key
        return render(request, "accounts/session_end.html", {"session": session, "is_here": is_here})
    services.end_session(actor=reader_of(request), session=session)
    messages.success(request, "That browser is signed out.")
    return redirect("session-list")


@require_POST
@login_required
def session_end_others(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    ended = services.end_other_sessions(actor=reader_of(request), keep=request.session.session_key)
    messages.success(request, "You were signed in only here." if not ended else "You are signed out everywhere else.")
    return redirect("session-list")
