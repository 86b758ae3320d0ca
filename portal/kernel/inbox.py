"""What a person does with their notifications."""

from __future__ import annotations

from typing import Any

from portal.kernel import clock
from portal.kernel.models import Notification


def mark_read(person: Any, number: int | None = None) -> int:
    """Mark one of the person's own unread notifications as read, or all of them; returns how many there were."""
    unread = Notification.objects.visible_to(person).unread()
    if number is not None:
        unread = unread.filter(pk=number)
    return unread.update(read_at=clock.now())
