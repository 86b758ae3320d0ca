"""Who is told when something happens to people and their keys."""

from __future__ import annotations

from accounts.events import Event
from portal.kernel.notices import Notice, register

register(
    {
        Event.PERSON_CREATED: Notice(to=lambda person: [person], template="person_created"),
        Event.ACCOUNT_CLOSED: Notice(to=lambda person: [person], template="account_closed"),
        Event.ACCOUNT_REOPENED: Notice(to=lambda person: [person], template="account_reopened"),
        Event.ROLE_GRANTED: Notice(to=lambda person: [person], template="role_granted"),
        Event.ROLE_ENDED: Notice(to=lambda person: [person], template="role_ended"),
        Event.TOKEN_CREATED: None,  # the owner has just done it
        Event.TOKEN_REVOKED: None,
    }
)
