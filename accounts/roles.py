"""The roles a person can hold. A role is a dated row with a scope, never a flag."""

from __future__ import annotations

from django.db import models


class Role(models.TextChoices):
    """What somebody is trusted with. The word is the same on pages, in the API and in the audit."""

    RESEARCHER = "researcher", "Researcher"
    DATA_MANAGER = "data_manager", "Data manager"
    SERVICE_DESK = "service_desk", "Service desk"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"
    ARC_MEMBER = "arc_member", "Committee member"
    ARC_CHAIR = "arc_chair", "Committee chair"
    ARC_SECRETARIAT = "arc_secretariat", "Committee secretariat"
    PANEL_REVIEWER = "panel_reviewer", "Panel reviewer"
    PANEL_CURATOR = "panel_curator", "Panel curator"
    AIRLOCK_CHECKER = "airlock_checker", "Output checker"
    DOMAIN_LEAD = "domain_lead", "Domain lead"
    DOMAIN_DEPUTY = "domain_deputy", "Deputy domain lead"
    INSTITUTION_SECRETARY = "institution_secretary", "Membership secretary"
    INSTITUTION_SIGNATORY = "institution_signatory", "Authorised signatory"
    INSTITUTION_SECURITY = "institution_security", "Security contact"


COMMITTEE = frozenset({Role.ARC_MEMBER, Role.ARC_CHAIR, Role.ARC_SECRETARIAT})
COMMUNITY = frozenset({Role.DOMAIN_LEAD, Role.DOMAIN_DEPUTY})
INSTITUTION = frozenset({Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY, Role.INSTITUTION_SECURITY})
# Without one of these, nobody could do what only they do: the last one stays until there is another.
NEVER_EMPTY = frozenset({Role.ADMINISTRATOR, Role.ARC_CHAIR, Role.DOMAIN_LEAD, Role.INSTITUTION_SECRETARY})
# What can be held for some hours in an emergency, and who may ask for that.
EMERGENCY = frozenset({Role.SERVICE_DESK, Role.DATA_MANAGER, Role.ADMINISTRATOR, Role.AIRLOCK_CHECKER})
STAFF = EMERGENCY | {Role.ARC_SECRETARIAT, Role.PANEL_CURATOR}
# The seat of a participants' representative is this scope of the role of a member.
REPRESENTATIVE_SEAT = "participants"


def kept_apart(one: Role, other: Role, one_scope: str = "", other_scope: str = "") -> bool:
    """Whether nobody may hold both roles at the same time. The database knows the same rule (accounts_kept_apart)."""
    pair = {one, other}
    if Role.AUDITOR in pair:
        return one != other
    if Role.ADMINISTRATOR in pair:
        return bool(pair & (COMMITTEE | {Role.AIRLOCK_CHECKER, Role.DATA_MANAGER, Role.RESEARCHER}))
    if pair == {Role.SERVICE_DESK, Role.INSTITUTION_SIGNATORY} or pair == {Role.ARC_CHAIR, Role.DATA_MANAGER}:
        return True
    seats = {(one, one_scope), (other, other_scope)}
    return Role.DATA_MANAGER in pair and (Role.ARC_MEMBER, REPRESENTATIVE_SEAT) in seats
