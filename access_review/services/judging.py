"""Writes of the committee's members: interests, votes, comments, a word on the advice."""

from __future__ import annotations

from django.db import transaction

from access_review.committee import bench_of
from access_review.events import Event
from access_review.models import Application, ApplicationVersion, Comment, DataUseAdvice, Declaration, VoteCast
from access_review.policies import can_decide_application, can_review_application, can_triage_application
from access_review.services.writing import locked
from accounts.models import User
from accounts.services import remind_once
from portal.kernel import clock
from portal.kernel.access import require
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from portal.kernel.telling import tell

STALE = "A newer version of this application is here. Read it, and give your view on that one."


def _current(application: Application, number: int) -> ApplicationVersion:
    """The version that is under review, if it is the one that the member read; TransitionRefused otherwise."""
    if application.status != Application.Status.IN_REVIEW:
        raise TransitionRefused("This application is not under review now.")
    version = application.versions.order_by("-number").first()
    if version is None or version.number != number:
        raise TransitionRefused(STALE)
    return version


@transaction.atomic
def declare_interest(
    *, actor: User, application: Application, version: int, has_interest: bool, explanation: str = ""
) -> Declaration:
    """Say whether one has an interest, before one reads. Nobody may say "none" to a conflict that Lectern sees."""
    require(can_review_application, actor, application)
    current = _current(locked(application), version)
    found = bench_of(application).conflict_of(actor.pk)
    if not has_interest and found is not None:
        raise InvalidInput(f"{found.sentence} Declare the interest.", field="has_interest")
    if has_interest and not explanation.strip():
        raise InvalidInput("Say what the interest is.", field="explanation")
    said, is_new = Declaration.objects.get_or_create(
        version=current,
        person=actor,
        defaults={"has_interest": has_interest, "explanation": explanation.strip(), "declared_at": clock.now()},
    )
    if not is_new:
        if said.has_interest or not has_interest:
            raise TransitionRefused("You have declared your interests in this version already.")
        said.has_interest, said.explanation, said.declared_at = True, explanation.strip(), clock.now()
        said.save(update_fields=["has_interest", "explanation", "declared_at"])
    tell(Event.INTEREST_DECLARED, application, actor, version=current.number, has_interest=has_interest)
    return said


@transaction.atomic
def clear_interest(*, actor: User, declaration: Declaration, reason: str) -> None:
    """The chair lets a member judge in spite of an interest: never one of the team or of the lead's institution."""
    application = declaration.version.application
    require(can_decide_application, actor, application)
    if actor.pk == declaration.person_id:
        raise PermissionRefused("Nobody clears their own interest.")
    if not reason.strip():
        raise InvalidInput("Give a reason.", field="reason")
    _current(locked(application), declaration.version.number)
    found = bench_of(application).conflict_of(declaration.person_id)
    if found is None or not found.is_clearable:
        raise TransitionRefused("This conflict of interest cannot be cleared.")
    declaration.cleared_by, declaration.cleared_at, declaration.cleared_reason = actor, clock.now(), reason.strip()
    declaration.save(update_fields=["cleared_by", "cleared_at", "cleared_reason"])
    tell(Event.INTEREST_CLEARED, application, actor, reason=reason.strip(), person=str(declaration.person_id))


def _require_open_mind(actor: User, application: Application, version: ApplicationVersion) -> None:
    if not Declaration.objects.filter(version=version, person=actor).exists():
        raise PermissionRefused("Declare first whether you have an interest.")
    if found := bench_of(application).conflict_of(actor.pk):
        raise PermissionRefused(found.sentence)


@transaction.atomic
def cast_vote(*, actor: User, application: Application, version: int, value: str, reason: str = "") -> VoteCast:
    """Give one's view on a version, or change it; the earlier one stays on record."""
    require(can_review_application, actor, application)
    current = _current(locked(application), version)
    _require_open_mind(actor, application, current)
    if value not in VoteCast.Value.values:
        raise InvalidInput("Choose a view.", field="value")
    if value != VoteCast.Value.APPROVE and not reason.strip():
        raise InvalidInput("Give your reasons; only a plain approval needs none.", field="reason")
    at = clock.now()
    live = VoteCast.objects.filter(version=current, person=actor, ended_at=None).first()
    if live is not None and (live.value, live.reason) == (value, reason.strip()):
        return live
    if live is not None:
        live.ended_at = at
        live.save(update_fields=["ended_at"])
    made = VoteCast.objects.create(version=current, person=actor, value=value, reason=reason.strip(), cast_at=at)
    tell(Event.VOTE_CAST, application, actor, version=current.number)
    if bench_of(application).tally.gap is None:
        about = f"version {current.number}"
        remind_once(Event.QUORUM_REACHED, application, "quorum", about, detail={"threshold": "quorum"})
    return made


@transaction.atomic
def withdraw_vote(*, actor: User, application: Application) -> None:
    """Take one's view back while the review is open."""
    require(can_review_application, actor, application)
    fresh = locked(application)
    if fresh.status != Application.Status.IN_REVIEW:
        raise TransitionRefused("This application is not under review now.")
    current = fresh.versions.order_by("-number").first()
    live = VoteCast.objects.filter(version=current, person=actor, ended_at=None).first()
    if live is None:
        raise TransitionRefused("You have no view on record.")
    live.ended_at = clock.now()
    live.save(update_fields=["ended_at"])
    tell(Event.VOTE_WITHDRAWN, fresh, actor, version=live.version.number)


@transaction.atomic
def add_comment(*, actor: User, application: Application, version: int, text: str, is_private: bool) -> Comment:
    """Write to oneself or to everybody on the case."""
    is_of_the_desk = can_triage_application(actor, application)
    if not is_of_the_desk:
        require(can_review_application, actor, application)
    current = _current(locked(application), version)
    if not is_of_the_desk:
        _require_open_mind(actor, application, current)
    if not text.strip():
        raise InvalidInput("Write a comment.", field="text")
    made = Comment.objects.create(
        version=current, author=actor, text=text.strip(), is_private=is_private, written_at=clock.now()
    )
    if not is_private:
        tell(Event.COMMENT_ADDED, application, actor, version=current.number)
    return made


@transaction.atomic
def judge_advice(*, actor: User, advice: DataUseAdvice, is_agreed: bool) -> None:
    """Record whether the committee agreed with the advice on data use; the advice decides nothing."""
    application = advice.version.application
    require(can_decide_application, actor, application)
    _current(locked(application), advice.version.number)
    advice.is_agreed, advice.agreed_by = is_agreed, actor
    advice.save(update_fields=["is_agreed", "agreed_by"])
    tell(Event.ADVICE_JUDGED, application, actor, dataset=advice.dataset.slug, agreed=is_agreed)
