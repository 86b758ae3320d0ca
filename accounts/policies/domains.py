"""Domains and communities: who joins, and who decides on it."""

from __future__ import annotations

from accounts.gates import data_access
from accounts.models import Affiliation, Domain, DomainApplication, RoleGrant, RoleGrantQuerySet, User, scopes_of
from accounts.policies.roles import holds
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.access import Actor, SystemActor, policy


def leads(actor: Actor, domain: Domain) -> bool:
    """Whether the actor leads this very domain, or is its deputy."""
    return domain.slug in scopes_of(actor, Role.DOMAIN_LEAD, Role.DOMAIN_DEPUTY)


@policy("Only an administrator creates and changes communities and domains.")
def can_govern_domain(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.ADMINISTRATOR)


@policy("Sign in to apply.")
def can_apply(actor: Actor, obj: object) -> bool:
    return isinstance(actor, User) and actor.is_active


@policy("Only the applicant does this.")
def is_their_application(actor: Actor, application: DomainApplication) -> bool:
    return isinstance(actor, User) and actor.is_active and actor.pk == application.person_id


@policy(
    "Only a lead or deputy of the community with open access to data decides, an administrator while it has none, and "
    "nobody about themselves, somebody they supervise, or a lead of the community who works where they work."
)
def can_decide_application(actor: Actor, application: DomainApplication) -> bool:
    if not isinstance(actor, User) or actor.pk in (application.person_id, application.supervisor_id):
        return False
    if holds(actor, Role.ADMINISTRATOR) and not _leads_of(application.domain).exists():
        return True
    if not leads(actor, application.domain):
        return False
    if _leads_of(application.domain).filter(person=application.person_id).exists() and _work_together(
        actor, application.person
    ):
        return False
    return data_access(actor, clock.now()).granted


@policy("Only the applicant, the leads of the community, the service desk and auditors read an application.")
def can_read_application(actor: Actor, application: DomainApplication) -> bool:
    staff = holds(actor, Role.SERVICE_DESK) or holds(actor, Role.AUDITOR)
    return staff or is_their_application(actor, application) or leads(actor, application.domain)


@policy("Only a lead or deputy of the community removes a member, and nobody themselves.")
def can_remove_member(actor: Actor, application: DomainApplication) -> bool:
    return isinstance(actor, SystemActor) or (leads(actor, application.domain) and actor.pk != application.person_id)


def _leads_of(domain: Domain) -> RoleGrantQuerySet:
    return RoleGrant.objects.current(clock.now()).filter(
        scope=domain.slug, role__in=[Role.DOMAIN_LEAD, Role.DOMAIN_DEPUTY], person__is_active=True
    )


def _work_together(one: User, other: User) -> bool:
    theirs = Affiliation.objects.in_force(clock.now()).filter(person=other).values("institution")
    return Affiliation.objects.in_force(clock.now()).filter(person=one, institution__in=theirs).exists()
