"""What people type. One file for each subject; import from here."""

from accounts.forms.sign_in import (
    ChangePasswordForm,
    ChoosePasswordForm,
    FirstPasswordForm,
    ResetPasswordForm,
    SignInForm,
)
from accounts.forms.tokens import TokenForm

__all__ = [
    "ChangePasswordForm",
    "ChoosePasswordForm",
    "FirstPasswordForm",
    "ResetPasswordForm",
    "SignInForm",
    "TokenForm",
]
