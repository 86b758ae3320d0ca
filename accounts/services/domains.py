"""Joining a community or domain: started, submitted, returned, decided by a lead, left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts import policies
from accounts.events import DomainEvent as Event
from accounts.models import (
    Affiliation,
    ApplicationPause,
    ApplicationVersion,
    Domain,
    DomainApplication,
    User,
)
from accounts.services.affiliations import confirm_by_address
from accounts.workflows import APPLICATION
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, SystemActor, require
from portal.kernel.references import next_reference
from portal.kernel.refusals import InvalidInput, TransitionRefused
from portal.kernel.working_days import due_with_pauses

CLOCK = SystemActor("Clock of applications")
DECISION_DAYS = 10
DRAFT_KEPT = timedelta(days=60)
RETURNED_KEPT = timedelta(days=30)
AGAIN_AFTER_DECLINE = timedelta(days=90)


@transaction.atomic
def create_domain(
    *, actor: Actor, name: str, kind: str, aims: str, parent: Domain | None = None, slug: str = ""
) -> Domain:
    """A new community, domain or part of one."""
    require(policies.can_govern_domain, actor, None)
    name, short = " ".join(name.split()), slug or slugify(name)[:60]
    if not short or not aims.strip() or kind not in Domain.Kind.values:
        raise InvalidInput("Enter a name, a kind and the aims.", field="name")
    if parent is not None and parent.parent_id is not None:
        raise InvalidInput("A part has no parts of its own.", field="parent")
    try:
        with transaction.atomic():
            domain = Domain.objects.create(slug=short, name=name, kind=kind, aims=aims.strip(), parent=parent)
    except IntegrityError as error:
        raise InvalidInput("There is a community of this name already.", field="name") from error
    audit.record(Event.CREATED, domain, actor)
    return domain


@transaction.atomic
def start_application(*, actor: User, domain: Domain) -> DomainApplication:
    """A draft, kept for sixty days. A draft that is there already is given back."""
    require(policies.can_apply, actor, None)
    if not EmailAddress.objects.filter(user=actor, verified=True).exists():
        raise TransitionRefused("Confirm your e-mail address first: follow the link that we sent to it.")
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    at = clock.now()
    held = DomainApplication.objects.filter(person=actor, domain=domain).order_by("-created_at")
    live = held.filter(status__in=DomainApplication.LIVE).first()
    if live is not None and live.lapses_at is not None and live.lapses_at <= at:
        APPLICATION.perform(live, "lapse", CLOCK)
        live = None
    if live is not None:
        return live
    declined = held.filter(status=DomainApplication.Status.DECLINED, decided_at__gt=at - AGAIN_AFTER_DECLINE).first()
    if declined is not None and declined.decided_at is not None:
        again = declined.decided_at + AGAIN_AFTER_DECLINE
        raise TransitionRefused(
            f"{domain} declined an application of yours. You can apply again from {again:%-d %B %Y}."
        )
    if not domain.is_open:
        raise TransitionRefused(f"{domain} takes no applications now.")
    made = DomainApplication.objects.create(
        reference=next_reference("APP"), person=actor, domain=domain, created_at=at, lapses_at=at + DRAFT_KEPT
    )
    audit.record(Event.STARTED, made, actor)
    events.publish(Event.STARTED, made, actor)
    return made


@transaction.atomic
def save_application(*, actor: User, application: DomainApplication, answers: Mapping[str, Any]) -> DomainApplication:
    """Keep what was typed; only what an applicant may say is taken over, and nothing is checked yet.

    `answers`: institution (Institution or None), career, supervisor_email, plan, experience.
    """
    require(policies.is_their_application, actor, application)
    fresh = DomainApplication.objects.select_for_update(no_key=True).get(pk=application.pk)
    if fresh.status not in (DomainApplication.Status.DRAFT, DomainApplication.Status.RETURNED):
        raise TransitionRefused("This application was sent. Withdraw it, or wait until it is returned to you.")
    career = str(answers.get("career") or "")
    if career and career not in DomainApplication.Career.values:
        raise InvalidInput("Choose what you are from the list.", field="career")
    fresh.institution = answers.get("institution")
    fresh.career = career
    fresh.supervisor = _supervisor(actor, career, str(answers.get("supervisor_email") or ""))
    fresh.plan = str(answers.get("plan") or "").strip()
    fresh.experience = str(answers.get("experience") or "").strip()
    fresh.save(update_fields=["institution", "career", "supervisor", "plan", "experience"])
    return fresh


def _supervisor(actor: User, career: str, email: str) -> User | None:
    if career not in DomainApplication.SUPERVISED or not email.strip():
        return None
    found = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if found is None or found.pk == actor.pk:
        # The same words whether there is such an account or not.
        raise InvalidInput("This is not the address of a member of this community.", field="supervisor_email")
    return found


@transaction.atomic
def submit_application(*, actor: User, application: DomainApplication) -> DomainApplication:
    """Send a draft, or a returned application again. The lead's ten working days begin, or go on."""
    fresh = DomainApplication.objects.select_for_update(no_key=True).get(pk=application.pk)
    require(policies.is_their_application, actor, fresh)
    _complete(fresh)
    at = clock.now()
    is_again = fresh.status == DomainApplication.Status.RETURNED
    if is_again:
        fresh.pauses.filter(ended_at=None).update(ended_at=at)
    start = fresh.submitted_at or at
    due = due_with_pauses(start, DECISION_DAYS, fresh.pauses.values_list("began_at", "ended_at"))
    assert due is not None, "every pause has just been ended"
    number = fresh.versions.count() + 1
    moved: DomainApplication = APPLICATION.perform(
        fresh,
        "resubmit" if is_again else "submit",
        actor,
        detail={"version": number, "due": due.isoformat()},
        changes={"submitted_at": start, "due_at": due, "lapses_at": None, "note": ""},
    )
    ApplicationVersion.objects.create(application=moved, number=number, answers=answers_of(moved), submitted_at=at)
    return moved


