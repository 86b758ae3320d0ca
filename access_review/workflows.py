"""The ways of an application and of a project, as data."""

from __future__ import annotations

from access_review import policies
from access_review.committee import APPEAL_DAYS, REPRESENTATIVE, bench_of, current_version, is_forum, is_minor_amendment
from access_review.events import Event
from access_review.models import Application, Assignment, Condition, Decision, Project, TriageCheck
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.access import only_system
from portal.kernel.workflow import Guard, Transition, Workflow
from portal.kernel.working_days import add_working_days

S = Application.Status
TRIAGE_CHECKS = (
    ("complete", "The application is complete and fits this committee"),
    ("organisation", "The lead's institution has signed"),
    ("ethics", "Ethics and other approvals are there"),
    ("lay", "The lay summary can be read by everybody"),
)
FEWEST_REVIEWERS = 4


def version_sent(application: Application) -> str | None:
    """A version was frozen by this very submission."""
    version = current_version(application)
    if version is None or Decision.objects.filter(version=version).exists() or version.questions.exists():
        return "Complete the application and submit it from its own page."
    return None


def checks_passed(application: Application) -> str | None:
    """The secretariat ticked each line of the checklist for this version."""
    passed = TriageCheck.objects.filter(version=current_version(application), is_passed=True).count()
    return None if passed == len(TRIAGE_CHECKS) else "Record every triage check as passed first."


def bench_is_filled(application: Application) -> str | None:
    """Enough reviewers without a conflict are assigned, one of them a participant representative."""
    bench = bench_of(application)
    free = [person for person in bench.assigned if bench.conflict_of(person) is None]
    if len(free) < FEWEST_REVIEWERS:
        return f"Assign at least {FEWEST_REVIEWERS} reviewers without a conflict of interest."
    if not any(bench.holds(person, Role.ARC_MEMBER, REPRESENTATIVE) for person in free):
        return "Assign a participant representative."
    return None


def contract_is_signed(application: Application) -> str | None:
    """A company's application waits for its contract."""
    if is_forum(application) and not application.contract_reference:
        return "A Discovery Forum application needs its signed contract first."
    return None


def questions_asked(application: Application) -> str | None:
    """There is something that the lead can answer."""
    version = current_version(application)
    asked = version is not None and version.questions.exists()
    return None if asked else "Ask at least one question, so that the lead knows what to do."


def decided_as(*outcomes: str) -> Guard:
    """The guard that a decision of one of these outcomes is on record for the current version."""

    def guard(application: Application) -> str | None:
        decision = Decision.objects.filter(version=current_version(application)).first()
        if decision is None or decision.outcome not in outcomes:
            return "The decision is recorded on the page of the decision."
        return None

    guard.__name__ = f"decided_as_{'_or_'.join(outcomes)}"
    guard.__doc__ = f"The chair decided so on this version ({', '.join(outcomes)})."
    return guard


def conditions_met(application: Application) -> str | None:
    """Each condition has evidence that the secretariat verified."""
    left = Condition.objects.filter(decision__version__application=application, verified_at=None)
    decided = Decision.objects.filter(version=current_version(application), outcome=Decision.Outcome.CONDITIONS)
    return "Verify every condition first." if left.exists() or not decided.exists() else None


def is_minor(application: Application) -> str | None:
    """An amendment that touches nothing of what the committee approved."""
    if not is_minor_amendment(application):
        return "This changes what the committee approved, so the committee decides."
    return None


def in_time_to_appeal(application: Application) -> str | None:
    """Within 20 working days of the decision, once, and not against what an appeal led to."""
    if application.decided_at is None or clock.now() > add_working_days(application.decided_at, APPEAL_DAYS):
        return f"An appeal is lodged within {APPEAL_DAYS} working days of the decision."
    if hasattr(application, "appeal") and application.appeal.heard_at is not None:
        return "There is one appeal, and it has been heard."
    return None if hasattr(application, "appeal") else "Say on the page of the appeal what you object to."


def appeal_heard(*, upheld: bool) -> Guard:
    """The guard that the appeal was heard with this outcome."""

    def guard(application: Application) -> str | None:
        appeal = getattr(application, "appeal", None)
        if appeal is None or appeal.is_upheld is not upheld:
            return "The hearing is recorded on the page of the appeal."
        return None

    guard.__name__ = "appeal_upheld" if upheld else "appeal_dismissed"
    guard.__doc__ = "The appeal was heard, with this outcome."
    return guard


def seats_are_empty(application: Application) -> str | None:
    """Those who had a part in the decision have left the bench."""
    if Assignment.objects.filter(application=application, ended_at=None).exists():
        return "The hearing is recorded on the page of the appeal."
    return None


def time_is_over(application: Application) -> str | None:
    """The team had it in hand for as long as it may."""
    over = application.lapses_at is not None and application.lapses_at <= clock.now()
    return None if over else "There is time left to go on with it."


