"""Who may do what to people, roles and tokens. One file for each subject; import from here."""

from accounts.policies.data import can_manage_data
from accounts.policies.people import can_close_account, can_create_person
from accounts.policies.roles import can_grant_role, holds
from accounts.policies.tokens import can_create_token, can_revoke_token

__all__ = [
    "can_close_account",
    "can_create_person",
    "can_create_token",
    "can_grant_role",
    "can_manage_data",
    "can_revoke_token",
    "holds",
]
