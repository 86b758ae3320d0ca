"""Who may do what to requests of the airlock. A superuser may nothing here by being one."""

from __future__ import annotations

from typing import Any

from access_review.models import Project
from access_review.selectors import is_member
from accounts.models import User
from accounts.policies import holds
from accounts.roles import Role
from airlock.models import (
    CommitteeVoice,
    DownloadGrant,
    ExportRequest,
    ImportFile,
    ImportRequest,
    Release,
    RequestFile,
    Review,
    is_checker,
    is_manager,
    sits_on_committee,
)
from airlock.nearness import is_near
from portal.kernel import clock
from portal.kernel.access import Actor, SystemActor, policy
from portal.kernel.requests import once_per_reading

S = ExportRequest.Status
_LOOKED_INTO = (S.IN_REVIEW, S.CONSOLIDATING, S.COMMITTEE, S.APPROVED, S.RELEASING)


@policy("Only a member of the project, with access to data, asks to let files out.")
def can_create_export(actor: Actor, project: Project) -> bool:
    return is_member(actor, project)


@policy("Only researchers whose access has been opened ask to let files out.")
def can_open_airlock(actor: Actor, obj: object) -> bool:
    return holds(actor, Role.RESEARCHER)


@policy("Only members of the project, with access to data, change a request.")
def can_write_export(actor: Actor, request: ExportRequest) -> bool:
    return is_member(actor, request.project)


@policy("Only the author, while a member of the project with access to data, submits a request.")
def can_submit_export(actor: Actor, request: ExportRequest) -> bool:
    return request.author_id == actor.pk and is_member(actor, request.project)


@policy("Only the author withdraws a request.")
def can_withdraw_export(actor: Actor, request: ExportRequest) -> bool:
    return isinstance(actor, User) and actor.is_active and request.author_id == actor.pk


@policy("Only a checker who is not too near to the request does this.")
def can_check_export(actor: Actor, request: ExportRequest) -> bool:
    return is_checker(actor) and not is_near(actor, request)


@policy("Only a checker who reviewed this turn, and is not too near to the request, does this.")
def can_decide_export(actor: Actor, request: ExportRequest) -> bool:
    return can_check_export(actor, request) and _reviewed(actor, request)


@policy("Only a checker or an airlock manager, neither too near to the request, does this.")
def can_check_or_manage(actor: Actor, request: ExportRequest) -> bool:
    return (is_checker(actor) or is_manager(actor)) and not is_near(actor, request)


@policy("Only a checker, an airlock manager, neither too near to the request, or Lectern itself stops a release.")
def can_stop_release(actor: Actor, request: ExportRequest) -> bool:
    return isinstance(actor, SystemActor) or can_check_or_manage(actor, request)


@policy("Only an airlock manager who is not too near to the request does this.")
def can_manage_export(actor: Actor, request: ExportRequest) -> bool:
    return is_manager(actor) and not is_near(actor, request)


@policy("Only a manager who is not too near to the request, or Lectern itself, holds and frees requests.")
def can_hold_export(actor: Actor, request: ExportRequest) -> bool:
    return isinstance(actor, SystemActor) or can_manage_export(actor, request)


@policy("Only a committee member who is not too near to the request speaks for the committee.")
def can_advise_export(actor: Actor, request: ExportRequest) -> bool:
    return sits_on_committee(actor) and not is_near(actor, request)


@policy("Only a committee member whose word is on record closes the referral.")
def can_close_referral(actor: Actor, request: ExportRequest) -> bool:
    spoke = CommitteeVoice.objects.filter(
        referral__request=request, referral__closed_at__isnull=False, member_id=actor.pk
    )
    return can_advise_export(actor, request) and spoke.exists()


