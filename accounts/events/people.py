"""What happens to people and their keys."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.events import Happening, declare, weigh


class Event(StrEnum):
    """Events of this app."""

    PERSON_CREATED = "accounts.person.created"
    PERSON_REGISTERED = "accounts.person.registered"
    ACCOUNT_CLOSED = "accounts.account.closed"
    ACCOUNT_REOPENED = "accounts.account.reopened"
    PSEUDONYMISED = "accounts.person.pseudonymised"
    ROLE_GRANTED = "accounts.role.granted"
    ROLE_ENDED = "accounts.role.ended"
    PASSWORD_CHANGED = "accounts.password.changed"  # noqa: S105 (an event's name)
    FACTOR_ADDED = "accounts.factor.added"
    FACTOR_REMOVED = "accounts.factor.removed"
    CODES_RENEWED = "accounts.recovery_codes.renewed"
    IDENTITY_CONNECTED = "accounts.identity.connected"
    IDENTITY_DISCONNECTED = "accounts.identity.disconnected"
    IDENTITY_REFUSED = "accounts.identity.refused"
    SESSIONS_ENDED = "accounts.sessions.ended"
    SIGN_IN_LOCKED = "accounts.sign_in.locked"
    TOKEN_CREATED = "accounts.token.created"  # noqa: S105 (an event's name)
    TOKEN_REVOKED = "accounts.token.revoked"  # noqa: S105


declare(
    {
        Event.PERSON_CREATED: Happening("created the account"),
        Event.PERSON_REGISTERED: Happening("registered"),
        Event.ACCOUNT_CLOSED: Happening("closed the account", frozenset({"sessions", "tokens"})),
        Event.ACCOUNT_REOPENED: Happening("opened the account again"),
        Event.PSEUDONYMISED: Happening("took name and address away"),
        Event.ROLE_GRANTED: Happening("granted a role", frozenset({"role", "scope", "until"})),
        Event.ROLE_ENDED: Happening("ended a role", frozenset({"role", "scope"})),
        Event.PASSWORD_CHANGED: Happening("chose a new password"),
        Event.FACTOR_ADDED: Happening("added a second factor", frozenset({"kind"})),
        Event.FACTOR_REMOVED: Happening("removed a second factor", frozenset({"kind"})),
        Event.CODES_RENEWED: Happening("made new recovery codes", frozenset({"kind"})),
        Event.IDENTITY_CONNECTED: Happening("connected another way to sign in", frozenset({"issuer"})),
        Event.IDENTITY_DISCONNECTED: Happening("disconnected a way to sign in", frozenset({"issuer"})),
        Event.IDENTITY_REFUSED: Happening("did not believe an identity provider", frozenset({"why"})),
        Event.SESSIONS_ENDED: Happening("ended sessions", frozenset({"sessions"})),
        Event.SIGN_IN_LOCKED: Happening("closed sign-in from one address for a while"),
        Event.TOKEN_CREATED: Happening("created an API token", frozenset({"prefix", "expires", "scopes"})),
        Event.TOKEN_REVOKED: Happening("revoked an API token", frozenset({"prefix"})),
    }
)

weigh(
    Event.ACCOUNT_CLOSED,
    Event.ACCOUNT_REOPENED,
    Event.PSEUDONYMISED,
    Event.ROLE_GRANTED,
    Event.ROLE_ENDED,
    Event.TOKEN_CREATED,
)
