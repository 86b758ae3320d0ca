"""What happens to domains and to the applications to join them."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.events import Happening, declare, weigh


class DomainEvent(StrEnum):
    """Events of domains and applications."""

    CREATED = "accounts.domain.created"
    CHANGED = "accounts.domain.changed"
    STARTED = "accounts.application.started"
    SUBMITTED = "accounts.application.submitted"
    RESUBMITTED = "accounts.application.resubmitted"
    RETURNED = "accounts.application.returned"
    ACCEPTED = "accounts.application.accepted"
    DECLINED = "accounts.application.declined"
    WITHDRAWN = "accounts.application.withdrawn"
    LAPSED = "accounts.application.lapsed"
    LEFT = "accounts.membership.left"
    REMOVED = "accounts.membership.removed"
    WAITS = "accounts.application.waits"
    ESCALATED = "accounts.application.escalated"
    LAPSES_SOON = "accounts.application.lapses_soon"


declare(
    {
        DomainEvent.CREATED: Happening("created the community or domain"),
        DomainEvent.CHANGED: Happening("changed the community or domain", frozenset({"fields"})),
        DomainEvent.STARTED: Happening("started the application"),
        DomainEvent.SUBMITTED: Happening("submitted the application", frozenset({"version", "due"})),
        DomainEvent.RESUBMITTED: Happening("submitted the application again", frozenset({"version", "due"})),
        DomainEvent.RETURNED: Happening("returned the application for changes"),
        DomainEvent.ACCEPTED: Happening("accepted the application"),
        DomainEvent.DECLINED: Happening("declined the application", frozenset({"code"})),
        DomainEvent.WITHDRAWN: Happening("withdrew the application"),
        DomainEvent.LAPSED: Happening("let the application lapse, because nobody went on with it"),
        DomainEvent.LEFT: Happening("left the community"),
        DomainEvent.REMOVED: Happening("removed the member from the community"),
        DomainEvent.WAITS: Happening("reminded the lead of the application", frozenset({"threshold"})),
        DomainEvent.ESCALATED: Happening("told deputy and service desk that the application is overdue"),
        DomainEvent.LAPSES_SOON: Happening("warned that the application lapses soon", frozenset({"threshold"})),
    }
)

weigh(
    DomainEvent.ACCEPTED,
    DomainEvent.DECLINED,
    DomainEvent.REMOVED,
)
