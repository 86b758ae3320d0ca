"""Registration: somebody types name and address, a link goes to the address, and following it makes the account.

Nobody has an account, and no address is taken, before the link was followed. What the page answers does not depend on
whether there is an account already: the mail does.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from accounts import policies
from accounts.events import Event
from accounts.models import Registration, User
from accounts.services.affiliations import LinkGone
from accounts.services.identities import Identity, attach_identity
from accounts.services.people import named_address, open_account
from portal.kernel import clock, outbox
from portal.kernel.access import Actor, require
from portal.kernel.refusals import PermissionRefused

LINK_LIFE = timedelta(days=1)
_GONE = "This link was used or has expired. Register again, or sign in if you have an account."


@transaction.atomic
def ask_to_register(*, actor: Actor, email: str, display_name: str, identity: Identity | None = None) -> None:
    """Send the link to the address; or, where it has an account, the advice to sign in with that."""
    require(policies.can_register, actor, None)
    address, name = named_address(email, display_name)
    at = clock.now()
    Registration.objects.filter(expires_at__lte=at).delete()
    said = {"name": name, "provider": name_of_provider(identity)}
    if EmailAddress.objects.filter(email__iexact=address).exists() or User.objects.filter(email=address).exists():
        _mail("notices/registration_known.txt", address, said | {"link": settings.LECTERN_ADDRESS + reverse("sign-in")})
        return
    token = secrets.token_urlsafe(32)
    Registration.objects.create(
        email=address,
        display_name=name,
        token_sha256=_digest(token),
        issuer=identity.issuer if identity else "",
        subject=identity.subject if identity else "",
        asked_at=at,
        expires_at=at + LINK_LIFE,
    )
    link = settings.LECTERN_ADDRESS + reverse("register-finish", args=[token])
    _mail("notices/registration_link.txt", address, said | {"link": link})


def registration_of(token: str) -> Registration:
    """What waits behind a link. LinkGone where the link was used, has expired or never was."""
    found = Registration.objects.filter(token_sha256=_digest(token), expires_at__gt=clock.now()).first()
    if found is None:
        raise LinkGone(_GONE)
    return found


@transaction.atomic
def register(*, actor: Actor, token: str, password: str = "", identity: Identity | None = None) -> User:
    """Follow the link: make the account, once, with a password or with the identity that began the registration.

    `identity` is what this browser has proved. Without it a link that goes to somebody else's mailbox would connect
    the sender's identity to the reader's account.
    """
    require(policies.can_register, actor, None)
    waiting = Registration.objects.select_for_update(no_key=True).filter(pk=registration_of(token).pk).first()
    if waiting is None:
        raise LinkGone(_GONE)
    wanted = Identity(waiting.issuer, waiting.subject) if waiting.issuer else None
    if wanted != identity:
        raise PermissionRefused("Open the link in the browser in which you began, or register again.")
    person = open_account(
        Event.PERSON_REGISTERED,
        actor=None,
        email=waiting.email,
        display_name=waiting.display_name,
        password="" if wanted else password,
    )
    if wanted:
        attach_identity(person, wanted)
    Registration.objects.filter(email=waiting.email).delete()
    return person


def name_of_provider(identity: Identity | None) -> str:
    """As buttons call where the identity comes from, or ""."""
    names = {each.issuer: each.name for each in settings.SIGN_IN_PROVIDERS}
    return names.get(identity.issuer, "") if identity else ""


def _mail(template: str, address: str, said: dict[str, str]) -> None:
    subject, _, text = render_to_string(template, said).strip().partition("\n")
    outbox.enqueue(recipient=address, subject=subject, text=text.strip())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