@policy("Only a person with a download permission, who may still see the project, takes released files.")
def can_download(actor: Actor, release: Release) -> bool:
    if not isinstance(actor, User) or release.finished_at is None or not is_member(actor, release.request.project):
        return False
    live = DownloadGrant.objects.current(clock.now()).filter(release=release, person=actor)
    return release.request.status == ExportRequest.Status.RELEASED and live.exists()


@policy("The content of a file is seen by its team while it is their turn or after its release, and by its checkers.")
def can_look(actor: Actor, file: RequestFile) -> bool:
    return looks_into(actor, file.request)


def looks_into(actor: Actor, request: ExportRequest) -> bool:
    """Nobody looks into what is in quarantine; an auditor sees what happened, not what is in files."""
    status = request.status
    if is_member(actor, request.project) and status in (S.DRAFT, S.RETURNED, S.RELEASED):
        return True
    if not isinstance(actor, User) or is_near(actor, request):
        return False
    if status == S.COMMITTEE and sits_on_committee(actor):
        return True
    return status in _LOOKED_INTO and (is_checker(actor) or is_manager(actor))


@policy("Only checkers, airlock managers and auditors see the queue.")
def can_see_queue(actor: Actor, obj: object) -> bool:
    return is_checker(actor) or is_manager(actor) or holds(actor, Role.AUDITOR) or sits_on_committee(actor)


@policy("Only an airlock manager or the committee's chair publishes rules of the airlock.")
def can_publish_rules(actor: Actor, obj: object) -> bool:
    return is_manager(actor) or holds(actor, Role.ARC_CHAIR)


@policy("What is milder than before in any point is for the committee's chair to publish.")
def can_loosen_rules(actor: Actor, obj: object) -> bool:
    return holds(actor, Role.ARC_CHAIR)


@policy("Only those who judge a request, and are not too near to it, write remarks on it.")
def can_remark(actor: Actor, request: ExportRequest) -> bool:
    advises = request.status == ExportRequest.Status.COMMITTEE and can_advise_export(actor, request)
    return advises or can_check_or_manage(actor, request)


@policy("Only a member of the project, with access to data, asks to bring files in.")
def can_create_import(actor: Actor, project: Project) -> bool:
    return is_member(actor, project)


@policy("Only the author, while a member of the project with access to data, changes and submits an import.")
def can_write_import(actor: Actor, request: ImportRequest) -> bool:
    return request.author_id == actor.pk and is_member(actor, request.project)


@policy("Only the author withdraws an import.")
def can_withdraw_import(actor: Actor, request: ImportRequest) -> bool:
    return isinstance(actor, User) and actor.is_active and request.author_id == actor.pk


@policy("Only a checker who is not too near to the import does this.")
def can_check_import(actor: Actor, request: ImportRequest) -> bool:
    return is_checker(actor) and not is_near(actor, request)


@policy("Only an airlock manager who is not too near to the import does this.")
def can_manage_import(actor: Actor, request: ImportRequest) -> bool:
    return is_manager(actor) and not is_near(actor, request)


@policy("Checkers look at what is to come in while it is with them; nobody looks at what is in quarantine.")
def can_look_at_import(actor: Actor, file: ImportFile) -> bool:
    request = file.request
    return request.status == ImportRequest.Status.IN_REVIEW and (
        can_check_import(actor, request) or can_manage_import(actor, request)
    )


@policy("Only members of the project, with access to data, take files that were delivered to it.")
def can_take_import(actor: Actor, request: ImportRequest) -> bool:
    return request.status == ImportRequest.Status.DELIVERED and is_member(actor, request.project)


def holds_auditor(actor: Any) -> bool:
    """Whether the person audits."""
    return holds(actor, Role.AUDITOR)


def _reviewed(actor: Actor, request: ExportRequest) -> bool:
    reviews = Review.objects.filter(request=request, turn=request.turn, reviewer_id=actor.pk, voided_at=None)
    key = ("airlock reviewed", actor.pk, request.pk, request.turn)
    return once_per_reading(key, reviews.exclude(submitted_at=None).exists)
