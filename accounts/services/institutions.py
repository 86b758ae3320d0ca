"""The register of institutions: entries, who speaks for them, and their import from a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from accounts import policies
from accounts.events import InstitutionEvent as Event
from accounts.models import Institution, InstitutionDomain, RoleGrant, User
from accounts.roles import Role
from accounts.services.files import BadCell, BadFile, read_json_rows
from accounts.services.roles import keep_the_last
from accounts.workflows import INSTITUTION
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require
from portal.kernel.references import next_reference
from portal.kernel.refusals import InvalidInput

OFFICES = (Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY, Role.INSTITUTION_SECURITY)
# Anybody can have an address here, so it says nothing of where somebody works.
FREE_MAIL = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "yahoo.com",
        "icloud.com",
        "me.com",
        "proton.me",
        "protonmail.com",
        "gmx.net",
        "gmx.de",
        "web.de",
        "mail.com",
        "aol.com",
        "hotmail.co.uk",
        "yahoo.co.uk",
        "btinternet.com",
    ]
)
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])")


@dataclass(frozen=True)
class Entry:
    """What is known of an institution before it is in the register."""

    name: str
    country: str
    kind: str = Institution.Kind.ACADEMIC
    ror_id: str = ""
    website: str = ""
    domains: tuple[str, ...] = field(default=())


@transaction.atomic
def register_institution(*, actor: Actor, entry: Entry) -> Institution:
    """A new entry, prospective until its agreement is counter-signed."""
    require(policies.can_register_institution, actor, None)
    if problems := [sentence for _, sentence in problems_of(entry)]:
        raise InvalidInput("\n".join(problems))
    try:
        with transaction.atomic():
            made = _create(actor, entry)
    except IntegrityError as error:
        raise InvalidInput(
            "This institution, its ROR number or one of its domains is in the register already."
        ) from error
    return made


def _create(actor: Actor, entry: Entry) -> Institution:
    made = Institution.objects.create(
        reference=next_reference("INS"),
        name=entry.name,
        country=entry.country,
        kind=entry.kind,
        ror_id=entry.ror_id,
        website=entry.website,
    )
    InstitutionDomain.objects.bulk_create(InstitutionDomain(institution=made, name=name) for name in entry.domains)
    audit.record(Event.REGISTERED, made, actor, detail={"country": made.country, "kind": made.kind})
    events.publish(Event.REGISTERED, made, actor)
    return made


def problems_of(entry: Entry) -> list[tuple[str, str]]:
    """(column, sentence) of all that is wrong with an entry by itself."""
    found = []
    if not 1 <= len(entry.name) <= 200:
        found.append(("name", "A name has from 1 to 200 characters."))
    if not re.fullmatch("[A-Z]{2}", entry.country):
        found.append(("alpha_two_code", "A country is two capital letters, such as GB."))
    if entry.kind not in Institution.Kind.values:
        found.append(("kind", f"A kind is one of {', '.join(Institution.Kind.values)}."))
    if entry.ror_id and not re.fullmatch(r"0[a-hj-km-np-tv-z0-9]{6}[0-9]{2}", entry.ror_id):
        found.append(("ror_id", "A ROR number has nine characters, such as 03yrm5c26."))
    if len(entry.website) > 200 or (entry.website and not re.match(r"https?://[^\s]+$", entry.website)):
        found.append(("web_pages", "A web address begins with http:// or https:// and has up to 200 characters."))
    found += [("domains", sentence) for name in entry.domains if (sentence := _bad_domain(name))]
    return found


def _bad_domain(name: str) -> str | None:
    if not _DOMAIN.fullmatch(name) or len(name) > 253:
        return f"“{name[:60]}” is no domain, such as uni.example."
    return f"Anybody can have an address at {name}." if name in FREE_MAIL else None


@transaction.atomic
def import_institutions(*, actor: Actor, content: bytes) -> tuple[int, int]:
    """Take in a JSON list of institutions, whole or not at all; (new entries, entries that got more domains).

    Each object has `name`, `alpha_two_code`, `domains` and perhaps `kind`, `ror_id`, `web_pages`; further keys are
    left aside. Objects of the same name and country are one institution. What is in the register already keeps its
    entry and gets the domains it lacks. Raises BadFile with each bad row and column.
    """
    require(policies.can_register_institution, actor, None)
    read = [_entry_of(row) for row in read_json_rows(content)]
    known = {(each.name.lower(), each.country): each for each in Institution.objects.all()}
    owners = dict(InstitutionDomain.objects.values_list("name", "institution_id"))
    if bad := [*_bad_cells(read), *_clashes(read, known, owners)]:
        raise BadFile(sorted(bad, key=lambda cell: (cell.row, cell.column)))
    added = grown = 0
    for key, entry in _joined(read).items():
        if (there := known.get(key)) is None:
            _create(actor, entry)
            added += 1
        elif lacking := [name for name in entry.domains if name not in owners]:
            InstitutionDomain.objects.bulk_create(InstitutionDomain(institution=there, name=n) for n in lacking)
            audit.record(Event.CHANGED, there, actor, detail={"fields": ["domains"]})
            grown += 1
    audit.record(Event.IMPORTED, "institutions", actor, detail={"count": added + grown})
    return added, grown


def _entry_of(row: Mapping[str, Any]) -> Entry:
    pages, domains = row.get("web_pages"), row.get("domains")
    return Entry(
        name=" ".join(str(row.get("name") or "").split()),
        country=str(row.get("alpha_two_code") or ""),
        kind=str(row.get("kind") or Institution.Kind.ACADEMIC),
        ror_id=str(row.get("ror_id") or ""),
        website=str(pages[0]).strip() if isinstance(pages, list) and pages else "",
        domains=tuple(dict.fromkeys(str(each).strip().lower() for each in domains))
        if isinstance(domains, list)
        else (),
    )


def _bad_cells(read: Sequence[Entry]) -> Iterable[BadCell]:
    for number, entry in enumerate(read, 1):
        yield from (BadCell(number, column, sentence) for column, sentence in problems_of(entry))


def _clashes(
    read: Sequence[Entry], known: Mapping[tuple[str, str], Institution], owners: Mapping[str, int]
) -> Iterable[BadCell]:
    """Domains and ROR numbers that two institutions claim, in the file or with the register."""
    claimed: dict[str, tuple[tuple[str, str], int]] = {}
    names = {each.pk: each.name for each in known.values()}
    rors = {each.ror_id: key for key, each in known.items() if each.ror_id}
    for number, entry in enumerate(read, 1):
        key = (entry.name.lower(), entry.country)
        for name in entry.domains:
            first, row = claimed.setdefault(name, (key, number))
            there = known.get(key)
            if first != key:
                yield BadCell(number, "domains", f"{name} is in row {row} too, of another institution.")
            elif name in owners and (there is None or owners[name] != there.pk):
                yield BadCell(number, "domains", f"{name} belongs to {names.get(owners[name], 'another institution')}.")
        if entry.ror_id and rors.setdefault(entry.ror_id, key) != key:
            yield BadCell(number, "ror_id", f"{entry.ror_id} belongs to another institution.")


def _joined(read: Sequence[Entry]) -> dict[tuple[str, str], Entry]:
    joined: dict[tuple[str, str], Entry] = {}
    for entry in read:
        key = (entry.name.lower(), entry.country)
        first = joined.get(key)
        domains = entry.domains if first is None else tuple(dict.fromkeys((*first.domains, *entry.domains)))
        base = first or entry
        joined[key] = Entry(base.name, base.country, base.kind, base.ror_id or entry.ror_id, base.website, domains)
    return joined


@transaction.atomic
def change_institution(
    *, actor: Actor, institution: Institution, confirms_by_address: bool, confirming: Sequence[str]
) -> Institution:
    """Whether people are confirmed by their address, and at which of the institution's domains."""
    fresh = Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)
    require(policies.can_change_institution, actor, fresh)
    own = set(fresh.domains.values_list("name", flat=True))
    if unknown := set(confirming) - own:
        raise InvalidInput(f"{min(unknown)} is no domain of this institution.", field="confirming")
    if confirms_by_address and not confirming:
        raise InvalidInput("Choose at least one domain at which staff alone have addresses.", field="confirming")
    fresh.confirms_by_address = confirms_by_address
    fresh.save(update_fields=["confirms_by_address"])
    fresh.domains.update(confirms=False)
    fresh.domains.filter(name__in=confirming).update(confirms=True)
    detail = {"fields": ["confirms_by_address", *sorted(confirming)]}
    audit.record(Event.CHANGED, fresh, actor, detail=detail)
    events.publish(Event.CHANGED, fresh, actor, detail)
    return fresh


