"""What happens to people and their keys."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.events import Happening, declare


class Event(StrEnum):
    """Events of this app."""

    PERSON_CREATED = "accounts.person.created"
    ACCOUNT_CLOSED = "accounts.account.closed"
    ACCOUNT_REOPENED = "accounts.account.reopened"
    ROLE_GRANTED = "accounts.role.granted"
    ROLE_ENDED = "accounts.role.ended"
    TOKEN_CREATED = "accounts.token.created"  # noqa: S105 (an event's name)
    TOKEN_REVOKED = "accounts.token.revoked"  # noqa: S105


declare(
    {
        Event.PERSON_CREATED: Happening("created the account"),
        Event.ACCOUNT_CLOSED: Happening("closed the account", frozenset({"sessions", "tokens"})),
        Event.ACCOUNT_REOPENED: Happening("opened the account again"),
        Event.ROLE_GRANTED: Happening("granted a role", frozenset({"role", "scope", "until"})),
        Event.ROLE_ENDED: Happening("ended a role", frozenset({"role", "scope"})),
        Event.TOKEN_CREATED: Happening("created an API token", frozenset({"prefix", "expires"})),
        Event.TOKEN_REVOKED: Happening("revoked an API token", frozenset({"prefix"})),
    }
)
