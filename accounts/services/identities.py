"""Ways to sign in at identity providers: connected and disconnected by the person, known by (issuer, subject) alone."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import policies
from accounts.events import Event
from accounts.marks import ORCID
from accounts.models import User
from accounts.services.recognition import recognise, remember
from accounts.services.sessions import end_other_sessions
from portal.kernel import audit, clock, events
from portal.kernel.access import SystemActor, require
from portal.kernel.refusals import TransitionRefused

SIGN_IN_DOOR = SystemActor("Sign-in")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Identity:
    """Somebody as an identity provider knows them. An address that it may tell of them counts for nothing."""

    issuer: str
    subject: str

    @property
    def proves_orcid(self) -> bool:
        """Whether the subject is an ORCID iD."""
        return any(each.issuer == self.issuer and each.proves_orcid for each in settings.SIGN_IN_PROVIDERS)


def connect_identity(*, actor: User, identity: Identity, keep: str | None) -> SocialAccount:
    """Let the person sign in this way, too. Other sessions than the one with the key `keep` end.

    Connecting it again changes nothing. One that belongs to another account is refused, and remembered: a person who
    is kept out may have come with a second account.
    """
    try:
        return _connect(actor, identity, keep)
    except TransitionRefused:
        if identity.proves_orcid:
            recognise(actor, [(ORCID, identity.subject)])
        raise


@transaction.atomic
def _connect(actor: User, identity: Identity, keep: str | None) -> SocialAccount:
    found = SocialAccount.objects.filter(provider=identity.issuer, uid=identity.subject).first()
    if found is not None and found.user_id == actor.pk:
        return found
    made = attach_identity(actor, identity)
    end_other_sessions(actor=actor, keep=keep)
    return made


def attach_identity(person: User, identity: Identity) -> SocialAccount:
    """The row, what it proves of the person, and what is written of it, in the caller's transaction."""
    try:
        with transaction.atomic():
            made = SocialAccount.objects.create(user=person, provider=identity.issuer, uid=identity.subject)
            if identity.proves_orcid:
                _prove_orcid(person, identity.subject)
    except IntegrityError as error:
        raise TransitionRefused(
            "This belongs to another account here, or you have another ORCID iD. Sign in with it, or write to the "
            "service desk."
        ) from error
    audit.record(Event.IDENTITY_CONNECTED, person, person, detail={"issuer": identity.issuer})
    events.publish(Event.IDENTITY_CONNECTED, person, person, {"issuer": identity.issuer})
    return made


def _prove_orcid(person: User, orcid: str) -> None:
    """A proved ORCID iD is a fact of the person; who was known by it and is kept out is known by it again."""
    fresh = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if fresh.orcid not in (None, orcid):
        raise IntegrityError("The person has another ORCID iD.")
    fresh.orcid, fresh.orcid_proved_at = orcid, clock.now()
    fresh.save(update_fields=["orcid", "orcid_proved_at"])
    person.orcid, person.orcid_proved_at = fresh.orcid, fresh.orcid_proved_at
    recognise(fresh)
    remember(fresh, [(ORCID, orcid)])  # it outlives the connection


@transaction.atomic
def disconnect_identity(*, actor: User, connected: SocialAccount, keep: str | None) -> None:
    """Take a way to sign in away, unless it is the last. Other sessions than the one with the key `keep` end."""
    require(policies.can_disconnect, actor, connected)
    fresh = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    found = SocialAccount.objects.filter(pk=connected.pk, user=fresh).first()
    if found is None:
        return
    if not has_another_way_in(fresh, found):
        raise TransitionRefused("It is your only way to sign in. Choose a password first, or add a passkey.")
    identity = Identity(found.provider, found.uid)
    found.delete()
    if fresh.orcid == identity.subject and identity.proves_orcid:
        fresh.orcid = fresh.orcid_proved_at = None
        fresh.save(update_fields=["orcid", "orcid_proved_at"])
    audit.record(Event.IDENTITY_DISCONNECTED, actor, actor, detail={"issuer": identity.issuer})
    events.publish(Event.IDENTITY_DISCONNECTED, actor, actor, {"issuer": identity.issuer})
    end_other_sessions(actor=actor, keep=keep)


def has_another_way_in(person: User, connected: SocialAccount) -> bool:
    """Whether the person can still sign in without this one: by password, passkey or another provider that is there."""
    if person.has_usable_password():
        return True
    if Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN).exists():
        return True
    offered = [each.issuer for each in settings.SIGN_IN_PROVIDERS]
    return bool(SocialAccount.objects.filter(user=person, provider__in=offered).exclude(pk=connected.pk).exists())


def write_down_refusal(provider: Any, why: str, *, is_written: bool = True) -> None:
    """What an identity provider said was not believed: for the auditor, by the provider's key. Of whom, nobody knows.

    A line in the log only where nobody had begun to sign in there: strangers fill no audit log.
    """
    log.warning("Sign-in at %s refused: %s", provider, why)
    if not is_written:
        return
    with transaction.atomic():
        audit.record(Event.IDENTITY_REFUSED, provider, SIGN_IN_DOOR, detail={"why": why})
        events.publish(Event.IDENTITY_REFUSED, provider, SIGN_IN_DOOR, {"why": why})
