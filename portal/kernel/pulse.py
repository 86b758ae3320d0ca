"""When a worker last gave a sign of life. Kept in the cache: it is about now, and a lost value comes back by itself."""

from __future__ import annotations

from datetime import datetime

from django.core.cache import cache

from portal.kernel import clock

_KEY = "worker-seen-at"


def note_worker() -> None:
    """A worker is doing an errand at this moment."""
    cache.set(_KEY, clock.now(), timeout=None)


def worker_seen_at() -> datetime | None:
    """When a worker last did an errand; None if that is not known. Raises what the cache raises when it is away."""
    seen: datetime | None = cache.get(_KEY)
    return seen
