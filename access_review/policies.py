"""Who may do what to applications, on the committee, and in projects."""

from __future__ import annotations

from typing import Any

from access_review.committee import bench_of, conflict, may_preside, team_ids
from access_review.models import (
    Application,
    Assignment,
    Condition,
    DataUse,
    Project,
    ProjectInvitation,
    ProjectMember,
    in_force,
)
from access_review.models.applications import knows_of_applications, presides, sits
from accounts.models import User
from accounts.policies import holds, is_another_person
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.access import Actor, SystemActor, policy


def is_secretary(actor: Any) -> bool:
    """Whether the person works in the committee's secretariat."""
    return holds(actor, Role.ARC_SECRETARIAT)


@policy("Only the committee's secretariat opens projects, after an approval.")
def can_open_project(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or is_secretary(actor)


def works_in(actor: Actor, project: Project) -> bool:
    """Whether the person works in the project now: then the committee's powers over it are for others."""
    return ProjectMember.objects.filter(in_force(clock.now()), project=project, person_id=actor.pk).exists()


@policy("Only a lead of the project, or the secretariat where it is not their own project, changes its members.")
def can_change_members(actor: Actor, project: Project) -> bool:
    if isinstance(actor, SystemActor) or leads_project(actor, project):
        return True
    return is_secretary(actor) and not works_in(actor, project)


@policy("Only researchers whose access has been opened join a project, each by their own invitation.")
def can_answer_invitation(actor: Actor, invitation: ProjectInvitation) -> bool:
    return isinstance(actor, User) and holds(actor, Role.RESEARCHER) and actor.email == invitation.email


def leads_project(actor: Actor, project: Project) -> bool:
    """Whether the person leads the project now."""
    leads = ProjectMember.objects.filter(in_force(clock.now()), project=project, role=ProjectMember.Role.LEAD)
    return actor.pk is not None and leads.filter(person_id=actor.pk).exists()


@policy("Only researchers whose access has been opened apply for a project.")
def can_start_application(actor: Actor, obj: object) -> bool:
    return holds(actor, Role.RESEARCHER)


@policy("Leads of communities, who speaks for an institution, and the service desk are told what their people sent.")
def can_know_of_applications(actor: Actor, obj: object) -> bool:
    return knows_of_applications(actor)


@policy("Only the team of an application writes it.")
def can_write_application(actor: Actor, application: Application) -> bool:
    return isinstance(actor, User) and actor.is_active and actor.pk in team_ids(application)


@policy("Only the lead of an application does this.")
def can_lead_application(actor: Actor, application: Application) -> bool:
    return isinstance(actor, User) and actor.is_active and actor.pk == application.lead_id


@policy("Only the secretariat does this, and nobody with a conflict of interest.")
def can_triage_application(actor: Actor, application: Application) -> bool:
    return is_secretary(actor) and conflict(actor, application) is None


@policy("Only the secretariat or the chair does this, and nobody with a conflict of interest.")
def can_return_application(actor: Actor, application: Application) -> bool:
    return can_triage_application(actor, application) or can_decide_application(actor, application)


@policy("Only the chair decides, or the deputy where the chair has a conflict of interest; nobody decides their own.")
def can_decide_application(actor: Actor, application: Application) -> bool:
    return may_preside(actor, application)


@policy("Only a member of the committee who was assigned does this.")
def can_review_application(actor: Actor, application: Application) -> bool:
    seats = Assignment.objects.filter(application=application, person_id=actor.pk, ended_at=None)
    return sits(actor) and seats.exists()


@policy("An appeal is heard by a chair or deputy who had no part in the decision and has no conflict of interest.")
def can_hear_appeal(actor: Actor, application: Application) -> bool:
    return presides(actor) and conflict(actor, application) is None


@policy("Only whoever has the condition to meet, or the lead, gives evidence.")
def can_give_evidence(actor: Actor, condition: Condition) -> bool:
    return isinstance(actor, User) and actor.pk in (condition.owner_id, condition.decision.version.application.lead_id)


@policy("Only the secretariat verifies conditions, and nobody their own.")
def can_verify_condition(actor: Actor, condition: Condition) -> bool:
    is_theirs = actor.pk in (condition.owner_id, condition.decision.version.application.lead_id)
    return is_secretary(actor) and not is_theirs


@policy("Only the secretariat keeps meetings.")
def can_keep_meetings(actor: Actor, obj: object) -> bool:
    return is_secretary(actor)


@policy("Only the committee and its secretariat see its queue.")
def can_see_queue(actor: Actor, obj: object) -> bool:
    return sits(actor) or is_secretary(actor) or holds(actor, Role.AUDITOR)


@policy("Only the secretariat or the chair suspends and resumes projects, and nobody their own.")
def can_suspend_project(actor: Actor, project: Project) -> bool:
    if isinstance(actor, SystemActor):
        return True
    return (is_secretary(actor) or presides(actor)) and not works_in(actor, project)


@policy("Only a lead of the project, or the secretariat where it is not their own project, closes it.")
def can_close_project(actor: Actor, project: Project) -> bool:
    if isinstance(actor, SystemActor) or leads_project(actor, project):
        return True
    return is_secretary(actor) and not works_in(actor, project)


@policy("Only a lead of the project does this.")
def can_lead_project(actor: Actor, project: Project) -> bool:
    return leads_project(actor, project)


@policy("Only the committee's secretariat keeps the register's publications.")
def can_keep_register(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or is_secretary(actor)


@policy("Only data managers record what a dataset may be used for.")
def can_record_data_use(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.DATA_MANAGER)


@policy("Only data managers, the committee and its secretariat see the terms of datasets.")
def can_see_data_use(actor: Actor, obj: object) -> bool:
    return can_record_data_use(actor, None) or can_see_queue(actor, None)


@policy("A second data manager approves the terms, not the one who wrote them down.")
def can_approve_data_use(actor: Actor, terms: DataUse) -> bool:
    if isinstance(actor, SystemActor):
        return True
    is_other = actor.pk != terms.proposed_by_id and is_another_person(actor, (terms.proposed_by,))
    return can_record_data_use(actor, None) and is_other


@policy("Declare first whether you have an interest; with a conflict of interest only the title can be read.")
def can_read_content(actor: Actor, application: Application) -> bool:
    """The team; once it was sent auditors, the committee's people without a conflict, and the seated who declared."""
    if not isinstance(actor, User):
        return False
    bench = bench_of(application)
    if actor.pk in bench.team:
        return True
    if bench.version is None:
        return False
    if holds(actor, Role.AUDITOR):
        return True
    if bench.conflict_of(actor.pk) is not None:
        return False
    if actor.pk in bench.assigned:
        return actor.pk in bench.declarations
    return is_secretary(actor) or presides(actor)
