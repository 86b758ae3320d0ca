"""Who is told what. One file for each subject; importing this registers them all."""

from accounts.notices import incidents, memberships, people, roles

__all__ = ["incidents", "memberships", "people", "roles"]
