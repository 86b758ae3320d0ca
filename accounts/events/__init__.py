"""What happens to people, roles and keys. One file for each subject; import from here."""

from accounts.events.people import Event

__all__ = ["Event"]
