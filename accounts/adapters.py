"""Where allauth asks us how sign-in works here."""

from __future__ import annotations

import base64
from typing import Any, ClassVar
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.mfa.adapter import DefaultMFAAdapter
from axes.handlers.proxy import AxesProxyHandler
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest

from portal.kernel import outbox
from portal.kernel.refusals import PermissionRefused


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Our words, our addresses and our mail. Registration is ours (services/registration.py): allauth makes nobody."""

    # The same words whether the address or the password is wrong: nobody learns here who has an account.
    error_messages: ClassVar[dict[str, str]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "The e-mail address or the password is not right. Check both and try again.",
        "too_many_login_attempts": "Too many attempts. Wait five minutes and try again.",
        "enter_current_password": "This is not your present password. Type it again.",
        "rate_limited": "Too many attempts. Wait five minutes and try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse before a password is looked at: the answer is the same for a right and a wrong one."""
        super().pre_authenticate(request, **credentials)
        if not AxesProxyHandler.is_allowed(request, credentials):
            raise self.validation_error("too_many_login_attempts")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """allauth counts by address typed, so that anybody could lock anybody out; we count by pair, as axes does."""
        key = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key}|{self.get_client_ip(request)}"

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Whoever has a second factor proves themselves with it: a password alone does not change factors."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        strong = [method for method in methods if method["id"] != "reauthenticate"]
        return strong or methods

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not within ten minutes after the strongest proof that the person has was given."""
        from accounts.gates import second_factor

        if second_factor.proved_lately(self.request) or not super().is_reauthentication_required(app=app):
            return False
        if not self.get_reauthentication_methods(self.request.user):
            # Whoever signs in elsewhere only has nothing here to prove themselves with; allauth would let them pass.
            raise PermissionRefused("Sign out and sign in again first: you signed in some time ago.")
        return True

    def get_reset_password_from_key_url(self, key: str) -> str:
        """At the address of the settings: what a browser says of the host does not get into a mail."""
        return _at_home(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """The same."""
        return _at_home(super().get_email_confirmation_url(request, emailconfirmation))

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """The address is the name; there is no other."""

    def format_email_subject(self, subject: str) -> str:
        return str(subject)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return str(request.user.get_absolute_url()) if request.user.is_authenticated else "/"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Into the outbox: a mail server that is away holds up no page, and the message is tried again."""
        known = {"request": self.request, "email": email, "current_site": get_current_site(self.request)}
        message = self.render_mail(template_prefix, email, known | context)
        outbox.enqueue(recipient=email, subject=message.subject, text=message.body)


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: their secrets are encrypted at rest, and our words."""

    error_messages: ClassVar[dict[str, str]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code is not right, or it was used already. Wait for the next one and try again.",
        "unverified_email": "Confirm your e-mail address first: open the link that we sent you.",
    }

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002 (allauth's name)
        return "Passkey"

    def _get_site_name(self) -> str:
        """What authenticator apps and browsers call us."""
        return "Lectern"


def _box() -> Fernet:
    """The key of the factors' secrets; who steals a copy of the database cannot make codes."""
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"lectern second factors")
    return Fernet(base64.urlsafe_b64encode(kdf.derive(settings.SECRET_KEY.encode())))


def _at_home(address: str) -> str:
    parts = urlsplit(address)
    return str(settings.LECTERN_ADDRESS).rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")


def name_of_attempt(request: Any, credentials: Any = None) -> str:
    """Whose account an attempt to sign in was about, as axes counts it."""
    named = credentials or {}
    return str(named.get("email") or named.get("username") or "").strip().lower()


def address_of_attempt(request: HttpRequest) -> str | None:
    """Where it came from; proxies are trusted as far as the settings say. None where there is no browser."""
    return str(get_adapter(request).get_client_ip(request)) if "REMOTE_ADDR" in request.META else None
