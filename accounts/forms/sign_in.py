"""What people type to sign in and to choose a password."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account import forms as allauth_forms
from django import forms
from django.contrib.auth.password_validation import validate_password

from accounts.models import User
from portal.kernel.forms import HouseForm

PASSWORD_HINT = "At least 14 characters. Three or four words that do not belong together are easy to remember."  # noqa: S105


class SignInForm(HouseForm, allauth_forms.LoginForm):  # type: ignore[misc]  # allauth is untyped
    """E-mail address and password."""

    autocomplete: ClassVar = {"login": "username", "password": "current-password"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _speak_plainly(self, login="E-mail address", password="Password")  # noqa: S106


class ResetPasswordForm(HouseForm, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """The address to which the link goes."""

    autocomplete: ClassVar = {"email": "email"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _speak_plainly(self, email="E-mail address")


class ChoosePasswordForm(HouseForm, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password, by someone who came through the link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _speak_plainly(self, password1="New password", password2="New password again")
        self.fields["password1"].help_text = PASSWORD_HINT


class FirstPasswordForm(HouseForm, allauth_forms.SetPasswordForm):  # type: ignore[misc]
    """A password for an account that has none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _speak_plainly(self, password1="New password", password2="New password again")
        self.fields["password1"].help_text = PASSWORD_HINT


class ChangePasswordForm(HouseForm, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """The present password and a new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _speak_plainly(
            self,
            oldpassword="Present password",
            password1="New password",
            password2="New password again",
        )
        self.fields["password1"].help_text = PASSWORD_HINT


class RegistrationForm(HouseForm):
    """Who somebody is who wants an account."""

    autocomplete: ClassVar = {"display_name": "name", "email": "email"}
    display_name = forms.CharField(label="Your name", max_length=150, help_text="As colleagues know you.")
    email = forms.EmailField(
        label="E-mail address", max_length=254, help_text="The one that your institution gave you, if you have one."
    )


class PersonForm(RegistrationForm):
    """Somebody for whom the desk makes an account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["display_name"].label, self.fields["display_name"].help_text = "Name", ""
        self.fields["email"].help_text = "A mail goes there, with which the person chooses a password."
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"


class PasswordForm(HouseForm):
    """The password of a new account, typed twice. Without one where the account is opened by another way to sign in."""

    autocomplete: ClassVar = {"password1": "new-password", "password2": "new-password"}
    password1 = forms.CharField(label="Password", widget=forms.PasswordInput, strip=False, help_text=PASSWORD_HINT)
    password2 = forms.CharField(label="Password again", widget=forms.PasswordInput, strip=False)

    def __init__(self, *args: Any, person: User, is_wanted: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        if not is_wanted:
            self.fields.clear()

    def clean_password1(self) -> str:
        """Strong enough, and not the person's own name or address."""
        password: str = self.cleaned_data["password1"]
        validate_password(password, self.person)
        return password

    def clean(self) -> dict[str, Any]:
        """Twice the same."""
        found: dict[str, Any] = super().clean() or {}
        if "password1" in found and found.get("password2") != found["password1"]:
            self.add_error("password2", "The two passwords differ. Type the same one twice")
        return found


def _speak_plainly(form: forms.Form, **labels: str) -> None:
    """Our labels on allauth's fields, without its placeholders; errors then name the fields as the labels do."""
    for name, label in labels.items():
        field = form.fields[name]
        field.label, field.help_text = label, ""
        field.widget.attrs.pop("placeholder", None)
        field.error_messages["required"] = f"Enter {'your' if name in ('login', 'email') else 'the'} {_lowered(label)}"
    for name in ("login", "email"):
        if name in form.fields:
            form.fields[name].error_messages["invalid"] = "Enter an e-mail address in full, like name@example.org"


def _lowered(label: str) -> str:
    return label[0].lower() + label[1:]
