"""The states of an application to join a domain. Nothing here accepts by itself."""

from __future__ import annotations

from accounts import policies
from accounts.events import DomainEvent as Event
from accounts.models import Domain, DomainApplication, Institution
from portal.kernel import clock
from portal.kernel.access import only_system
from portal.kernel.workflow import Transition, Workflow

DRAFT, SUBMITTED, RETURNED, ACCEPTED, DECLINED, WITHDRAWN, LAPSED, ENDED = DomainApplication.Status


def it_has_not_lapsed(application: DomainApplication) -> str | None:
    """The draft, or the returned application, is still kept."""
    if application.lapses_at is None or application.lapses_at > clock.now():
        return None
    return f"This application lapsed on {application.lapses_at:%-d %B %Y}. Start a new one."


def the_domain_is_open(application: DomainApplication) -> str | None:
    """The domain takes applications."""
    return None if application.domain.is_open else f"{application.domain} takes no applications now."


def the_institution_has_signed(application: DomainApplication) -> str | None:
    """The institution is active with an agreement in force; companies come through the Discovery Forum alone."""
    if application.institution is None:
        return "Choose your institution first."
    if not Institution.objects.registered(clock.now()).filter(pk=application.institution.pk).exists():
        return f"{application.institution} has no agreement in force. See what to do on the page of institutions."
    is_company = application.institution.kind == Institution.Kind.INDUSTRY
    if is_company != (application.domain.kind == Domain.Kind.FORUM):
        return "People of companies apply to the Discovery Forum, and nobody else does."
    return None


def a_member_supervises(application: DomainApplication) -> str | None:
    """A student or post-doctoral researcher names a supervisor who belongs to the domain; others name none."""
    if application.career not in DomainApplication.SUPERVISED:
        return None
    if application.supervisor_id is None:
        return "Name your supervisor, who has to be a member of this community."
    members = DomainApplication.objects.memberships(clock.now()).filter(domain=application.domain_id)
    if members.filter(person=application.supervisor_id, person__is_active=True).exists():
        return None
    return "Your supervisor is not a member of this community. They join first, or you name somebody else."


_READY = (it_has_not_lapsed, the_domain_is_open, the_institution_has_signed, a_member_supervises)

APPLICATION = Workflow(
    model=DomainApplication,
    name="application",
    initial=DRAFT,
    transitions=(
        Transition(
            action="submit",
            label="Submit application",
            sources=frozenset({DRAFT}),
            target=SUBMITTED,
            allowed=policies.is_their_application,
            guards=_READY,
            event=Event.SUBMITTED,
        ),
        Transition(
            action="resubmit",
            label="Submit application again",
            sources=frozenset({RETURNED}),
            target=SUBMITTED,
            allowed=policies.is_their_application,
            guards=_READY,
            event=Event.RESUBMITTED,
        ),
        Transition(
            action="accept",
            label="Accept this application",
            sources=frozenset({SUBMITTED}),
            target=ACCEPTED,
            allowed=policies.can_decide_application,
            guards=(a_member_supervises,),
            event=Event.ACCEPTED,
        ),
        Transition(
            action="return",
            label="Return for changes",
            sources=frozenset({SUBMITTED}),
            target=RETURNED,
            allowed=policies.can_decide_application,
            event=Event.RETURNED,
            reason_required=True,
        ),
        Transition(
            action="decline",
            label="Decline this application",
            sources=frozenset({SUBMITTED}),
            target=DECLINED,
            allowed=policies.can_decide_application,
            event=Event.DECLINED,
            reason_required=True,
            danger=True,
        ),
        Transition(
            action="withdraw",
            label="Withdraw this application",
            sources=frozenset({DRAFT, SUBMITTED, RETURNED}),
            target=WITHDRAWN,
            allowed=policies.is_their_application,
            event=Event.WITHDRAWN,
            danger=True,
        ),
        Transition(
            action="lapse",
            label="Let lapse",
            sources=frozenset({DRAFT, RETURNED}),
            target=LAPSED,
            allowed=only_system,
            event=Event.LAPSED,
        ),
        Transition(
            action="leave",
            label="Leave this community",
            sources=frozenset({ACCEPTED}),
            target=ENDED,
            allowed=policies.is_their_application,
            event=Event.LEFT,
            danger=True,
        ),
        Transition(
            action="remove",
            label="Remove this member",
            sources=frozenset({ACCEPTED}),
            target=ENDED,
            allowed=policies.can_remove_member,
            event=Event.REMOVED,
            reason_required=True,
            danger=True,
        ),
    ),
)
