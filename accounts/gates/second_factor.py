"""The second factor of a session: whether it was given, when, and how it is written down.

allauth keeps a record of each proof in the session ("account_authentication_methods"); this room is the only one that
reads it. Signing in with a passkey alone counts: the passkey asks for a finger or a PIN itself.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from accounts.models import User
from portal.kernel import clock

FRESH_FOR = timedelta(minutes=15)
KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_factor(person: User) -> bool:
    """Whether the person has an authenticator app or a passkey. Recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user=person, type__in=KINDS).exists())


def factor_given_at(request: HttpRequest) -> datetime | None:
    """When the second factor was last given in this session; None if it was not."""
    records = get_authentication_records(request, request.user)
    times = [record["at"] for record in records if record.get("method") == "mfa"]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def is_fresh(request: HttpRequest) -> bool:
    """Whether the second factor was given in this session within the last quarter of an hour."""
    given = factor_given_at(request)
    return given is not None and clock.now() - given < FRESH_FOR


def proved_lately(request: HttpRequest) -> bool:
    """The same; for somebody without a second factor, whatever they signed in with is all there is."""
    if is_fresh(request) or not isinstance(request.user, User) or has_factor(request.user):
        return is_fresh(request)
    times = [record["at"] for record in get_authentication_records(request, request.user)]
    return bool(times) and clock.now() - datetime.fromtimestamp(max(times), UTC) < FRESH_FOR


def mark_second_factor(session: Any, person: User) -> None:
    """Write down that the second factor was given just now: for the demo's sign-in at a press, and for tests."""
    record_authentication(SimpleNamespace(session=session), person, "mfa", type="press", reauthenticated=True)
