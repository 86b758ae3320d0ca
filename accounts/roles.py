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
