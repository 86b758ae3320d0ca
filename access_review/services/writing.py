"""Writes of the team: start, save, invite, attach, submit, withdraw, appeal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from access_review.committee import TRIAGE_DAYS, approved_version, current_version
from access_review.events import Event
from access_review.models import Appeal, Application, ApplicationVersion, Project, Question, SectionAnswer, TeamPlace
from access_review.policies import (
    can_lead_application,
    can_lead_project,
    can_start_application,
    can_write_application,
)
from access_review.sections import BY_SLUG, FORM_VERSION, all_missing
from access_review.services.invitations import Invitation
from access_review.workflows import APPLICATION, in_time_to_appeal
from accounts.models import Domain, User
from accounts.selectors import is_member
from portal.kernel import clock
from portal.kernel.access import Actor, require
from portal.kernel.references import next_reference
from portal.kernel.refusals import InvalidInput, TransitionRefused
from portal.kernel.requests import once_per_reading
from portal.kernel.telling import tell
from portal.kernel.working_days import add_months, add_working_days

DRAFT_LASTS_MONTHS = 6
ANOTHER_CHANGE = "Another change of this project is under way. Finish or withdraw it first."


def locked(application: Application) -> Application:
    """The row, fresh, held until the commit: everything that races about one application waits here."""
    return Application.objects.select_for_update(of=("self",), no_key=True).get(pk=application.pk)


def writable(actor: Actor, application: Application) -> Application:
    """The locked row, if the actor may change its answers now. PermissionRefused or TransitionRefused otherwise."""
    require(can_write_application, actor, application)
    fresh = locked(application)
    if not fresh.is_writable:
        raise TransitionRefused("What was submitted stays as it is. Withdraw it, or wait until it comes back.")
    return fresh


def draft_lapses_at() -> datetime:
    """Until when a draft is kept that nobody saves again."""
    return add_months(clock.now(), DRAFT_LASTS_MONTHS)


@transaction.atomic
def start_application(*, actor: User, domain: Domain | None = None) -> Application:
    """An empty application, led by the one who starts it, for a community to which they belong if for any."""
    require(can_start_application, actor, None)
    if domain is not None and not is_member(actor, domain, clock.now()):
        raise InvalidInput("Choose a community to which you belong.", field="domain")
    application = Application.objects.create(
        reference=next_reference("ARC"), lead=actor, domain=domain, lapses_at=draft_lapses_at()
    )
    tell(Event.APPLICATION_STARTED, application, actor)
    return application


@transaction.atomic
def start_amendment(*, actor: User, project: Project) -> Application:
    """A copy of what was approved, to be changed; the approval stands until the change is decided."""
    require(can_lead_project, actor, project)
    if project.status != Project.Status.ACTIVE:
        raise TransitionRefused(f"The project is {project.status}; only an active one can be changed.")
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if project.amendments.filter(status__in=Application.UNDER_WAY).exists():
        raise TransitionRefused(ANOTHER_CHANGE)
    application = Application.objects.create(
        reference=next_reference("ARC"),
        lead=actor,
        domain=project.domain,
        amends=project,
        title=project.title,
        lapses_at=draft_lapses_at(),
    )
    base = approved_version(application)
    _copy_answers(base.content["answers"] if base else {}, application, actor)
    tell(Event.APPLICATION_STARTED, application, actor)
    return application


def _copy_answers(answers: Mapping[str, Any], application: Application, actor: User) -> None:
    at = clock.now()
    SectionAnswer.objects.bulk_create(
        SectionAnswer(application=application, section=slug, values=values, saved_by=actor, saved_at=at)
        for slug, values in answers.items()
        if slug in BY_SLUG
    )


@transaction.atomic
def copy_application(*, actor: User, application: Application) -> Application:
    """Begin anew with the same answers, where the old one came to nothing. Team and files are asked for again."""
    require(can_lead_application, actor, application)
    if application.amends_id or application.status not in Application.CAME_TO_NOTHING:
        raise TransitionRefused("Only an application that was declined, withdrawn or that lapsed is copied.")
    domain = application.domain if application.domain and is_member(actor, application.domain, clock.now()) else None
    made = start_application(actor=actor, domain=domain)
    _copy_answers(answers_of(application), made, actor)
    made.title = application.title
    made.save(update_fields=["title"])
    tell(Event.APPLICATION_COPIED, application, actor, application=made.reference)
    return made


class Overtaken(TransitionRefused):
    """Somebody else saved the section in the meantime; `theirs` is what they saved."""

    def __init__(self, theirs: SectionAnswer) -> None:
        who = theirs.saved_by.display_name
        super().__init__(f"{who} saved this section while you were writing. Compare, and save what you both want.")
        self.theirs = theirs


@transaction.atomic
def save_section(
    *, actor: User, application: Application, section: str, values: Mapping[str, Any], revision: int
) -> SectionAnswer:
    """Keep the answers of one section, complete or not. `revision` is what the form was filled with; 0: nothing yet.

    Raises Overtaken when somebody saved since then.
    """
    fresh = writable(actor, application)
    held = SectionAnswer.objects.select_related("saved_by").filter(application=fresh, section=section).first()
    if held is not None and held.revision != revision:
        raise Overtaken(held)
    kept = {field.name: values.get(field.name, "") for field in BY_SLUG[section].fields}
    made, _ = SectionAnswer.objects.update_or_create(
        application=fresh,
        section=section,
        defaults={"values": kept, "revision": revision + 1, "saved_by": actor, "saved_at": clock.now()},
    )
    if section == "summary":
        fresh.title = str(kept["title"])[:200]
    if fresh.status == Application.Status.DRAFT:
        fresh.lapses_at = draft_lapses_at()
    fresh.save(update_fields=["title", "lapses_at"])
    return made


def answers_of(application: Application) -> dict[str, dict[str, Any]]:
    """The answers by section as they stand."""
    return once_per_reading(
        ("answers", application.pk), lambda: dict(application.answers.values_list("section", "values"))
    )


@transaction.atomic
def invite_to_team(*, actor: User, application: Application, email: str) -> TeamPlace:
    """Offer a place by mail, with a link that counts once."""
    require(can_lead_application, actor, application)
    fresh = writable(actor, application)
    email = email.strip().lower()
    if email == fresh.lead.email:
        raise InvalidInput("You lead this application already.", field="email")
    invitation = Invitation.from_now()
    known = TeamPlace.objects.filter(application=fresh, email=email, removed_at=None).first()
    if known and known.accepted_at:
        raise InvalidInput("This person has accepted a place already.", field="email")
    if known:
        known.removed_at = invitation.invited_at
        known.save(update_fields=["removed_at"])
    place = TeamPlace.objects.create(application=fresh, email=email, **invitation.kept)
    invitation.send(
        email=email,
        inviter=actor,
        page="invitation",
        subject=f"the team of {fresh.reference}",
        asks=f"join the team of the application {fresh.reference}",
    )
    tell(Event.PLACE_OFFERED, fresh, actor)
    return place


@transaction.atomic
def accept_place(*, actor: User, place: TeamPlace) -> TeamPlace:
    """Join the team. TransitionRefused for an invitation that is over, taken or meant for another address."""
    application = locked(place.application)
    fresh = TeamPlace.objects.get(pk=place.pk)
    if fresh.email != actor.email:
        raise TransitionRefused("This invitation was sent to another address. Sign in with that one.")
    if fresh.accepted_at and fresh.removed_at is None:
        raise TransitionRefused("This invitation has been accepted already.")
    if fresh.removed_at or fresh.expires_at <= clock.now() or not application.is_writable:
        raise TransitionRefused("This invitation is no longer valid. Ask the lead to send a new one.")
    fresh.person, fresh.accepted_at = actor, clock.now()
    fresh.save(update_fields=["person", "accepted_at"])
    tell(Event.PLACE_ACCEPTED, application, actor)
    return fresh


@transaction.atomic
def remove_place(*, actor: User, place: TeamPlace) -> None:
    """Take somebody out of the team, or an invitation back."""
    require(can_lead_application, actor, place.application)
    writable(actor, place.application)
    place.removed_at = clock.now()
    place.save(update_fields=["removed_at"])
    tell(Event.PLACE_REMOVED, place.application, actor)


def still_missing(application: Application) -> list[str]:
    """Everything that keeps the application from being submitted, a sentence each."""
    found = all_missing(answers_of(application))
    places = application.places.filter(removed_at=None, accepted_at=None)
    found += [f"Team: {place.email} has not accepted yet; wait, or take the invitation back" for place in places]
    if application.status in (Application.Status.RETURNED, Application.Status.DEFERRED):
        open_ones = Question.objects.filter(version__application=application, answer="")
        latest = application.versions.order_by("-number").values("pk")[:1]
        found += ["Questions: answer each of them"] if open_ones.filter(version__in=latest).exists() else []
    return found


def frozen_content(application: Application) -> dict[str, Any]:
    """What a version holds: answers, team and attachments, without anything that changes by itself."""
    team = application.places.filter(removed_at=None).exclude(accepted_at=None).select_related("person")
    files = application.attachments.filter(removed_at=None)
    return {
        "reference": application.reference,
        "form_version": FORM_VERSION,
        "answers": answers_of(application),
        "lead": {"id": application.lead_id, "name": application.lead.display_name},
        "team": [{"id": place.person_id, "name": str(place.person)} for place in team.order_by("person__pk")],
        "attachments": [{"name": file.name, "sha256": file.sha256} for file in files],
    }


def freeze(application: Application, content: Mapping[str, Any], actor: User, at: datetime) -> ApplicationVersion:
    """Write the next version with the SHA-256 of its canonical JSON."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    last = current_version(application)
    return ApplicationVersion.objects.create(
        application=application,
        number=(last.number if last else 0) + 1,
        canonical_json=canonical,
        sha256=hashlib.sha256(canonical.encode()).hexdigest(),
        form_version=FORM_VERSION,
        submitted_by=actor,
        submitted_at=at,
    )


