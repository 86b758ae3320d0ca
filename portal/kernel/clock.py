"""What time it is. Everything that asks, asks here, so that tests can stand on any night of the year."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return timezone.now()


def today() -> date:
    """The calendar day in London (settings.TIME_ZONE), the day that deadlines mean, wherever the reader is."""
    return timezone.localdate(timezone=timezone.get_default_timezone())
