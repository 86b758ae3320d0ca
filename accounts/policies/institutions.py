"""Institutions: who keeps the register, who signs, who confirms people."""

from __future__ import annotations

from accounts.models import Affiliation, Agreement, Institution, User, scopes_of
from accounts.policies.roles import chairs, holds
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.access import Actor, SystemActor, policy


def speaks_for(actor: Actor, institution: Institution) -> bool:
    """Whether the actor is a secretary or signatory of this very institution."""
    return institution.reference in scopes_of(actor, Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY)


def signs_for(actor: Actor, institution: Institution) -> bool:
    """Whether the actor is an authorised signatory of this very institution."""
    return institution.reference in scopes_of(actor, Role.INSTITUTION_SIGNATORY)


@policy("Only the service desk registers institutions.")
def can_register_institution(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.SERVICE_DESK)


@policy("Only the institution's membership secretary or signatory changes its entry.")
def can_change_institution(actor: Actor, institution: Institution) -> bool:
    return isinstance(actor, SystemActor) or speaks_for(actor, institution)


@policy("Only staff and those who speak for an institution see its entry.")
def can_see_institution(actor: Actor, institution: Institution) -> bool:
    staff = (Role.SERVICE_DESK, Role.AUDITOR, Role.ADMINISTRATOR, Role.ARC_CHAIR)
    return any(holds(actor, role) for role in staff) or speaks_for(actor, institution)


@policy("Only an administrator suspends, reinstates and terminates institutions.")
def can_govern_institution(actor: Actor, institution: Institution) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.ADMINISTRATOR)


@policy("Only an authorised signatory of the institution appoints and releases its secretaries and contacts.")
def can_appoint_officer(actor: Actor, institution: Institution) -> bool:
    return isinstance(actor, SystemActor) or signs_for(actor, institution)


@policy("Only an administrator publishes the text of the participation agreement.")
def can_publish_agreement_text(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.ADMINISTRATOR)


@policy("Only the service desk prepares and sends agreements.")
def can_prepare_agreement(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.SERVICE_DESK)


@policy("Only an authorised signatory of the institution signs, and nobody who prepared the agreement.")
def can_sign_agreement(actor: Actor, agreement: Agreement) -> bool:
    return signs_for(actor, agreement.institution) and actor.pk != agreement.prepared_by_id


@policy("Only an administrator counter-signs, and nobody who prepared or signed it or speaks for the other side.")
def can_countersign_agreement(actor: Actor, agreement: Agreement) -> bool:
    is_apart = actor.pk not in (agreement.prepared_by_id, agreement.signed_by_id)
    return holds(actor, Role.ADMINISTRATOR) and is_apart and not speaks_for(actor, agreement.institution)


@policy("Only the committee's chair gives days of grace, and not to an institution where they work.")
def can_give_grace(actor: Actor, agreement: Agreement) -> bool:
    if not chairs(actor) or not isinstance(actor, User) or speaks_for(actor, agreement.institution):
        return False
    works_there = Affiliation.objects.in_force(clock.now()).filter(person=actor, institution=agreement.institution)
    return not works_there.exists()


@policy("Only an administrator terminates an agreement.")
def can_terminate_agreement(actor: Actor, agreement: Agreement) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.ADMINISTRATOR)


@policy("Sign in to say where you work.")
def can_claim_affiliation(actor: Actor, obj: object) -> bool:
    return isinstance(actor, User) and actor.is_active


@policy("Only the person it is about does this.")
def is_their_affiliation(actor: Actor, affiliation: Affiliation) -> bool:
    return isinstance(actor, User) and actor.is_active and actor.pk == affiliation.person_id


@policy("Only a membership secretary or signatory of that institution decides, and nobody about themselves.")
def can_decide_affiliation(actor: Actor, affiliation: Affiliation) -> bool:
    return speaks_for(actor, affiliation.institution) and actor.pk != affiliation.person_id


@policy("Only the person or their institution ends an affiliation.")
def can_end_affiliation(actor: Actor, affiliation: Affiliation) -> bool:
    own = is_their_affiliation(actor, affiliation)
    return isinstance(actor, SystemActor) or own or speaks_for(actor, affiliation.institution)


@policy("Only the service desk proposes to end an affiliation for an institution, and nobody their own.")
def can_propose_end(actor: Actor, affiliation: Affiliation) -> bool:
    return holds(actor, Role.SERVICE_DESK) and actor.pk != affiliation.person_id


@policy("Only a second person of the service desk ends it: neither who proposed that nor whose it is.")
def can_end_by_two(actor: Actor, affiliation: Affiliation) -> bool:
    return holds(actor, Role.SERVICE_DESK) and actor.pk not in (affiliation.end_proposed_by_id, affiliation.person_id)


@policy("Only a membership secretary or signatory of that institution rechecks its list.")
def can_recheck_members(actor: Actor, institution: Institution) -> bool:
    return speaks_for(actor, institution)
