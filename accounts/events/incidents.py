"""Events of incidents and sanctions. Storeys above listen to `ACCESS_STOPPED`: its subject is the person."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.events import Happening, declare, weigh


class IncidentEvent(StrEnum):
    """Events of incidents, what was laid upon whom, and accounts in which somebody was known again."""

    REPORTED = "accounts.incident.reported"
    TRIAGED = "accounts.incident.triaged"
    DISMISSED = "accounts.incident.dismissed"
    PROPOSED = "accounts.incident.proposed"
    SENT_BACK = "accounts.incident.sent_back"
    DECIDED = "accounts.incident.decided"
    APPEALED = "accounts.incident.appealed"
    UPHELD = "accounts.incident.upheld"
    OVERTURNED = "accounts.incident.overturned"
    HOLD_LAID = "accounts.hold.laid"
    HOLD_CONFIRMED = "accounts.hold.confirmed"
    LIFTED = "accounts.sanction.lifted"
    ACCESS_STOPPED = "accounts.access.stopped"
    RECOGNISED = "accounts.person.recognised"
    RECOGNITION_ANSWERED = "accounts.recognition.answered"


_E = IncidentEvent
declare(
    {
        _E.REPORTED: Happening("reported an incident"),
        _E.TRIAGED: Happening("began to look into the incident"),
        _E.DISMISSED: Happening("closed the incident without a finding"),
        _E.PROPOSED: Happening("proposed what is to be done", frozenset({"finding", "measure", "months"})),
        _E.SENT_BACK: Happening("sent the proposal back"),
        _E.DECIDED: Happening("decided as second person", frozenset({"finding", "measure", "until"})),
        _E.APPEALED: Happening("appealed"),
        _E.UPHELD: Happening("dismissed the appeal"),
        _E.OVERTURNED: Happening("granted the appeal"),
        _E.HOLD_LAID: Happening("laid a hold", frozenset({"until"})),
        _E.HOLD_CONFIRMED: Happening("confirmed the hold as second person", frozenset({"until"})),
        _E.LIFTED: Happening("lifted what was laid", frozenset({"kind"})),
        _E.ACCESS_STOPPED: Happening("stopped the person's access", frozenset({"incident", "sessions", "tokens"})),
        _E.RECOGNISED: Happening("noticed that the account may belong to somebody known", frozenset({"kind"})),
        _E.RECOGNITION_ANSWERED: Happening("said whose account it is", frozenset({"answer"})),
    }
)

weigh(
    _E.DISMISSED,
    _E.PROPOSED,
    _E.DECIDED,
    _E.UPHELD,
    _E.OVERTURNED,
    _E.HOLD_LAID,
    _E.HOLD_CONFIRMED,
    _E.LIFTED,
    _E.RECOGNITION_ANSWERED,
)
