"""The lists of this app, as data. One file for each subject; import from here."""

from accounts.listings.audit import AUDIT_LOG, OWN_ACTS, narrow_audit
from accounts.listings.domains import APPLICATIONS, application_state
from accounts.listings.incidents import INCIDENTS, incident_state, recognitions_table, sanctions_table, subject_of
from accounts.listings.institutions import PEOPLE, REGISTER, REGISTERED, agreements_table, officers_table
from accounts.listings.roles import PEOPLE_AND_ROLES, ROLE_REQUESTS, grants_table, request_state
from accounts.listings.sessions import SESSIONS
from accounts.listings.tokens import TOKENS
from accounts.listings.training import RECORDS, own_records

__all__ = [
    "APPLICATIONS",
    "AUDIT_LOG",
    "INCIDENTS",
    "OWN_ACTS",
    "PEOPLE",
    "PEOPLE_AND_ROLES",
    "RECORDS",
    "REGISTER",
    "REGISTERED",
    "ROLE_REQUESTS",
    "SESSIONS",
    "TOKENS",
    "agreements_table",
    "application_state",
    "grants_table",
    "incident_state",
    "narrow_audit",
    "officers_table",
    "own_records",
    "recognitions_table",
    "request_state",
    "sanctions_table",
    "subject_of",
]