@transaction.atomic
def submit_application(*, actor: User, application: Application) -> Application:
    """Freeze what stands there as the next version and send it. InvalidInput lists everything that is missing."""
    require(can_lead_application, actor, application)
    fresh = writable(actor, application)
    if found := still_missing(fresh):
        raise InvalidInput("\n".join(found))
    at = clock.now()
    action = "submit" if fresh.status == Application.Status.DRAFT else "resubmit"
    version = freeze(fresh, frozen_content(fresh), actor, at)
    due_at = add_working_days(at, TRIAGE_DAYS)
    moved: Application = APPLICATION.perform(
        fresh,
        action,
        actor,
        detail={"version": version.number, "sha256": version.sha256},
        changes={"submitted_at": at, "due_at": due_at, "decided_at": None, "lapses_at": None},
    )
    return moved


@transaction.atomic
def withdraw_application(*, actor: User, application: Application) -> Application:
    """Take it back; what was sent stays on record."""
    moved: Application = APPLICATION.perform(
        application, "withdraw", actor, changes={"due_at": None, "lapses_at": None}
    )
    return moved


@transaction.atomic
def answer_questions(*, actor: User, application: Application, answers: Mapping[int, str]) -> Sequence[Question]:
    """Keep the lead's answers to the committee's questions, by the question's id; unknown ids are left alone."""
    require(can_lead_application, actor, application)
    fresh = writable(actor, application)
    asked = list(Question.objects.select_for_update(no_key=True).filter(version=current_version(fresh)))
    for question in asked:
        if question.pk in answers:
            question.answer, question.answered_at = answers[question.pk].strip(), clock.now()
            question.save(update_fields=["answer", "answered_at"])
    return asked


@transaction.atomic
def lodge_appeal(*, actor: User, application: Application, grounds: str) -> Application:
    """Object to a refusal: once, in time. Somebody who had no part in it hears the appeal."""
    require(can_lead_application, actor, application)
    if not grounds.strip():
        raise InvalidInput("Say what you object to.", field="reason")
    fresh = locked(application)
    if fresh.amends and fresh.amends.amendments.exclude(pk=fresh.pk).filter(status__in=Application.UNDER_WAY).exists():
        raise TransitionRefused(ANOTHER_CHANGE)
    if fresh.status == Application.Status.DECLINED and hasattr(fresh, "appeal"):
        raise TransitionRefused(in_time_to_appeal(fresh) or "There is one appeal.")
    if fresh.status == Application.Status.DECLINED:
        Appeal.objects.create(application=fresh, grounds=grounds.strip(), lodged_at=clock.now())
    due = add_working_days(clock.now(), TRIAGE_DAYS * 4)
    moved: Application = APPLICATION.perform(fresh, "appeal", actor, changes={"due_at": due})
    return moved
