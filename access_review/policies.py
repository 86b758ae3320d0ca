"""Who may open projects and change who works in them."""

from __future__ import annotations

from access_review.models import Project, ProjectMember, in_force
from accounts.policies import holds
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.access import Actor, SystemActor, policy


@policy("Only the committee's secretariat opens projects, after an approval.")
def can_open_project(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.ARC_SECRETARIAT)


@policy("Only a lead of the project, or the committee's secretariat, changes its members.")
def can_change_members(actor: Actor, project: Project) -> bool:
    if isinstance(actor, SystemActor) or holds(actor, Role.ARC_SECRETARIAT):
        return True
    leads = ProjectMember.objects.filter(in_force(clock.now()), project=project, role=ProjectMember.Role.LEAD)
    return leads.filter(person_id=actor.pk).exists()
