"""Who is told when something happens to releases. Researchers see it on their pages; nobody is mailed."""

from __future__ import annotations

from ngrl.events import Event
from portal.kernel.notices import register

register(
    {
        Event.RELEASE_LOADED: None,
        Event.RELEASE_RELOCATED: None,
        Event.RELEASE_PROPOSED: None,
        Event.RELEASE_RETURNED: None,
        Event.RELEASE_PUBLISHED: None,
        Event.RELEASE_PUBLISHED_AT_ONCE: None,
        Event.RELEASE_WITHDRAWN: None,
        Event.PARTICIPANT_WITHDRAWN: None,
        Event.DECISION_TAKEN_IN: None,
        Event.IDENTITIES_ENTERED: None,
        Event.LINKAGE_ASKED: None,  # the list shows what waits for a data manager
        Event.LINKAGE_APPROVED: None,
        Event.LINKAGE_REFUSED: None,
        Event.LINKAGE_OPENED: None,  # kept for the auditor
        Event.CLINICAL_LOADED: None,
    }
)
