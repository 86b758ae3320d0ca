"""Where the facts of this app about the person are read: the account, its second factors, the role of a researcher."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Exists, QuerySet

from accounts.gates.facts import Kind, dated, source
from accounts.gates.second_factor import KINDS
from accounts.models import Recognition, RoleGrant, Sanction, User
from accounts.roles import Role


@source(Kind.ACCOUNT)
def accounts(person: User, at: datetime) -> QuerySet[Any, Any]:
    """The account, while it is open."""
    return dated(User.objects.filter(pk=person.pk, is_active=True), starts="created_at", until=None)


@source(Kind.SECOND_FACTOR)
def factors(person: User, at: datetime) -> QuerySet[Any, Any]:
    """Each authenticator app and passkey, since it was added. Of one that was taken away nothing is left."""
    return dated(Authenticator.objects.filter(user=person, type__in=KINDS), starts="created_at", until=None)


@source(Kind.OPENED)
def openings(person: User, at: datetime) -> QuerySet[Any, Any]:
    """Since when access is open: the grants of the role of a researcher.

    None count while somebody has to look whether the account belongs to a person who is kept out.
    """
    kept_out = Sanction.objects.in_force(at).exclude(person=None).values("person")
    unclear = Recognition.objects.filter(person=person, answer=Recognition.Answer.OPEN, known_as__in=kept_out)
    return dated(RoleGrant.objects.filter(~Exists(unclear), person=person, role=Role.RESEARCHER))
