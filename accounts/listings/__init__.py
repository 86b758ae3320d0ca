"""The lists of this app, as data. One file for each subject; import from here."""

from accounts.listings.domains import APPLICATIONS, application_state
from accounts.listings.institutions import PEOPLE, REGISTER, REGISTERED, agreements_table, officers_table
from accounts.listings.tokens import TOKENS
from accounts.listings.training import RECORDS, own_records

__all__ = [
    "APPLICATIONS",
    "PEOPLE",
    "RECORDS",
    "REGISTER",
    "REGISTERED",
    "TOKENS",
    "agreements_table",
    "application_state",
    "officers_table",
    "own_records",
]
