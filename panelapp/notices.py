"""Who is told when something happens to genes and panels. Most of it can be read by all, and nobody is mailed."""

from __future__ import annotations

from accounts.models import User
from panelapp.events import Event
from panelapp.models import ReviewerApplication
from panelapp.selectors import contributors_to, curators
from portal.kernel.notices import Notice, register


def all_curators(application: ReviewerApplication) -> list[User]:
    """Those who can decide about an application."""
    return curators()


def the_applicant(application: ReviewerApplication) -> list[User]:
    """Who asked to review."""
    return [application.person]


register(
    {
        **dict.fromkeys(Event),
        Event.PANEL_PROMOTED: Notice(to=contributors_to, template="panel_promoted"),
        Event.REVIEWER_APPLIED: Notice(to=all_curators, template="reviewer_applied"),
        Event.REVIEWER_APPROVED: Notice(to=the_applicant, template="reviewer_approved"),
        Event.REVIEWER_REFUSED: Notice(to=the_applicant, template="reviewer_refused"),
    }
)
