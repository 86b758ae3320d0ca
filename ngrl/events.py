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
    DECISION_TAKEN_IN = "ngrl.decision.taken_in"
    IDENTITIES_ENTERED = "ngrl.identities.entered"
    LINKAGE_ASKED = "ngrl.linkage.asked"
    LINKAGE_APPROVED = "ngrl.linkage.approved"
    LINKAGE_REFUSED = "ngrl.linkage.refused"
    LINKAGE_OPENED = "ngrl.linkage.opened"
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
        Event.DECISION_TAKEN_IN: Happening("took in what a participant decided", frozenset({"kind"})),
        Event.IDENTITIES_ENTERED: Happening("entered identifiers into the vault", frozenset({"people"})),
        Event.LINKAGE_ASKED: Happening("asked for the way back to a person", frozenset({"purpose", "project"})),
        Event.LINKAGE_APPROVED: Happening("approved the way back to a person"),
        Event.LINKAGE_REFUSED: Happening("refused the way back to a person"),
        Event.LINKAGE_OPENED: Happening("read who a person is"),
        # Never with an id: the audit calls the person by a keyed digest (ngrl.models.Participant.reference).
        Event.PARTICIPANT_WITHDRAWN: Happening("recorded that a participant withdrew consent"),
    }
)

weigh(
    Event.LINKAGE_APPROVED,
    Event.LINKAGE_REFUSED,
    Event.LINKAGE_OPENED,
    Event.RELEASE_PROPOSED,
    Event.RELEASE_PUBLISHED,
    Event.RELEASE_PUBLISHED_AT_ONCE,
    Event.RELEASE_WITHDRAWN,
)
