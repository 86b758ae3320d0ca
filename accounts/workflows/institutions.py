"""The states of institutions, agreements and affiliations. That something is over by its date is no state."""

from __future__ import annotations

from datetime import timedelta

from accounts import policies
from accounts.events import InstitutionEvent as Event
from accounts.models import EXPIRING, GRACE, Affiliation, Agreement, DomainApplication, Institution, RoleGrant
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.access import only_system
from portal.kernel.workflow import Transition, Workflow

PROSPECTIVE, ACTIVE, SUSPENDED, TERMINATED = Institution.Status
DRAFTED, SENT, SIGNED, IN_FORCE, SUPERSEDED, OVER = Agreement.Status
END_PROPOSED_FOR = timedelta(days=14)
CLAIMED, WAITING, ASKED, CONFIRMED, REFUSED, ENDED = Affiliation.Status


def somebody_speaks_for_it(agreement: Agreement) -> str | None:
    """At least one membership secretary and one security contact are named."""
    named = set(
        RoleGrant.objects.current(clock.now())
        .filter(scope=agreement.institution.reference)
        .values_list("role", flat=True)
    )
    if {Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SECURITY} <= named:
        return None
    return "The institution has to name a membership secretary and a security contact first."


def it_ends_or_has_just_ended(agreement: Agreement) -> str | None:
    """Days of grace are given once, and only about its end: a renewal that is nearly there needs them."""
    if agreement.ends_at is None or agreement.grace_until is not None:
        return "Days of grace were given already. They are given once."
    if agreement.ends_at > clock.now() + EXPIRING:
        return f"It does not end within {EXPIRING.days} days, so it needs no days of grace."
    if agreement.ends_at + GRACE <= clock.now():
        return f"It ended more than {GRACE.days} days ago. Only a renewal helps now."
    return None


def institution_is_registered(affiliation: Affiliation) -> str | None:
    """The institution is active and its agreement in force at this instant."""
    if Institution.objects.registered(clock.now()).filter(pk=affiliation.institution_id).exists():
        return None
    return "The institution has no agreement in force, so nobody can be confirmed."


def a_community_has_accepted_the_person(affiliation: Affiliation) -> str | None:
    """The person belongs to a domain, so that an institution vouches for nobody who may never come."""
    if DomainApplication.objects.memberships(clock.now()).filter(person=affiliation.person_id).exists():
        return None
    return "No research community has accepted this person yet. It decides first."


def a_first_person_has_proposed_it(affiliation: Affiliation) -> str | None:
    """Somebody of the service desk proposed the end, not long ago."""
    proposed = affiliation.end_proposed_at
    if proposed is not None and proposed > clock.now() - END_PROPOSED_FOR:
        return None
    return "Two people of the service desk end it. One proposes it first, with a reason; then another one agrees."


INSTITUTION = Workflow(
    model=Institution,
    name="institution",
    initial=PROSPECTIVE,
    transitions=(
        Transition(
            action="activate",
            label="Make active",
            sources=frozenset({PROSPECTIVE}),
            target=ACTIVE,
            allowed=only_system,
            event=Event.ACTIVATED,
        ),
        Transition(
            action="suspend",
            label="Suspend this institution",
            sources=frozenset({ACTIVE}),
            target=SUSPENDED,
            allowed=policies.can_govern_institution,
            event=Event.SUSPENDED,
            reason_required=True,
            danger=True,
        ),
        Transition(
            action="reinstate",
            label="Lift the suspension",
            sources=frozenset({SUSPENDED}),
            target=ACTIVE,
            allowed=policies.can_govern_institution,
            event=Event.REINSTATED,
            reason_required=True,
        ),
        Transition(
            action="terminate",
            label="End the work with this institution",
            sources=frozenset({PROSPECTIVE, ACTIVE, SUSPENDED}),
            target=TERMINATED,
            allowed=policies.can_govern_institution,
            event=Event.TERMINATED,
            reason_required=True,
            danger=True,
        ),
    ),
)

