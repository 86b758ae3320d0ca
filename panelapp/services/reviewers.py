"""Who may review: people ask, a curator decides, and an approval gives the role of accounts in the same transaction."""

from __future__ import annotations

from typing import TypedDict

from django.db import transaction

from accounts.models import User
from accounts.roles import Role
from accounts.services import grant_role
from panelapp.events import Event
from panelapp.models import ReviewerApplication
from panelapp.policies import can_apply_to_review
from panelapp.services.publishing import person
from panelapp.workflows import APPROVED, REVIEWER
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, SystemActor, actor_name, require
from portal.kernel.refusals import InvalidInput, TransitionRefused

# Curators decide who reviews, but roles are given by accounts: on its behalf, with the curator's name in the reason.
_GIVER = SystemActor("Gene panels")


class ReviewerFacts(TypedDict):
    """What somebody says who wants to review; the words of the first three are in vocabularies.py."""

    role: str
    workplace: str
    group: str
    affiliation: str
    statement: str


@transaction.atomic
def apply_to_review(*, actor: Actor, facts: ReviewerFacts) -> ReviewerApplication:
    """Ask to become a reviewer. TransitionRefused while one asked before and nobody has decided; InvalidInput."""
    require(can_apply_to_review, actor, None)
    assert isinstance(actor, User), "the policy asks for a person"
    for field in ("affiliation", "statement"):
        if not facts[field].strip():
            raise InvalidInput("Say where you work and what you know of these disorders.", field=field)
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)  # two presses of one button are one application
    if ReviewerApplication.objects.waiting().filter(person=actor).exists():
        raise TransitionRefused("You have asked already. A curator will decide.")
    application: ReviewerApplication = ReviewerApplication.objects.create(
        person=actor, created_at=clock.now(), **{name: str(value).strip() for name, value in facts.items()}
    )
    audit.record(Event.REVIEWER_APPLIED, application, actor)
    events.publish(Event.REVIEWER_APPLIED, application, actor)
    return application


@transaction.atomic
def decide_application(
    *, actor: Actor, application: ReviewerApplication, action: str, reason: str = ""
) -> ReviewerApplication:
    """Approve, refuse or withdraw, as panelapp/workflows.py allows. An approval gives the role of a reviewer."""
    decided = {} if action == "withdraw" else {"decided_by": person(actor), "decided_at": clock.now()}
    moved: ReviewerApplication = REVIEWER.perform(
        application, action, actor, reason=reason, changes={**decided, "decision_reason": reason}
    )
    if moved.status == APPROVED and not moved.person.has_role(Role.PANEL_REVIEWER):
        said = f"{moved.reference}, approved by {actor_name(actor)}: {reason}"
        grant_role(actor=_GIVER, person=moved.person, role=Role.PANEL_REVIEWER, reason=said)
    return moved
