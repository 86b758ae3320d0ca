"""Pages of this app. One file for each subject; import from here."""

from accounts.views.own import profile
from accounts.views.sign_in import ChangePasswordView, FirstPasswordView, SignInView, SignOutView
from accounts.views.tokens import token_create, token_list, token_revoke

__all__ = [
    "ChangePasswordView",
    "FirstPasswordView",
    "SignInView",
    "SignOutView",
    "profile",
    "token_create",
    "token_list",
    "token_revoke",
]
