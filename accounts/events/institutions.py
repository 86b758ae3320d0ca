"""What happens to institutions, their agreements and the people who work there."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.events import Happening, declare, weigh


class InstitutionEvent(StrEnum):
    """Events of institutions, agreements and affiliations."""

    REGISTERED = "accounts.institution.registered"
    CHANGED = "accounts.institution.changed"
    ACTIVATED = "accounts.institution.activated"
    SUSPENDED = "accounts.institution.suspended"
    REINSTATED = "accounts.institution.reinstated"
    TERMINATED = "accounts.institution.terminated"
    IMPORTED = "accounts.institution.imported"
    OFFICER_APPOINTED = "accounts.officer.appointed"
    OFFICER_RELEASED = "accounts.officer.released"
    RECHECKED = "accounts.institution.rechecked"
    RECHECK_DUE = "accounts.institution.recheck_due"
    TEXT_PUBLISHED = "accounts.agreement_text.published"
    AGREEMENT_DRAFTED = "accounts.agreement.drafted"
    AGREEMENT_SENT = "accounts.agreement.sent"
    AGREEMENT_SIGNED = "accounts.agreement.signed"
    AGREEMENT_COUNTERSIGNED = "accounts.agreement.countersigned"
    AGREEMENT_SUPERSEDED = "accounts.agreement.superseded"
    AGREEMENT_CANCELLED = "accounts.agreement.cancelled"
    AGREEMENT_TERMINATED = "accounts.agreement.terminated"
    AGREEMENT_EXTENDED = "accounts.agreement.extended"
    AGREEMENT_ENDING = "accounts.agreement.ending"
    AFFILIATION_CLAIMED = "accounts.affiliation.claimed"
    AFFILIATION_PROVED = "accounts.affiliation.proved"
    AFFILIATION_CONFIRMED = "accounts.affiliation.confirmed"
    AFFILIATION_CONFIRMED_BY_ADDRESS = "accounts.affiliation.confirmed_by_address"
    AFFILIATION_ASKED = "accounts.affiliation.asked"
    AFFILIATION_ANSWERED = "accounts.affiliation.answered"
    AFFILIATION_REFUSED = "accounts.affiliation.refused"
    AFFILIATION_ENDED = "accounts.affiliation.ended"
    AFFILIATION_ENDED_BY_TWO = "accounts.affiliation.ended_by_two"
    AFFILIATION_END_PROPOSED = "accounts.affiliation.end_proposed"
    AFFILIATION_WAITS = "accounts.affiliation.waits"


_E = InstitutionEvent
_FROM = frozenset({"ends", "starts"})
declare(
    {
        _E.REGISTERED: Happening("registered the institution", frozenset({"country", "kind"})),
        _E.CHANGED: Happening("changed the institution's entry", frozenset({"fields"})),
        _E.ACTIVATED: Happening("made the institution active"),
        _E.SUSPENDED: Happening("suspended the institution"),
        _E.REINSTATED: Happening("lifted the suspension of the institution"),
        _E.TERMINATED: Happening("ended the work with the institution"),
        _E.IMPORTED: Happening("imported institutions from a file", frozenset({"count"})),
        _E.OFFICER_APPOINTED: Happening("appointed somebody for the institution", frozenset({"role", "person"})),
        _E.OFFICER_RELEASED: Happening(
            "released somebody who spoke for the institution", frozenset({"role", "person"})
        ),
        _E.RECHECKED: Happening("rechecked the list of people", frozenset({"kept", "ended"})),
        _E.RECHECK_DUE: Happening("reminded the institution to recheck its list", frozenset({"threshold"})),
        _E.TEXT_PUBLISHED: Happening("published a version of the participation agreement", frozenset({"sha256"})),
        _E.AGREEMENT_DRAFTED: Happening("prepared the agreement", frozenset({"sha256"})),
        _E.AGREEMENT_SENT: Happening("sent the agreement to be signed"),
        _E.AGREEMENT_SIGNED: Happening("signed the agreement for the institution", frozenset({"sha256"})),
        _E.AGREEMENT_COUNTERSIGNED: Happening("counter-signed the agreement", _FROM),
        _E.AGREEMENT_SUPERSEDED: Happening("replaced the agreement by its renewal"),
        _E.AGREEMENT_CANCELLED: Happening("cancelled the agreement before it began"),
        _E.AGREEMENT_TERMINATED: Happening("terminated the agreement"),
        _E.AGREEMENT_EXTENDED: Happening("gave the agreement days of grace", frozenset({"until"})),
        _E.AGREEMENT_ENDING: Happening("warned that the agreement ends", frozenset({"threshold"})),
        _E.AFFILIATION_CLAIMED: Happening("said that they work at the institution"),
        _E.AFFILIATION_PROVED: Happening("proved their address at the institution"),
        _E.AFFILIATION_CONFIRMED: Happening("confirmed that the person works there", frozenset({"until"})),
        _E.AFFILIATION_CONFIRMED_BY_ADDRESS: Happening("confirmed the person by their address", frozenset({"until"})),
        _E.AFFILIATION_ASKED: Happening("asked the person for more"),
        _E.AFFILIATION_ANSWERED: Happening("answered the institution"),
        _E.AFFILIATION_REFUSED: Happening("did not confirm the person"),
        _E.AFFILIATION_ENDED: Happening("ended the affiliation", frozenset({"ended_at"})),
        _E.AFFILIATION_ENDED_BY_TWO: Happening("ended the affiliation as second person", frozenset({"ended_at"})),
        _E.AFFILIATION_END_PROPOSED: Happening("proposed to end the affiliation; a second person has to agree"),
        _E.AFFILIATION_WAITS: Happening("reminded the institution of a person who waits", frozenset({"threshold"})),
    }
)

weigh(
    _E.SUSPENDED,
    _E.REINSTATED,
    _E.TERMINATED,
    _E.OFFICER_APPOINTED,
    _E.OFFICER_RELEASED,
    _E.AGREEMENT_SIGNED,
    _E.AGREEMENT_COUNTERSIGNED,
    _E.AGREEMENT_TERMINATED,
    _E.AGREEMENT_EXTENDED,
    _E.AFFILIATION_CONFIRMED,
    _E.AFFILIATION_REFUSED,
    _E.AFFILIATION_ENDED_BY_TWO,
)
