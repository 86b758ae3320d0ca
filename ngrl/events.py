"""What happens to the library's releases."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.events import Happening, declare


class Event(StrEnum):
    """Events of this app."""

    RELEASE_PUBLISHED = "ngrl.release.published"
    RELEASE_WITHDRAWN = "ngrl.release.withdrawn"


declare(
    {
        Event.RELEASE_PUBLISHED: Happening("published the release", frozenset({"samples", "chunks", "records"})),
        Event.RELEASE_WITHDRAWN: Happening("withdrew the release"),
    }
)
