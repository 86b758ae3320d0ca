"""Reads of this app. One file for each subject; import from here."""

from accounts.selectors.audit import audit_events_seen_by
from accounts.selectors.domains import domains_of, is_lead, is_member, leads_of, membership_periods
from accounts.selectors.institutions import (
    Stay,
    affiliation_periods,
    institutions_of,
    present_institutions,
    shared_an_institution,
    stays_of,
)
from accounts.selectors.people import person_by_email
from accounts.selectors.roles import (
    holders_of,
    people_with_roles,
    places_for,
    requests_to_answer,
    roles_of,
    roles_to_ask_for,
)
from accounts.selectors.standing import Standing, standing
from accounts.selectors.waiting import Waiting, waiting_for

__all__ = [
    "Standing",
    "Stay",
    "Waiting",
    "affiliation_periods",
    "audit_events_seen_by",
    "domains_of",
    "holders_of",
    "institutions_of",
    "is_lead",
    "is_member",
    "leads_of",
    "membership_periods",
    "people_with_roles",
    "person_by_email",
    "places_for",
    "present_institutions",
    "requests_to_answer",
    "roles_of",
    "roles_to_ask_for",
    "shared_an_institution",
    "standing",
    "stays_of",
    "waiting_for",
]
