"""Who checks, manages and decides in the airlock, and whom a request is too near to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q

from access_review.models import ProjectMember
from accounts.models import Affiliation, User, holds_any, scopes_of
from accounts.roles import Role
from portal.kernel import clock

MANAGER = "manager"  # the scope of the checker's role that makes an airlock manager
LOOK_BACK = timedelta(days=365)  # who left the project within this time is still too near to it


def is_checker(actor: Any) -> bool:
    """Whether the person is a trained checker today; a manager is one only with a grant of its own."""
    return _has_scope(actor, "")


def is_manager(actor: Any) -> bool:
    """Whether the person manages the airlock today."""
    return _has_scope(actor, MANAGER)


def _has_scope(actor: Any, scope: str) -> bool:
    if not isinstance(actor, User) or not actor.is_active:
        return False
    return (Role.AIRLOCK_CHECKER.value, scope) in actor.current_roles()


def sits_on_committee(actor: Any) -> bool:
    """Whether the person sits on the committee, which decides what checkers refer to it."""
    if not isinstance(actor, User) or not actor.is_active:
        return False
    return holds_any(actor, Role.ARC_MEMBER, Role.ARC_CHAIR) or bool(scopes_of(actor, Role.ARC_MEMBER, Role.ARC_CHAIR))


def too_near(actor: Any) -> Q:
    """Requests that this person may have no part in judging: their own, their project's, their institution's.

    Also those of another account with an address of theirs.
    """
    recent = Q(until=None) | Q(until__gt=clock.now() - LOOK_BACK)
    projects = ProjectMember.objects.filter(recent, person=actor).values("project")
    theirs = Affiliation.objects.filter(person=actor)
    live = theirs.filter(status=Affiliation.Status.CONFIRMED)
    colleagues = Affiliation.objects.filter(
        status=Affiliation.Status.CONFIRMED, institution__in=live.values("institution")
    )
    same_address = Affiliation.objects.filter(Q(email=actor.email) | Q(email__in=theirs.values("email")))
    return (
        Q(author=actor)
        | Q(project__in=projects)
        | Q(author__in=colleagues.values("person"))
        | Q(author__in=same_address.values("person"))
    )
