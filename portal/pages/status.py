"""Whether Lectern works, in words. This page answers while the database or the cache is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.kernel import clock, pulse
from research_env.models import UNDER_WAY, QuerySlice

WORKER_IS_LATE = timedelta(minutes=2)


@dataclass(frozen=True)
class Part:
    """One part of the service: its state as a word, and what that means for the reader."""

    name: str
    word: str
    tone: str
    meaning: str


@require_safe
def system_status(request: HttpRequest) -> HttpResponse:
    """200 with all parts; 503 while the database is away."""
    database = _database()
    is_up = database.tone == "good"
    if not is_up:
        # Whoever reads this is nobody for now: their session is in the database.
        request.user = AnonymousUser()
    parts = [database, _cache(), _workers(), *([_queue()] if is_up else [])]
    frame = "base.html" if is_up else "errors/standalone.html"
    context = {"parts": parts, "frame": frame, "all_well": all(part.tone == "good" for part in parts)}
    return render(request, "portal/status.html", context, status=200 if is_up else 503)


def _database() -> Part:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # whatever is wrong with it, the page says that it is away
        return Part("Database", "Not reachable", "bad", "Nothing else works until it is back. Nothing is lost.")
    return Part("Database", "Working", "good", "Pages and the API answer.")


def _cache() -> Part:
    try:
        cache.get("status")
    except Exception:
        return Part("Message broker", "Not reachable", "bad", "Queries wait and go on when it is back.")
    return Part("Message broker", "Working", "good", "Queries reach the workers at once.")


def _workers() -> Part:
    try:
        seen_at = pulse.worker_seen_at()
    except Exception:
        seen_at = None
    if seen_at is None:
        return Part("Workers", "Not known", "warning", "No worker has given a sign of life yet.")
    age = clock.now() - seen_at
    meaning = f"The last sign of life was {_in_words(age)} ago."
    if age > WORKER_IS_LATE:
        return Part("Workers", "Late", "bad", f"{meaning} Queries wait until a worker is back.")
    return Part("Workers", "Working", "good", meaning)


def _queue() -> Part:
    waiting = QuerySlice.objects.filter(state=QuerySlice.State.PENDING, query__status__in=UNDER_WAY).count()
    if not waiting:
        return Part("Queue", "Empty", "good", "A query that is started now begins at once.")
    pieces = "1 piece of work waits" if waiting == 1 else f"{waiting:,} pieces of work wait"
    return Part("Queue", "Busy" if waiting > 100 else "Short", "good", f"{pieces} for a free worker.")


def _in_words(age: timedelta) -> str:
    seconds = max(0, round(age.total_seconds()))
    if seconds < 120:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    minutes = seconds // 60
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
