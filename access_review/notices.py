"""Who is told when something happens to applications and projects."""

from __future__ import annotations

from access_review.committee import presiding, secretaries
from access_review.events import Event
from access_review.models import Application, Assignment, Project
from access_review.selectors import members_of, team_of
from accounts.models import User
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
