"""Who is told when something happens to people and their keys."""

from __future__ import annotations

from accounts.events import AuditLogEvent, Event
from accounts.models import User
from portal.kernel.notices import Notice, register


def the_person(person: User) -> list[User]:
    """The person whose account it is."""
    return [person]


register(
    {
        Event.PERSON_CREATED: Notice(to=the_person, template="person_created"),
        Event.PERSON_REGISTERED: None,  # the owner has just done it
        Event.ACCOUNT_CLOSED: Notice(to=the_person, template="account_closed"),
        Event.ACCOUNT_REOPENED: Notice(to=the_person, template="account_reopened"),
        Event.PSEUDONYMISED: None,  # there is no address left
        Event.ROLE_GRANTED: Notice(to=the_person, template="role_granted"),
        Event.ROLE_ENDED: Notice(to=the_person, template="role_ended"),
        Event.PASSWORD_CHANGED: Notice(to=the_person, template="password_changed", also_to_actor=True),
        Event.FACTOR_ADDED: Notice(to=the_person, template="factor_added", also_to_actor=True),
        Event.FACTOR_REMOVED: Notice(to=the_person, template="factor_removed", also_to_actor=True),
        Event.CODES_RENEWED: Notice(to=the_person, template="codes_renewed", also_to_actor=True),
        Event.IDENTITY_CONNECTED: Notice(to=the_person, template="identity_connected", also_to_actor=True),
        Event.IDENTITY_DISCONNECTED: Notice(to=the_person, template="identity_disconnected", also_to_actor=True),
        Event.IDENTITY_REFUSED: None,  # whoever tried reads it on the page; nobody knows who it was
        Event.SESSIONS_ENDED: None,  # the owner has just done it
        Event.SIGN_IN_LOCKED: None,  # anybody can bring this mail about, as often as they like
        Event.TOKEN_CREATED: None,  # the owner has just done it
        Event.TOKEN_REVOKED: None,
        AuditLogEvent.EXPORTED: None,  # auditors find it in the log
    }
)
