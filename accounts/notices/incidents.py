"""Who is told of incidents. Mails name a reference and nothing else: what happened is read after signing in."""

from __future__ import annotations

from accounts.events import IncidentEvent
from accounts.models import Incident, User
from accounts.policies import is_apart
from accounts.roles import Role
from accounts.selectors.roles import holders_of
from portal.kernel.notices import Notice, register


def the_service_desk(incident: Incident) -> list[User]:
    """The service desk, without those whom it concerns."""
    return [each for each in holders_of(Role.SERVICE_DESK) if is_apart(each, incident)]


def the_committee(incident: Incident) -> list[User]:
    """The committee, without those whom it concerns or who had a part in it."""
    had_a_part = {incident.proposed_by_id, incident.decided_by_id, incident.reported_by_id}
    sitting = holders_of(Role.ARC_CHAIR, Role.ARC_MEMBER)
    return [each for each in sitting if each.pk not in had_a_part and is_apart(each, incident)]


def whom_it_concerns(incident: Incident) -> list[User]:
    """The person, or those who speak for the institution."""
    if incident.person is not None:
        return [incident.person]
    assert incident.institution is not None, "an incident is about one of the two before anything is laid"
    offices = (Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY)
    return holders_of(*offices, scope=incident.institution.reference)


_E = IncidentEvent
register(
    {
        _E.REPORTED: Notice(to=the_service_desk, template="incident_reported"),
        _E.TRIAGED: None,
        _E.DISMISSED: None,
        _E.PROPOSED: Notice(to=the_committee, template="incident_proposed"),
        _E.SENT_BACK: None,
        _E.DECIDED: Notice(to=whom_it_concerns, template="incident_decided"),
        _E.APPEALED: Notice(to=the_committee, template="incident_appealed"),
        _E.UPHELD: Notice(to=whom_it_concerns, template="appeal_answered"),
        _E.OVERTURNED: Notice(to=whom_it_concerns, template="appeal_answered"),
        _E.HOLD_LAID: Notice(to=whom_it_concerns, template="hold_laid"),
        _E.HOLD_CONFIRMED: Notice(to=whom_it_concerns, template="hold_laid"),
        _E.LIFTED: Notice(to=whom_it_concerns, template="sanction_lifted"),
        _E.ACCESS_STOPPED: None,  # what it follows from says it
        _E.RECOGNISED: None,  # the list of incidents shows it to the desk; whose account it is must not read it
        _E.RECOGNITION_ANSWERED: None,
    }
)
