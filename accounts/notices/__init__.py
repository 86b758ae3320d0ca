"""Who is told what. One file for each subject; importing this registers them all."""

from accounts.notices import memberships, people

__all__ = ["memberships", "people"]