def move_institution(*, actor: Actor, institution: Institution, action: str, reason: str) -> Institution:
    """Suspend, reinstate or terminate: access of its people follows at their next request."""
    moved: Institution = INSTITUTION.perform(institution, action, actor, reason=reason)
    return moved


@transaction.atomic
def appoint_officer(*, actor: Actor, institution: Institution, person: User, role: Role, reason: str) -> RoleGrant:
    """Name somebody who speaks for the institution. Signatories are named by Lectern's side, never by each other."""
    fresh = Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)
    require(policies.can_appoint_officer, actor, fresh)
    if role not in OFFICES or (role == Role.INSTITUTION_SIGNATORY and isinstance(actor, User)):
        raise InvalidInput("Name a membership secretary or a security contact.", field="role")
    if actor.pk == person.pk:
        raise InvalidInput("Somebody else has to appoint you.", field="email")
    if not reason.strip():
        raise InvalidInput("Give a reason.", field="reason")
    held = RoleGrant.objects.current(clock.now()).filter(person=person, role=role, scope=fresh.reference)
    if (there := held.first()) is not None:
        return there
    grant = RoleGrant.objects.create(
        person=person,
        role=role,
        scope=fresh.reference,
        granted_by=actor if isinstance(actor, User) else None,
        reason=reason,
        starts_at=clock.now(),
    )
    _tell(Event.OFFICER_APPOINTED, fresh, grant, actor, reason)
    return grant


@transaction.atomic
def release_officer(*, actor: Actor, institution: Institution, grant: RoleGrant, reason: str) -> RoleGrant:
    """End somebody's speaking for the institution. The last secretary stays until there is another."""
    fresh = Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)
    require(policies.can_appoint_officer, actor, fresh)
    at = clock.now()
    keep_the_last([grant], actor)
    held = RoleGrant.objects.select_for_update(no_key=True).get(pk=grant.pk, scope=fresh.reference)
    if held.until is not None and held.until <= at:
        return held
    if not reason.strip():
        raise InvalidInput("Give a reason.", field="reason")
    held.until = at
    held.save(update_fields=["until"])
    _tell(Event.OFFICER_RELEASED, fresh, held, actor, reason)
    return held


def _tell(event: Event, institution: Institution, grant: RoleGrant, actor: Actor, reason: str) -> None:
    detail = {"role": grant.role, "person": str(grant.person_id)}
    audit.record(event, institution, actor, reason=reason, detail=detail)
    events.publish(event, institution, actor, detail)
