"""The second factor of a session: who is asked for it and where, when it was given, and how that is written down.

allauth keeps a record of each proof in the session ("account_authentication_methods"); this room is the only one that
reads it. Signing in with a passkey alone counts: the passkey asks for a finger or a PIN itself.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
    record_authentication,
)
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from accounts.models import User
from accounts.roles import Role
from portal.kernel import clock

FRESH_FOR = timedelta(minutes=10)
KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

# Data, applications for data, the review, the airlock and the back office ask everybody. Programs may use a session,
# too: whatever is not open there asks, so that nothing new is forgotten.
DATA_AND_STAFF = (
    "/environment/",
    "/project-applications/",
    "/my/projects/",
    "/review/",
    "/airlock/",
    "/people/",
    "/role-requests/",
    "/registry/",
    "/django-admin/",
    "/api/v1/",
)
OPEN_TO_PROGRAMS = (
    "/api/v1/me/",
    "/api/v1/panels",
    "/api/v1/genes",
    "/api/v1/strs",
    "/api/v1/regions",
    "/api/v1/entities",
    "/api/v1/activities",
    "/api/v1/changes",
    "/api/v1/webhooks",
    "/api/v1/register",
    "/api/v1/training",
    "/api/v1/visas",
)
# Whoever holds a role beyond these works for others: they are asked on every page but these, on which a second factor
# is set up, or which everybody may read.
NOT_STAFF = frozenset({Role.RESEARCHER, Role.PANEL_REVIEWER})
OPEN_TO_STAFF = (
    "/account/",
    "/sign-in/",
    "/sign-out/",
    "/register/",
    "/demo/",
    "/help/",
    "/accessibility/",
    "/privacy/",
    "/status/",
    "/healthz",
    "/static/",
    "/.well-known/",
    "/ui/",
    "/api/schema/",
    "/api/docs/",
)


def is_open_to_all(path: str) -> bool:
    """Whether nobody is asked for a second factor at this address, whatever their role."""
    return path.startswith(OPEN_TO_STAFF)


def is_demanded(path: str, person: User) -> bool:
    """Whether this address asks this person for a second factor."""
    if is_open_to_all(path):
        return False
    if path.startswith(DATA_AND_STAFF) and not path.startswith(OPEN_TO_PROGRAMS):
        return True
    return any(role not in NOT_STAFF for role, _ in person.current_roles())


def has_factor(person: User) -> bool:
    """Whether the person has an authenticator app or a passkey. Recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user=person, type__in=KINDS).exists())


def factor_given_at(request: HttpRequest) -> datetime | None:
    """When the second factor was last given in this session; None if it was not."""
    records = get_authentication_records(request, request.user)
    times = [record["at"] for record in records if record.get("method") == "mfa"]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def is_fresh(request: HttpRequest) -> bool:
    """Whether the second factor was given in this session within the last ten minutes."""
    given = factor_given_at(request)
    return given is not None and clock.now() - given < FRESH_FOR


def proved_lately(request: HttpRequest) -> bool:
    """The same; for somebody without a second factor, whatever they signed in with is all there is."""
    if is_fresh(request) or not isinstance(request.user, User) or has_factor(request.user):
        return is_fresh(request)
    times = [record["at"] for record in get_authentication_records(request, request.user)]
    return bool(times) and clock.now() - datetime.fromtimestamp(max(times), UTC) < FRESH_FOR


def mark_second_factor(session: Any, person: User, *, stays_fresh: timedelta = timedelta(0)) -> None:
    """Write down that the second factor was given just now. `stays_fresh` is for the demo's sign-in at a press, and for
    tests: so much longer nothing is asked again."""
    record_authentication(SimpleNamespace(session=session), person, "mfa", type="press", reauthenticated=True)
    session[AUTHENTICATION_METHODS_SESSION_KEY][-1]["at"] += stays_fresh.total_seconds()


def forget_second_factor(session: Any) -> None:
    """The proof counts no longer: the factor that gave it was taken away."""
    records = session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [record for record in records if record.get("method") != "mfa"]
