"""Who is told when something happens to people and their keys."""

from __future__ import annotations

from accounts.events import Event
from accounts.models import User
from portal.kernel.notices import Notice, register


def the_person(person: User) -> list[User]:
    """The person whose account it is."""
    return [person]


register(
    {
        Event.PERSON_CREATED: Notice(to=the_person, template="person_created"),
        Event.ACCOUNT_CLOSED: Notice(to=the_person, template="account_closed"),
        Event.ACCOUNT_REOPENED: Notice(to=the_person, template="account_reopened"),
        Event.ROLE_GRANTED: Notice(to=the_person, template="role_granted"),
        Event.ROLE_ENDED: Notice(to=the_person, template="role_ended"),
        Event.TOKEN_CREATED: None,  # the owner has just done it
        Event.TOKEN_REVOKED: None,
    }
)
