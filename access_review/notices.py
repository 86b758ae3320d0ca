"""Who is told when something happens to applications and projects."""

from __future__ import annotations

from access_review.committee import current_version, presiding, secretaries
from access_review.events import Event
from access_review.models import Application, Assignment, Condition, DataUse, Project, ProjectMember, VoteCast
from access_review.selectors import members_of, team_of
from accounts.models import User
from accounts.roles import Role
from accounts.selectors import holders_of
from portal.kernel.notices import Notice, register


def members(project: Project) -> list[User]:
    """The people who work in the project now."""
    return [membership.person for membership in members_of(project)]


def desk(application: Application) -> list[User]:
    """The secretariat."""
    return secretaries()


def reviewers(application: Application) -> list[User]:
    """Those who were asked to review and still are."""
    seats = Assignment.objects.filter(application=application, ended_at=None).select_related("person")
    return [seat.person for seat in seats]


def chairs(application: Application) -> list[User]:
    """Chair and deputy."""
    return presiding()


def late(application: Application) -> list[User]:
    """Who is asked why nothing happens: the secretariat; with the committee or on appeal, chair and deputy as well."""
    in_triage = application.status in (Application.Status.SUBMITTED, Application.Status.TRIAGE)
    return secretaries() if in_triage else [*secretaries(), *presiding()]


def silent(application: Application) -> list[User]:
    """Reviewers who have given no view on the current version."""
    version = current_version(application)
    heard = VoteCast.objects.filter(version=version, ended_at=None).values_list("person_id", flat=True)
    return [person for person in reviewers(application) if person.pk not in set(heard)]


def owner(condition: Condition) -> list[User]:
    """Who has the condition to meet."""
    return [condition.owner]


def leads(project: Project) -> list[User]:
    """The leads of a project."""
    return [each.person for each in members_of(project) if each.role == ProjectMember.Role.LEAD]


def members_and_desk(project: Project) -> list[User]:
    """The people of the project, and the secretariat, which can name another lead."""
    return [*members(project), *secretaries()]


def told_to_stop(application: Application) -> list[User]:
    """Who has a withdrawn application in hand: the secretariat and the reviewers, if it was ever sent."""
    return [*secretaries(), *reviewers(application)] if application.submitted_at else []


def seated_late(application: Application) -> list[User]:
    """The reviewer who was seated last, where the review is under way: the others were told when it began."""
    if application.status != Application.Status.IN_REVIEW:
        return []
    return [
        seat.person for seat in Assignment.objects.filter(application=application, ended_at=None).order_by("-pk")[:1]
    ]


def team_and_reviewers(application: Application) -> list[User]:
    """Everybody who waits for the review or has to give a view."""
    return [*team_of(application), *reviewers(application)]


def watchers(application: Application) -> list[User]:
    """Whoever looks into what nobody can have done through Lectern: auditors, and the chair."""
    return [*holders_of(Role.AUDITOR), *presiding()]


def lead_of(application: Application) -> list[User]:
    """The lead of an application."""
    return [application.lead]


def newcomer_and_leads(project: Project) -> list[User]:
    """Who joined last, and the leads."""
    newest = ProjectMember.objects.filter(project=project).select_related("person").order_by("-pk").first()
    return [*leads(project), *([newest.person] if newest else [])]


def data_managers(terms: DataUse) -> list[User]:
    """Everybody who may approve the terms of a dataset."""
    return holders_of(Role.DATA_MANAGER)


_TEAM = Notice(to=team_of, template="application_moved")
register(
    {
        **dict.fromkeys(Event, None),
        Event.PROJECT_OPENED: Notice(to=members, template="project_opened"),
        Event.PROJECT_AMENDED: Notice(to=members, template="project_changed"),
        Event.PROJECT_SUSPENDED: Notice(to=members, template="project_changed"),
        Event.PROJECT_RESUMED: Notice(to=members, template="project_changed"),
        Event.PROJECT_CLOSED: Notice(to=members, template="project_changed"),
        Event.LEAD_CHANGED: Notice(to=members, template="project_changed"),
        Event.APPLICATION_SUBMITTED: Notice(to=desk, template="application_arrived"),
        Event.APPLICATION_RESUBMITTED: Notice(to=desk, template="application_arrived"),
        Event.APPLICATION_IN_REVIEW: Notice(to=reviewers, template="application_to_review"),
        Event.APPLICATION_APPEALED: Notice(to=chairs, template="application_appealed"),
        Event.APPLICATION_WITHDRAWN: Notice(to=told_to_stop, template="project_application_withdrawn"),
        Event.REVIEWER_ASSIGNED: Notice(to=seated_late, template="application_to_review"),
        Event.STATUS_UNEXPLAINED: Notice(to=watchers, template="status_unexplained"),
        Event.REVIEW_EXTENDED: Notice(to=team_and_reviewers, template="review_extended"),
        Event.QUORUM_REACHED: Notice(to=chairs, template="quorum_reached"),
        Event.DECISION_IN_DOUBT: Notice(to=chairs, template="decision_in_doubt"),
        Event.CONDITION_EVIDENCED: Notice(to=desk, template="condition_evidenced"),
        Event.PLACE_ACCEPTED: Notice(to=lead_of, template="place_accepted"),
        Event.MEMBER_ADDED: Notice(to=newcomer_and_leads, template="member_added"),
        Event.DATA_USE_PROPOSED: Notice(to=data_managers, template="terms_proposed"),
        Event.APPLICATION_LAPSED: _TEAM,
        Event.LAPSES_SOON: Notice(to=team_of, template="project_application_lapses_soon"),
        Event.APPLICATION_WAITS: Notice(to=silent, template="review_waits"),
        Event.APPLICATION_OVERDUE: Notice(to=late, template="review_overdue"),
        Event.CONDITION_DUE: Notice(to=owner, template="condition_due"),
        Event.REPORT_DUE: Notice(to=leads, template="report_due"),
        Event.PROJECT_ENDS_SOON: Notice(to=members, template="project_ends_soon"),
        Event.LEAD_LOST_ACCESS: Notice(to=members_and_desk, template="lead_lost_access"),
        Event.APPLICATION_RETURNED: _TEAM,
        Event.APPLICATION_TURNED_AWAY: _TEAM,
        Event.APPLICATION_APPROVED: _TEAM,
        Event.APPLICATION_AMENDED: _TEAM,
        Event.APPLICATION_CONDITIONAL: _TEAM,
        Event.APPLICATION_OPENED: _TEAM,
        Event.APPLICATION_DEFERRED: _TEAM,
        Event.APPLICATION_DECLINED: _TEAM,
        Event.APPEAL_UPHELD: _TEAM,
        Event.APPEAL_DISMISSED: _TEAM,
    }
)
