"""Who is told when something happens to a request. A mail holds a number, a state and a link, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from accounts.models import User
from accounts.roles import Role
from accounts.selectors import holders_of
from airlock.events import Event
from airlock.models import MANAGER, CommitteeVoice, ExportRequest, ImportRequest, Review
from airlock.nearness import is_near
from portal.kernel.notices import Notice, register


def author(request: Any) -> list[User]:
    """Whoever asks to let files out or in."""
    return [request.author]


def _far(people: Iterable[User], request: ExportRequest | ImportRequest) -> list[User]:
    return [person for person in people if not is_near(person, request)]


def checkers(request: Any) -> list[User]:
    """Trained checkers who are not too near to the request."""
    return _far(holders_of(Role.AIRLOCK_CHECKER, scope=""), request)


def managers(request: Any) -> list[User]:
    """Those who manage the airlock."""
    return _far(holders_of(Role.AIRLOCK_CHECKER, scope=MANAGER), request)


def committee(request: Any) -> list[User]:
    """The committee's members, and its chair."""
    return _far(holders_of(Role.ARC_MEMBER, Role.ARC_CHAIR), request)


def reviewers(request: Any) -> list[User]:
    """Those whose reviews of this turn are in."""
    reviews = Review.objects.filter(request=request, turn=request.turn, voided_at=None).exclude(submitted_at=None)
    return [review.reviewer for review in reviews.select_related("reviewer")]


def author_and_managers(request: Any) -> list[User]:
    """The author, and those who manage the airlock."""
    return [request.author, *managers(request)]


def advised(request: Any) -> list[User]:
    """The reviewers, and those of the committee who spoke."""
    voices = CommitteeVoice.objects.filter(referral__request=request).select_related("member")
    return [*reviewers(request), *(voice.member for voice in voices)]


_TO_AUTHOR = Notice(to=author, template="export_moved")
_TO_CHECKERS = Notice(to=checkers, template="export_waits")
_TO_MANAGERS = Notice(to=managers, template="export_waits")
_IMPORT_TO_AUTHOR = Notice(to=author, template="import_moved")
_IMPORT_TO_CHECKERS = Notice(to=checkers, template="import_waits")
_IMPORT_TO_MANAGERS = Notice(to=managers, template="import_waits")
register(
    {
        **dict.fromkeys(Event, None),
        Event.CHECKED: _TO_CHECKERS,
        Event.CHECKS_WAIT: _TO_MANAGERS,
        Event.BLOCKED: _TO_AUTHOR,
        Event.QUARANTINED: Notice(to=author_and_managers, template="export_moved"),
        Event.UNQUARANTINED: _TO_AUTHOR,
        Event.CONDEMNED: _TO_AUTHOR,
        Event.REVIEWS_IN: Notice(to=reviewers, template="export_waits"),
        Event.REVIEW_ADDED: _TO_CHECKERS,
        Event.REFERRED: Notice(to=committee, template="export_waits"),
        Event.ADVISED: Notice(to=advised, template="export_waits"),
        Event.RETURNED_EARLY: _TO_AUTHOR,
        Event.RETURNED: _TO_AUTHOR,
        Event.REJECTION_PROPOSED: _TO_CHECKERS,
        Event.REJECTED: _TO_AUTHOR,
        Event.PACE_NOTICED: Notice(to=managers, template="export_pace"),
        Event.RELEASE_FAILED: _TO_MANAGERS,
        Event.RELEASE_MISMATCH: _TO_MANAGERS,
        Event.RELEASED: _TO_AUTHOR,
        Event.STOPPED: _TO_AUTHOR,
        Event.REVOKED: _TO_AUTHOR,
        Event.EXPIRES_SOON: _TO_AUTHOR,
        Event.EXPIRED: _TO_AUTHOR,
        Event.HELD: _TO_AUTHOR,
        Event.UNHELD: _TO_AUTHOR,
        Event.GRANT_ENDED: _TO_AUTHOR,
        Event.GRANT_EXTENDED: _TO_AUTHOR,
        Event.IMPORT_CHECKED: _IMPORT_TO_CHECKERS,
        Event.IMPORT_CHECKS_WAIT: _IMPORT_TO_MANAGERS,
        Event.IMPORT_SENT_BACK: _IMPORT_TO_AUTHOR,
        Event.IMPORT_QUARANTINED: Notice(to=author_and_managers, template="import_moved"),
        Event.IMPORT_BARRED: Notice(to=author_and_managers, template="import_moved"),
        Event.IMPORT_UNQUARANTINED: _IMPORT_TO_AUTHOR,
        Event.IMPORT_CONDEMNED: _IMPORT_TO_AUTHOR,
        Event.IMPORT_APPROVED: _IMPORT_TO_AUTHOR,
        Event.IMPORT_RETURNED: _IMPORT_TO_AUTHOR,
        Event.IMPORT_REJECTED: _IMPORT_TO_AUTHOR,
        Event.DELIVERY_FAILED: _IMPORT_TO_MANAGERS,
        Event.IMPORT_DELIVERED: _IMPORT_TO_AUTHOR,
        Event.IMPORT_REVOKED: _IMPORT_TO_AUTHOR,
    }
)
