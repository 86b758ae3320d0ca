"""What programs can ask of this app. One file for each subject; import from here."""

from accounts.api.me import Me

__all__ = ["Me"]
