"""Who may do what with queries."""

from __future__ import annotations

from access_review.models import Project
from access_review.selectors import is_lead, is_member
from accounts.policies import holds
from accounts.roles import Role
from portal.kernel.access import Actor, SystemActor, policy
from research_env.models import Query, SavedCohort


@policy("Only a member of the project, with access to data, can ask questions in it.")
def can_create_query(actor: Actor, project: Project) -> bool:
    return is_member(actor, project)


@policy("Only a member of the project, with access to data, can build cohorts in it.")
def can_build_cohort(actor: Actor, project: Project) -> bool:
    return is_member(actor, project)


@policy("Only a member of the project, with access to data, can read the clinical tables of its people.")
def can_read_rows(actor: Actor, project: Project) -> bool:
    return is_member(actor, project)


@policy("Only a member of the project, with access to data, can read the list of its genomes.")
def can_read_genomes(actor: Actor, project: Project) -> bool:
    return is_member(actor, project)


@policy("Only the author can share this cohort, while a member of its project.")
def can_share_cohort(actor: Actor, cohort: SavedCohort) -> bool:
    return cohort.author_id == actor.pk and is_member(actor, cohort.project)


@policy("Only a member of the project who sees this cohort can take the list of its people.")
def can_take_cohort(actor: Actor, cohort: SavedCohort) -> bool:
    return is_member(actor, cohort.project) and SavedCohort.objects.visible_to(actor).filter(pk=cohort.pk).exists()


@policy("Only the author can submit, run again or share this query, while a member of its project.")
def can_work_on_query(actor: Actor, query: Query) -> bool:
    return query.author_id == actor.pk and is_member(actor, query.project)


@policy("Only the author or a lead of the project can cancel this query.")
def can_cancel_query(actor: Actor, query: Query) -> bool:
    return is_member(actor, query.project) and (query.author_id == actor.pk or is_lead(actor, query.project))


@policy("Only Lectern itself does this, when a rule asks for it.")
def can_stop_query(actor: Actor, query: Query) -> bool:
    return isinstance(actor, SystemActor)


@policy("Only a data manager can set what a project may use.")
def can_set_allowance(actor: Actor, project: Project) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.DATA_MANAGER)
