"""The states of this app's cases, as data. One file for each subject; import from here."""

from accounts.workflows.domains import APPLICATION
from accounts.workflows.incidents import INCIDENT
from accounts.workflows.institutions import AFFILIATION, AGREEMENT, INSTITUTION
from accounts.workflows.roles import ROLE_REQUEST

__all__ = ["AFFILIATION", "AGREEMENT", "APPLICATION", "INCIDENT", "INSTITUTION", "ROLE_REQUEST"]