APPLICATION = Workflow(
    model=Application,
    name="project application",
    initial=S.DRAFT,
    transitions=(
        Transition(
            action="submit",
            label="Submit application",
            sources=frozenset({S.DRAFT}),
            target=S.SUBMITTED,
            allowed=policies.can_lead_application,
            event=Event.APPLICATION_SUBMITTED,
            guards=(version_sent,),
        ),
        Transition(
            action="resubmit",
            label="Submit again",
            sources=frozenset({S.RETURNED, S.DEFERRED}),
            target=S.SUBMITTED,
            allowed=policies.can_lead_application,
            event=Event.APPLICATION_RESUBMITTED,
            guards=(version_sent,),
        ),
        Transition(
            action="withdraw",
            label="Withdraw",
            sources=frozenset({S.DRAFT, S.SUBMITTED, S.TRIAGE, S.RETURNED, S.IN_REVIEW, S.DEFERRED, S.CONDITIONAL}),
            target=S.WITHDRAWN,
            allowed=policies.can_lead_application,
            event=Event.APPLICATION_WITHDRAWN,
            danger=True,
        ),
        Transition(
            action="lapse",
            label="Let lapse",
            sources=frozenset({S.DRAFT, S.RETURNED, S.DEFERRED}),
            target=S.LAPSED,
            allowed=only_system,
            event=Event.APPLICATION_LAPSED,
            guards=(time_is_over,),
        ),
        Transition(
            action="claim",
            label="Take into triage",
            sources=frozenset({S.SUBMITTED}),
            target=S.TRIAGE,
            allowed=policies.can_triage_application,
            event=Event.APPLICATION_CLAIMED,
        ),
        Transition(
            action="return",
            label="Return with questions",
            sources=frozenset({S.TRIAGE, S.IN_REVIEW}),
            target=S.RETURNED,
            allowed=policies.can_return_application,
            event=Event.APPLICATION_RETURNED,
            guards=(questions_asked,),
        ),
        Transition(
            action="review",
            label="Give to the committee",
            sources=frozenset({S.TRIAGE}),
            target=S.IN_REVIEW,
            allowed=policies.can_triage_application,
            event=Event.APPLICATION_IN_REVIEW,
            guards=(contract_is_signed, checks_passed, bench_is_filled),
        ),
        Transition(
            action="turn-away",
            label="Decline in triage",
            sources=frozenset({S.TRIAGE}),
            target=S.DECLINED,
            allowed=policies.can_decide_application,
            event=Event.APPLICATION_TURNED_AWAY,
            guards=(decided_as("decline"),),
            reason_required=True,
            danger=True,
        ),
        Transition(
            action="accept-minor",
            label="Approve this minor change",
            sources=frozenset({S.TRIAGE}),
            target=S.APPROVED,
            allowed=policies.can_triage_application,
            event=Event.APPLICATION_AMENDED,
            guards=(is_minor,),
        ),
        Transition(
            action="approve",
            label="Approve",
            sources=frozenset({S.IN_REVIEW}),
            target=S.APPROVED,
            allowed=policies.can_decide_application,
            event=Event.APPLICATION_APPROVED,
            guards=(decided_as("approve"),),
        ),
        Transition(
            action="approve-with-conditions",
            label="Approve with conditions",
            sources=frozenset({S.IN_REVIEW}),
            target=S.CONDITIONAL,
            allowed=policies.can_decide_application,
            event=Event.APPLICATION_CONDITIONAL,
            guards=(decided_as("conditions"),),
        ),
        Transition(
            action="open",
            label="Open the project",
            sources=frozenset({S.CONDITIONAL}),
            target=S.APPROVED,
            allowed=policies.can_triage_application,
            event=Event.APPLICATION_OPENED,
            guards=(conditions_met,),
        ),
        Transition(
            action="defer",
            label="Defer",
            sources=frozenset({S.IN_REVIEW}),
            target=S.DEFERRED,
            allowed=policies.can_decide_application,
            event=Event.APPLICATION_DEFERRED,
            guards=(decided_as("defer"),),
            reason_required=True,
        ),
        Transition(
            action="decline",
            label="Decline",
            sources=frozenset({S.IN_REVIEW}),
            target=S.DECLINED,
            allowed=policies.can_decide_application,
            event=Event.APPLICATION_DECLINED,
            guards=(decided_as("decline"),),
            reason_required=True,
            danger=True,
        ),
        Transition(
            action="appeal",
            label="Appeal",
            sources=frozenset({S.DECLINED}),
            target=S.APPEALED,
            allowed=policies.can_lead_application,
            event=Event.APPLICATION_APPEALED,
            guards=(in_time_to_appeal,),
        ),
        Transition(
            action="uphold",
            label="Uphold the appeal",
            sources=frozenset({S.APPEALED}),
            target=S.IN_REVIEW,
            allowed=policies.can_hear_appeal,
            event=Event.APPEAL_UPHELD,
            guards=(appeal_heard(upheld=True), seats_are_empty),
            reason_required=True,
        ),
        Transition(
            action="dismiss",
            label="Dismiss the appeal",
            sources=frozenset({S.APPEALED}),
            target=S.DISMISSED,
            allowed=policies.can_hear_appeal,
            event=Event.APPEAL_DISMISSED,
            guards=(appeal_heard(upheld=False),),
            reason_required=True,
            danger=True,
        ),
    ),
)

ACTIVE, SUSPENDED, CLOSED = Project.Status
PROJECT = Workflow(
    model=Project,
    name="project",
    initial=ACTIVE,
    transitions=(
        Transition(
            action="suspend",
            label="Suspend",
            sources=frozenset({ACTIVE}),
            target=SUSPENDED,
            allowed=policies.can_suspend_project,
            event=Event.PROJECT_SUSPENDED,
            reason_required=True,
            danger=True,
        ),
        Transition(
            action="resume",
            label="Resume",
            sources=frozenset({SUSPENDED}),
            target=ACTIVE,
            allowed=policies.can_suspend_project,
            event=Event.PROJECT_RESUMED,
            reason_required=True,
        ),
        Transition(
            action="close",
            label="Close",
            sources=frozenset({ACTIVE, SUSPENDED}),
            target=CLOSED,
            allowed=policies.can_close_project,
            event=Event.PROJECT_CLOSED,
            reason_required=True,
            danger=True,
        ),
    ),
)