def _complete(application: DomainApplication) -> None:
    wanted = {"career": "Say what you are.", "plan": "Say what you want to do.", "experience": "Say what you bring."}
    for name, sentence in wanted.items():
        if not getattr(application, name):
            raise InvalidInput(sentence, field=name)


def answers_of(application: DomainApplication) -> dict[str, Any]:
    """What the applicant said, as it is kept with each version."""
    return {
        "institution": str(application.institution or ""),
        "career": application.career,
        "supervisor": str(application.supervisor or ""),
        "plan": application.plan,
        "experience": application.experience,
    }


@transaction.atomic
def accept_application(*, actor: Actor, application: DomainApplication, version: int) -> DomainApplication:
    """A lead takes the person in. `version` is the one that the lead has read."""
    _is_current(application, version)
    at = clock.now()
    changes = {"accepted_at": at, "decided_at": at, "decided_by_id": actor.pk, "due_at": None}
    accepted: DomainApplication = APPLICATION.perform(application, "accept", actor, changes=changes)
    waiting = Affiliation.objects.filter(person=accepted.person_id, status=Affiliation.Status.WAITING)
    for affiliation in waiting.select_related("institution"):
        confirm_by_address(affiliation)
    return accepted


@transaction.atomic
def return_application(*, actor: Actor, application: DomainApplication, reason: str) -> DomainApplication:
    """Ask the applicant for changes; the lead's clock stands still until they come."""
    at = clock.now()
    changes = {"due_at": None, "lapses_at": at + RETURNED_KEPT, "note": reason}
    returned: DomainApplication = APPLICATION.perform(application, "return", actor, reason=reason, changes=changes)
    ApplicationPause.objects.create(application=returned, began_at=at)
    return returned


@transaction.atomic
def decline_application(
    *, actor: Actor, application: DomainApplication, version: int, code: str, reason: str
) -> DomainApplication:
    """A lead says no, with a code and a reason. The person can apply to this domain again after ninety days."""
    _is_current(application, version)
    if code not in DomainApplication.Decline.values:
        raise InvalidInput("Choose a reason from the list.", field="code")
    at = clock.now()
    changes = {"decline": code, "note": reason, "decided_at": at, "decided_by_id": actor.pk, "due_at": None}
    declined: DomainApplication = APPLICATION.perform(
        application, "decline", actor, reason=reason, detail={"code": code}, changes=changes
    )
    return declined


def withdraw_application(*, actor: Actor, application: DomainApplication) -> DomainApplication:
    """The applicant takes it back."""
    changes = {"due_at": None, "lapses_at": None}
    withdrawn: DomainApplication = APPLICATION.perform(application, "withdraw", actor, changes=changes)
    return withdrawn


def leave_domain(*, actor: Actor, application: DomainApplication) -> DomainApplication:
    """A member leaves, from now on."""
    left: DomainApplication = APPLICATION.perform(application, "leave", actor, changes={"ended_at": clock.now()})
    return left


def remove_member(*, actor: Actor, application: DomainApplication, reason: str) -> DomainApplication:
    """A lead ends a membership, with a reason."""
    changes = {"ended_at": clock.now(), "note": reason}
    removed: DomainApplication = APPLICATION.perform(application, "remove", actor, reason=reason, changes=changes)
    return removed


def _is_current(application: DomainApplication, version: int) -> None:
    """Lock the application and refuse a decision on a version that was replaced meanwhile."""
    fresh = DomainApplication.objects.select_for_update(no_key=True).get(pk=application.pk)
    newest = fresh.versions.count()
    if newest != version:
        raise TransitionRefused(f"The applicant has sent version {newest} meanwhile. Read it before you decide.")
