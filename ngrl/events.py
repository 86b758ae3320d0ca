"""What happens to the library's releases and to the people in them."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.events import Happening, declare, weigh


class Event(StrEnum):
    """Events of this app."""

    RELEASE_LOADED = "ngrl.release.loaded"
    RELEASE_RELOCATED = "ngrl.release.relocated"
    RELEASE_PROPOSED = "ngrl.release.proposed"
    RELEASE_RETURNED = "ngrl.release.returned"
    RELEASE_PUBLISHED = "ngrl.release.published"
    RELEASE_PUBLISHED_AT_ONCE = "ngrl.release.published_at_once"
    RELEASE_WITHDRAWN = "ngrl.release.withdrawn"
    CLINICAL_LOADED = "ngrl.clinical.loaded"
    PARTICIPANT_WITHDRAWN = "ngrl.participant.withdrawn"


declare(
    {
        Event.RELEASE_LOADED: Happening("loaded the release", frozenset({"samples", "chunks", "records"})),
        Event.RELEASE_RELOCATED: Happening("told where the release's files lie now", frozenset({"chunks"})),
        Event.RELEASE_PROPOSED: Happening("proposed the release", frozenset({"samples", "chunks", "records"})),
        Event.RELEASE_RETURNED: Happening("sent the proposed release back"),
        Event.RELEASE_PUBLISHED: Happening("published the release", frozenset({"samples", "chunks", "records"})),
        Event.RELEASE_PUBLISHED_AT_ONCE: Happening(
            "published the release without two people", frozenset({"samples", "chunks", "records"})
        ),
        Event.RELEASE_WITHDRAWN: Happening("withdrew the release"),
        Event.CLINICAL_LOADED: Happening(
            "loaded the release's clinical tables", frozenset({"tables", "rows", "people", "broken_cells"})
        ),
        # Never with an id: the audit calls the person by a keyed digest (ngrl.models.Participant.reference).
        Event.PARTICIPANT_WITHDRAWN: Happening("recorded that a participant withdrew consent"),
    }
)

weigh(
    Event.RELEASE_PROPOSED,
    Event.RELEASE_PUBLISHED,
    Event.RELEASE_PUBLISHED_AT_ONCE,
    Event.RELEASE_WITHDRAWN,
)
