"""Who is told when something happens to projects."""

from __future__ import annotations

from access_review.events import Event
from access_review.models import Project
from accounts.models import User
from portal.kernel.notices import Notice, register


def members(project: Project) -> list[User]:
    """The people who work in the project now."""
    from access_review.selectors import members_of

    return [membership.person for membership in members_of(project)]


register(
    {
        Event.PROJECT_OPENED: Notice(to=members, template="project_opened"),
        Event.MEMBER_ADDED: None,
        Event.MEMBER_REMOVED: None,
    }
)
