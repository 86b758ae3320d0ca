"""Who is told when something happens with institutions, domains, training and rules of conduct."""

from __future__ import annotations

from accounts.events import DomainEvent, InstitutionEvent, TrainingEvent
from accounts.models import (
    Affiliation,
    Agreement,
    ConductVersion,
    DomainApplication,
    Institution,
    TrainingRecord,
    User,
)
from accounts.roles import Role
from accounts.selectors.roles import holders_of
from portal.kernel.notices import Notice, register


def the_applicant(case: DomainApplication | Affiliation | TrainingRecord) -> list[User]:
    """The person whose case it is."""
    return [case.person]


def the_leads(application: DomainApplication) -> list[User]:
    """The leads of the community."""
    return holders_of(Role.DOMAIN_LEAD, scope=application.domain.slug)


def leads_and_supervisor(application: DomainApplication) -> list[User]:
    """The leads of the community, and the supervisor whom the applicant named."""
    named = [application.supervisor] if application.supervisor is not None else []
    return [*the_leads(application), *named]


def deputies_and_service_desk(application: DomainApplication) -> list[User]:
    """The deputies of the community and the service desk."""
    return [*holders_of(Role.DOMAIN_DEPUTY, scope=application.domain.slug), *holders_of(Role.SERVICE_DESK, scope="")]


def the_secretaries(affiliation: Affiliation) -> list[User]:
    """The membership secretaries of the institution."""
    return holders_of(Role.INSTITUTION_SECRETARY, scope=affiliation.institution.reference)


def person_and_secretaries(affiliation: Affiliation) -> list[User]:
    """The person, and the membership secretaries, who can end it when it is wrong."""
    return [affiliation.person, *the_secretaries(affiliation)]


def secretaries_of(institution: Institution) -> list[User]:
    """The institution's membership secretaries and signatories."""
    return holders_of(Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY, scope=institution.reference)


def the_signatories(agreement: Agreement) -> list[User]:
    """The institution's authorised signatories."""
    return holders_of(Role.INSTITUTION_SIGNATORY, scope=agreement.institution.reference)


def administrators(agreement: Agreement) -> list[User]:
    """The administrators, one of whom counter-signs."""
    return holders_of(Role.ADMINISTRATOR, scope="")


def both_sides(agreement: Agreement) -> list[User]:
    """The institution's signatories and secretaries, and the service desk."""
    return [*secretaries_of(agreement.institution), *holders_of(Role.SERVICE_DESK, scope="")]


def the_desk_beside(affiliation: Affiliation) -> list[User]:
    """The service desk, without whom it is about."""
    return [each for each in holders_of(Role.SERVICE_DESK, scope="") if each.pk != affiliation.person_id]


def the_service_desk(record: TrainingRecord) -> list[User]:
    """The service desk, of whom a second person confirms."""
    return holders_of(Role.SERVICE_DESK, scope="")


def whoever_signed_before(version: ConductVersion) -> list[User]:
    """Everybody with an open account who signed an earlier version."""
    return list(User.objects.filter(is_active=True, conduct_signatures__version__number__lt=version.number).distinct())


