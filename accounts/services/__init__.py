"""Writes of this app. One file for each subject; import from here."""

from accounts.services.people import close_account, create_person, reopen_account
from accounts.services.roles import end_role, grant_role
from accounts.services.tokens import LONGEST_TOKEN_LIFE, TOKEN_MARK, create_token, revoke_token, token_digest

__all__ = [
    "LONGEST_TOKEN_LIFE",
    "TOKEN_MARK",
    "close_account",
    "create_person",
    "create_token",
    "end_role",
    "grant_role",
    "reopen_account",
    "revoke_token",
    "token_digest",
]
