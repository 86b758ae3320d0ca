"""What accounts do when something happens: a session begins, a factor comes or goes, an account is made.

Django, allauth and axes tell of sign-in by signals; nobody else listens to them.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa import signals as factors
from allauth.mfa.models import Authenticator
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.events import Event, InstitutionEvent
from accounts.models import Affiliation, User
from accounts.models.sessions import SIGN_IN
from accounts.services.identities import SIGN_IN_DOOR
from accounts.services.recognition import recognise
from accounts.services.sessions import end_other_sessions
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor
from portal.kernel.events import subscribe

_BROWSER_LENGTH = 120


@receiver(user_logged_in)
def _write_down_the_session(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """What the person will see of the session in the list of their own."""
    from_a_browser = "REMOTE_ADDR" in request.META
    request.session[SIGN_IN] = {
        "reference": secrets.token_hex(8),
        "at": clock.now().isoformat(),
        "browser": request.META.get("HTTP_USER_AGENT", "")[:_BROWSER_LENGTH],
        "address": get_adapter(request).get_client_ip(request) if from_a_browser else None,
    }


@receiver([factors.authenticator_added, factors.authenticator_removed, factors.authenticator_reset])
def _tell_of_a_factor(sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kw: Any) -> None:
    """Write it down, tell the person by mail, and end all their other sessions: one of them may be a thief's."""
    if kw["signal"] is factors.authenticator_reset:
        event = Event.CODES_RENEWED
    elif authenticator.type == Authenticator.Type.RECOVERY_CODES:
        return  # they come and go with the first and the last real factor
    else:
        added = kw["signal"] is factors.authenticator_added
        event = Event.FACTOR_ADDED if added else Event.FACTOR_REMOVED
    with transaction.atomic():
        audit.record(event, user, user, detail={"kind": authenticator.type})
        events.publish(event, user, user, {"kind": authenticator.type})
        end_other_sessions(actor=user, keep=request.session.session_key)


@receiver([password_changed, password_reset, password_set])
def _end_sessions_of_the_old_password(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Django would refuse them at their next request; here they are gone, and their number is written down."""
    with transaction.atomic():
        audit.record(Event.PASSWORD_CHANGED, user, user)
        events.publish(Event.PASSWORD_CHANGED, user, user)
        end_other_sessions(actor=user, keep=request.session.session_key if request.user.is_authenticated else None)


@receiver(user_locked_out)
def _write_down_a_lockout(sender: Any, username: str = "", **kwargs: Any) -> None:
    """For the auditor. The address and the moment of each attempt are in the tables of axes."""
    person = User.objects.filter(email=(username or "").strip().lower()).first()
    if person is not None:
        with transaction.atomic():
            audit.record(Event.SIGN_IN_LOCKED, person, SIGN_IN_DOOR)
            events.publish(Event.SIGN_IN_LOCKED, person, SIGN_IN_DOOR)


@subscribe(Event.PERSON_CREATED)
@subscribe(Event.PERSON_REGISTERED)
@subscribe(Event.FACTOR_ADDED)
@subscribe(Event.ROLE_GRANTED)
def look_whether_the_person_is_known(person: User, actor: Actor, detail: Mapping[str, Any]) -> None:
    """When an account is made, when a passkey is added, and when access is opened to it."""
    recognise(person)


@subscribe(InstitutionEvent.AFFILIATION_PROVED)
@subscribe(InstitutionEvent.AFFILIATION_CONFIRMED_BY_ADDRESS)
def look_whether_the_address_is_known(affiliation: Affiliation, actor: Actor, detail: Mapping[str, Any]) -> None:
    """When a person has proved an address at an institution."""
    recognise(affiliation.person)