_D, _I, _T = DomainEvent, InstitutionEvent, TrainingEvent
register(
    {
        _D.CREATED: None,
        _D.CHANGED: None,
        _D.STARTED: None,  # the applicant has just done it
        _D.SUBMITTED: Notice(to=leads_and_supervisor, template="application_submitted"),
        _D.RESUBMITTED: Notice(to=the_leads, template="application_submitted"),
        _D.RETURNED: Notice(to=the_applicant, template="application_returned"),
        _D.ACCEPTED: Notice(to=the_applicant, template="application_accepted"),
        _D.DECLINED: Notice(to=the_applicant, template="application_declined"),
        _D.WITHDRAWN: Notice(to=the_leads, template="application_withdrawn"),
        _D.LAPSED: Notice(to=the_applicant, template="application_lapsed"),
        _D.LEFT: Notice(to=the_leads, template="membership_left"),
        _D.REMOVED: Notice(to=the_applicant, template="membership_removed"),
        _D.WAITS: Notice(to=the_leads, template="application_waits"),
        _D.ESCALATED: Notice(to=deputies_and_service_desk, template="application_escalated"),
        _D.LAPSES_SOON: Notice(to=the_applicant, template="application_lapses_soon"),
        _I.REGISTERED: None,
        _I.CHANGED: None,
        _I.ACTIVATED: None,  # the counter-signature says it
        _I.SUSPENDED: Notice(to=secretaries_of, template="institution_suspended"),
        _I.REINSTATED: Notice(to=secretaries_of, template="institution_reinstated"),
        _I.TERMINATED: Notice(to=secretaries_of, template="institution_terminated"),
        _I.IMPORTED: None,
        _I.OFFICER_APPOINTED: Notice(to=secretaries_of, template="officers_changed"),
        _I.OFFICER_RELEASED: Notice(to=secretaries_of, template="officers_changed"),
        _I.RECHECKED: None,
        _I.RECHECK_DUE: Notice(to=secretaries_of, template="recheck_due"),
        _I.TEXT_PUBLISHED: None,
        _I.AGREEMENT_DRAFTED: None,
        _I.AGREEMENT_SENT: Notice(to=the_signatories, template="agreement_sent"),
        _I.AGREEMENT_SIGNED: Notice(to=administrators, template="agreement_signed"),
        _I.AGREEMENT_COUNTERSIGNED: Notice(to=both_sides, template="agreement_countersigned"),
        _I.AGREEMENT_SUPERSEDED: None,
        _I.AGREEMENT_CANCELLED: Notice(to=the_signatories, template="agreement_cancelled"),
        _I.AGREEMENT_TERMINATED: Notice(to=both_sides, template="agreement_terminated"),
        _I.AGREEMENT_EXTENDED: Notice(to=both_sides, template="agreement_extended"),
        _I.AGREEMENT_ENDING: Notice(to=both_sides, template="agreement_ending"),
        _I.AFFILIATION_CLAIMED: None,  # the link goes to the address itself
        _I.AFFILIATION_PROVED: Notice(to=the_secretaries, template="affiliation_proved"),
        _I.AFFILIATION_CONFIRMED: Notice(to=the_applicant, template="affiliation_confirmed"),
        _I.AFFILIATION_CONFIRMED_BY_ADDRESS: Notice(to=person_and_secretaries, template="affiliation_confirmed"),
        _I.AFFILIATION_ASKED: Notice(to=the_applicant, template="affiliation_asked"),
        _I.AFFILIATION_ANSWERED: Notice(to=the_secretaries, template="affiliation_proved"),
        _I.AFFILIATION_REFUSED: Notice(to=the_applicant, template="affiliation_refused"),
        _I.AFFILIATION_ENDED: Notice(to=the_applicant, template="affiliation_ended"),
        _I.AFFILIATION_ENDED_BY_TWO: Notice(to=the_applicant, template="affiliation_ended"),
        _I.AFFILIATION_END_PROPOSED: Notice(to=the_desk_beside, template="affiliation_end_proposed"),
        _I.AFFILIATION_WAITS: Notice(to=the_secretaries, template="affiliation_proved"),
        _T.COURSE_PUBLISHED: None,
        _T.STARTED: None,
        _T.FAILED: None,  # the page says it
        _T.PASSED: Notice(to=the_applicant, template="training_counts"),
        _T.RECEIVED: Notice(to=the_applicant, template="training_counts"),
        _T.ENTERED: Notice(to=the_service_desk, template="training_entered"),
        _T.CONFIRMED: Notice(to=the_applicant, template="training_counts"),
        _T.IMPORTED: None,
        _T.INVALIDATED: Notice(to=the_applicant, template="training_invalidated"),
        _T.ENDS_SOON: Notice(to=the_applicant, template="training_ends_soon"),
        _T.CONDUCT_PUBLISHED: Notice(to=whoever_signed_before, template="conduct_published"),
        _T.CONDUCT_SIGNED: None,
    }
)
