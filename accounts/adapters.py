"""Where allauth asks us how sign-in works here."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest

from portal.kernel import outbox


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Accounts are made by invitation until registration opens with the accounts capability."""

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
