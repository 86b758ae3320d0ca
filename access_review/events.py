"""What happens to projects."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.events import Happening, declare


class Event(StrEnum):
    """Events of this app."""

    PROJECT_OPENED = "access_review.project.opened"
    MEMBER_ADDED = "access_review.member.added"
    MEMBER_REMOVED = "access_review.member.removed"


declare(
    {
        Event.PROJECT_OPENED: Happening("opened the project", frozenset({"datasets"})),
        Event.MEMBER_ADDED: Happening("added a member", frozenset({"person", "role"})),
        Event.MEMBER_REMOVED: Happening("removed a member", frozenset({"person"})),
    }
)
