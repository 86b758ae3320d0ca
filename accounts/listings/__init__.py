"""The lists of this app, as data. One file for each subject; import from here."""

from accounts.listings.domains import APPLICATIONS, application_state
from accounts.listings.institutions import PEOPLE, REGISTER, REGISTERED, agreements_table, officers_table
from accounts.listings.roles import PEOPLE_AND_ROLES, ROLE_REQUESTS, grants_table, request_state
from accounts.listings.sessions import SESSIONS
from accounts.listings.tokens import TOKENS
from accounts.listings.training import RECORDS, own_records

__all__ = [
    "APPLICATIONS",
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
    "officers_table",
    "own_records",
    "request_state",
]
