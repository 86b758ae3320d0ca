"""What people type to prove that it is they: a code, a passkey, their password again."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import forms as allauth_forms
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as code_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as app_forms
from allauth.mfa.webauthn import forms as passkey_forms

from accounts.services.one_time_codes import spend_code
from portal.kernel.forms import HouseForm

CODE_HINT = "The 6 digits that your authenticator app shows now, or one of your recovery codes."


class _SpentOnce(HouseForm):
    """A code that was good once is never good again, on whatever worker it is tried and whether the cache remembers.

    allauth remembers used codes in the cache, for one period; a code is good for three, and a cache may be emptied.
    """

    autocomplete: ClassVar = {"code": "one-time-code"}
    widths: ClassVar = {"code": 10}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label, field.help_text = "Code", CODE_HINT
        field.widget.attrs.pop("placeholder", None)
        field.widget.attrs["inputmode"] = "numeric"
        field.error_messages["required"] = "Enter the code"

    def clean_code(self) -> str:
        """The code, now used up."""
        code: str = super().clean_code()  # type: ignore[misc]  # of the form that this is mixed into
        authenticator: Authenticator = self.authenticator  # type: ignore[attr-defined]
        if authenticator.type == Authenticator.Type.TOTP and not spend_code(authenticator, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(_SpentOnce, code_forms.AuthenticateForm):  # type: ignore[misc]  # allauth is untyped
    """A code after the password."""


class CodeAgainForm(_SpentOnce, code_forms.ReauthenticateForm):  # type: ignore[misc]
    """A code by somebody who is signed in and about to do something weighty."""


class AppForm(HouseForm, app_forms.ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new authenticator app, which proves that it holds the key."""

    autocomplete: ClassVar = {"code": "one-time-code"}
    widths: ClassVar = {"code": 10}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label, field.help_text = "Code", "The 6 digits that the app shows for Lectern now."
        field.widget.attrs.pop("placeholder", None)
        field.widget.attrs["inputmode"] = "numeric"
        field.error_messages["required"] = "Enter the code that the app shows"


class PasskeyForm(HouseForm, passkey_forms.AddWebAuthnForm):  # type: ignore[misc]
    """A name for a passkey; the browser fills in the rest."""

    mark_optional = False
    autocomplete: ClassVar = {"name": "off"}
    widths: ClassVar = {"name": 20}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("passwordless", None)
        name = self.fields["name"]
        name.label, name.help_text = "Name of the passkey", "Where it is kept, such as “Phone” or “Blue key”."


class PasswordAgainForm(HouseForm, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    """The password by somebody who is signed in and has no second factor yet."""

    autocomplete: ClassVar = {"password": "current-password"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["password"]
        field.label, field.help_text = "Password", ""
        field.widget.attrs.pop("placeholder", None)
