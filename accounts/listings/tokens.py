"""The lists of this app, as data."""

from __future__ import annotations

from django.urls import reverse

from accounts.models import ApiToken
from portal.kernel import clock
from portal.kernel.listing import Cell, Column, Empty, Listing


def _state(token: ApiToken) -> Cell:
    word = token.state_at(clock.now())
    return Cell(word, tone={"active": "good"}.get(word, ""))


def _action(token: ApiToken) -> Cell | None:
    if token.state_at(clock.now()) != "active":
        return None
    return Cell(f"Revoke {token.name}", url=reverse("token-revoke", args=[token.prefix]))


TOKENS = Listing(
    caption="API tokens",
    noun=("token", "tokens"),
    columns=(
        Column("Name", lambda token: Cell(token.name, note=f"{token.prefix}…"), sort="name", is_key=True),
        Column("Status", _state),
        Column("May do", lambda token: Cell(", ".join(token.scopes))),
        Column("Created", "created_at", sort="created", order_by=("created_at",)),
        Column("Last used", "last_used_at", sort="used", order_by=("last_used_at",)),
        Column("Works until", "expires_at", sort="expires", order_by=("expires_at",)),
        Column("Action", _action),
    ),
    default_sort="-created",
    empty=Empty(
        "You have no API tokens",
        "A token lets your own programs ask questions with your rights.",
        "Create a token",
        "/account/tokens/create/",
    ),
)