AGREEMENT = Workflow(
    model=Agreement,
    name="agreement",
    initial=DRAFTED,
    transitions=(
        Transition(
            action="send",
            label="Send to be signed",
            sources=frozenset({DRAFTED}),
            target=SENT,
            allowed=policies.can_prepare_agreement,
            event=Event.AGREEMENT_SENT,
        ),
        Transition(
            action="sign",
            label="Sign for the institution",
            sources=frozenset({SENT}),
            target=SIGNED,
            allowed=policies.can_sign_agreement,
            event=Event.AGREEMENT_SIGNED,
        ),
        Transition(
            action="countersign",
            label="Counter-sign",
            sources=frozenset({SIGNED}),
            target=IN_FORCE,
            allowed=policies.can_countersign_agreement,
            guards=(somebody_speaks_for_it,),
            event=Event.AGREEMENT_COUNTERSIGNED,
        ),
        Transition(
            action="cancel",
            label="Cancel this agreement",
            sources=frozenset({DRAFTED, SENT, SIGNED}),
            target=OVER,
            allowed=policies.can_prepare_agreement,
            event=Event.AGREEMENT_CANCELLED,
            reason_required=True,
            danger=True,
        ),
        Transition(
            action="extend",
            label="Give days of grace",
            sources=frozenset({IN_FORCE}),
            target=IN_FORCE,
            allowed=policies.can_give_grace,
            guards=(it_ends_or_has_just_ended,),
            event=Event.AGREEMENT_EXTENDED,
            reason_required=True,
        ),
        Transition(
            action="supersede",
            label="Replace by its renewal",
            sources=frozenset({IN_FORCE}),
            target=SUPERSEDED,
            allowed=only_system,
            event=Event.AGREEMENT_SUPERSEDED,
        ),
        Transition(
            action="terminate",
            label="Terminate this agreement",
            sources=frozenset({IN_FORCE}),
            target=OVER,
            allowed=policies.can_terminate_agreement,
            event=Event.AGREEMENT_TERMINATED,
            reason_required=True,
            danger=True,
        ),
    ),
)

AFFILIATION = Workflow(
    model=Affiliation,
    name="affiliation",
    initial=CLAIMED,
    transitions=(
        Transition(
            action="prove",
            label="Prove the address",
            sources=frozenset({CLAIMED}),
            target=WAITING,
            allowed=policies.is_their_affiliation,
            event=Event.AFFILIATION_PROVED,
        ),
        Transition(
            action="confirm",
            label="Confirm that this person works here",
            sources=frozenset({WAITING, ASKED}),
            target=CONFIRMED,
            allowed=policies.can_decide_affiliation,
            guards=(institution_is_registered, a_community_has_accepted_the_person),
            event=Event.AFFILIATION_CONFIRMED,
        ),
        Transition(
            action="confirm_by_address",
            label="Confirm by the address",
            sources=frozenset({WAITING}),
            target=CONFIRMED,
            allowed=only_system,
            guards=(institution_is_registered, a_community_has_accepted_the_person),
            event=Event.AFFILIATION_CONFIRMED_BY_ADDRESS,
        ),
        Transition(
            action="ask",
            label="Ask the person for more",
            sources=frozenset({WAITING}),
            target=ASKED,
            allowed=policies.can_decide_affiliation,
            event=Event.AFFILIATION_ASKED,
            reason_required=True,
        ),
        Transition(
            action="answer",
            label="Answer the institution",
            sources=frozenset({ASKED}),
            target=WAITING,
            allowed=policies.is_their_affiliation,
            event=Event.AFFILIATION_ANSWERED,
            reason_required=True,
        ),
        Transition(
            action="refuse",
            label="Do not confirm this person",
            sources=frozenset({WAITING, ASKED}),
            target=REFUSED,
            allowed=policies.can_decide_affiliation,
            event=Event.AFFILIATION_REFUSED,
            reason_required=True,
            danger=True,
        ),
        Transition(
            action="end",
            label="End this affiliation",
            sources=frozenset({CLAIMED, WAITING, ASKED, CONFIRMED}),
            target=ENDED,
            allowed=policies.can_end_affiliation,
            event=Event.AFFILIATION_ENDED,
            reason_required=True,
            danger=True,
        ),
        Transition(
            action="end_by_two",
            label="Agree to end this affiliation",
            sources=frozenset({CLAIMED, WAITING, ASKED, CONFIRMED}),
            target=ENDED,
            allowed=policies.can_end_by_two,
            guards=(a_first_person_has_proposed_it,),
            event=Event.AFFILIATION_ENDED_BY_TWO,
            danger=True,
        ),
    ),
)
