"""By what a person is known again who comes with another account: keyed hashes, so that no value is kept.

Each part that knows something registers a source: `(kind, value)` pairs of one person.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from datetime import date

from allauth.account.models import EmailAddress

from accounts.keys import keyed_digest
from accounts.models import Affiliation, User

Hint = tuple[str, str]
MarkSource = Callable[[User], Iterable[Hint]]
_sources: list[MarkSource] = []
EMAIL, ORCID, PASSKEY, NAME_AND_BIRTH = "email", "orcid", "passkey", "name_birth"
SAID = {EMAIL: "an e-mail address", ORCID: "an ORCID", PASSKEY: "a passkey", NAME_AND_BIRTH: "name and date of birth"}


def mark_source(function: MarkSource) -> MarkSource:
    """Register a source."""
    if function not in _sources:
        _sources.append(function)
    return function


def hint_of_name(name: str, born: date) -> Hint:
    """Name and date of birth, whatever the order of the names, their case and their accents."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return NAME_AND_BIRTH, f"{' '.join(sorted(plain.split()))} {born.isoformat()}"


def digest_of(hint: Hint) -> str:
    """The keyed hash of a hint."""
    kind, value = hint
    return keyed_digest(f"mark: {kind}", _plain(kind, value))


def hints_of(person: User) -> set[Hint]:
    """Everything that is known of a person by which they could be known again."""
    return {hint for source in _sources for hint in source(person)}


def _plain(kind: str, value: str) -> str:
    text = unicodedata.normalize("NFKC", value).strip().casefold()
    if kind != EMAIL:
        return text
    name, _, domain = text.rpartition("@")
    return f"{name.partition('+')[0]}@{domain}"  # name+anything@domain arrives at name@domain


@mark_source
def addresses(person: User) -> Iterable[Hint]:
    """The address of the account, further ones, and those at institutions."""
    yield EMAIL, person.email
    for address in EmailAddress.objects.filter(user=person).values_list("email", flat=True):
        yield EMAIL, address
    for address in Affiliation.objects.filter(person=person).values_list("email", flat=True):
        yield EMAIL, address
