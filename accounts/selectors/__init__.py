"""Reads of this app. One file for each subject; import from here."""

from accounts.selectors.people import person_by_email
from accounts.selectors.standing import Standing, standing

__all__ = ["Standing", "person_by_email", "standing"]
