"""Where each URL name leads in the scene: the register that every gate walks. A URL without an entry fails a test.

Add a line to the module of your app: `page(name, what is particular, who reads it, arguments)` for a page, `post` for
what is sent, `api` for programs. Whatever the address needs (a reference, a number) is asked of the scene, so that each
new page has something to show; tests/scene.py sets it. The readers of a page are those who open it in the browser.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, get_resolver

from tests.addresses import back_office
from tests.addresses.airlock import AIRLOCK
from tests.addresses.airlock_files import LOOKING
from tests.addresses.environment import ENVIRONMENT
from tests.addresses.making import Address
from tests.addresses.memberships import INCIDENTS, MEMBERSHIPS, MEMBERSHIPS_API
from tests.addresses.panels import PANELS
from tests.addresses.people import PEOPLE
from tests.addresses.portal import ACCOUNT, LIBRARY, PORTAL
from tests.addresses.programs import API
from tests.addresses.review import REVIEW
from tests.scene import ANON, FORMER, SUPERUSER

ALIASES = {
    "account_login": "sign-in",
    "account_logout": "sign-out",
    "account_signup": "register",
    "account_email": "account-profile",
}
PAGES_OF_THE_DEMO = {"demo-sign-in", "demo-mail-list", "demo-mail-message"}

ADDRESSES = (
    *ACCOUNT,
    *MEMBERSHIPS,
    *PEOPLE,
    *INCIDENTS,
    *PORTAL,
    *LIBRARY,
    *PANELS,
    *ENVIRONMENT,
    *REVIEW,
    *AIRLOCK,
    *LOOKING,
    *API,
    *MEMBERSHIPS_API,
    *back_office.addresses(),
)
# One of each kind of people. They try every variant of an address; everybody else tries the first.
KINDS = ("ada", "ben", "eve", "gus", "noa", FORMER, SUPERUSER, ANON)
AT_THE_ADMIN = ("ada", "ivo", SUPERUSER, ANON)
_FIRST = {(address.method, address.name): address for address in reversed(ADDRESSES)}
# What a person reads, with the person who opens it in the browser.
PAGES = tuple((address, reader) for address in ADDRESSES for reader in address.readers)


def concerns(address: Address, reader: str) -> bool:
    """Whether the reader is sent there. Nobody without `is_staff` gets past the front of Django's admin, so what is
    behind it is tried by few."""
    if address.is_admin and address.name != "admin:index":
        return reader in AT_THE_ADMIN
    is_first = _FIRST[address.method, address.name] is address
    return is_first or reader in KINDS or reader in address.readers


def routed() -> set[str]:
    """The name of every URL pattern, those of allauth that share an address under our name."""
    return {ALIASES.get(name, name) for name in _names(get_resolver())} - PAGES_OF_THE_DEMO


def _names(resolver: Any, spaces: tuple[str, ...] = ()) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield ":".join([*spaces, pattern.name or ""])
        else:
            yield from _names(pattern, (*spaces, pattern.namespace) if pattern.namespace else spaces)


__all__ = ["ADDRESSES", "ALIASES", "PAGES", "Address", "concerns", "routed"]
