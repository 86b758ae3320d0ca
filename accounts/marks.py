"""By what a person is known again who comes with another account: keyed hashes, so that no value is kept.

Each part that knows something registers a source: `(kind, value)` pairs of one person.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from datetime import date

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from accounts.keys import keyed_digest
from accounts.models import Affiliation, Mark, User

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


def share_something(one: User, other: User) -> bool:
    """Whether two accounts have an address, an ORCID iD or a passkey in common, now or before: one person has both."""
    return bool(_digests(one) & _digests(other))


def _digests(person: User) -> set[str]:
    kept = Mark.objects.filter(person=person).values_list("digest", flat=True)
    return {*kept, *(digest_of(hint) for hint in hints_of(person))}


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


@mark_source
def proved_orcid(person: User) -> Iterable[Hint]:
    """The ORCID iD with which the person has signed in."""
    if person.orcid:
        yield ORCID, person.orcid


@mark_source
def passkeys(person: User) -> Iterable[Hint]:
    """What each passkey is called, by the device that made it."""
    kept = Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN)
    for data in kept.values_list("data", flat=True):
        if name := data.get("credential", {}).get("id"):
            yield PASSKEY, str(name)
