"""The states of this app's cases, as data. One file for each subject; import from here."""

from accounts.workflows.domains import APPLICATION
from accounts.workflows.institutions import AFFILIATION, AGREEMENT, INSTITUTION

__all__ = ["AFFILIATION", "AGREEMENT", "APPLICATION", "INSTITUTION"]
