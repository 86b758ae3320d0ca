"""Where people work: claimed, proved by a link to the address, confirmed by the institution, rechecked, ended."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from accounts import policies
from accounts.events import InstitutionEvent as Event
from accounts.models import Affiliation, Institution, InstitutionDomain, User
from accounts.services.agreements import REGISTER
from accounts.services.files import BadCell, BadFile, read_csv_rows
from accounts.workflows import AFFILIATION
from portal.kernel import audit, clock, events, outbox
from portal.kernel.access import Actor, require
from portal.kernel.references import next_reference
from portal.kernel.refusals import InvalidInput, Refusal, TransitionRefused
from portal.kernel.working_days import add_months, add_working_days, end_of_day

LINK_LIFE = timedelta(days=7)
RECHECK_MONTHS = 2
RECHECK_GRACE_DAYS = 20
VALID_MONTHS = 12
MEMBER_COLUMNS = ("email", "still_here", "left_on")
# Addresses that several people read, or that nobody does.
SHARED_MAILBOXES = frozenset(
    [
        "admin",
        "contact",
        "enquiries",
        "hello",
        "help",
        "helpdesk",
        "hr",
        "info",
        "it",
        "library",
        "mail",
        "noreply",
        "no-reply",
        "office",
        "postmaster",
        "press",
        "reception",
        "registry",
        "research",
        "secretary",
        "security",
        "support",
        "webmaster",
        "alumni",
        "students",
    ]
)


class LinkGone(Refusal):
    """A link that was used, has expired, or is somebody else's."""

    status = 410
    code = "gone"


@transaction.atomic
def claim_affiliation(*, actor: User, institution: Institution, email: str, position: str) -> Affiliation:
    """Say that one works somewhere; a link goes to the address there, which proves it."""
    require(policies.can_claim_affiliation, actor, None)
    address = _checked_address(email, institution)
    if not position.strip():
        raise InvalidInput("Enter what you are there, such as research fellow.", field="position")
    token, at = secrets.token_urlsafe(32), clock.now()
    try:
        with transaction.atomic():
            claim = Affiliation.objects.create(
                reference=next_reference("AFF"),
                person=actor,
                institution=institution,
                email=address,
                position=" ".join(position.split()),
                token_sha256=_digest(token),
                token_expires_at=at + LINK_LIFE,
                created_at=at,
            )
    except IntegrityError as error:
        raise InvalidInput("You have said so already. See how far it is on the page of your memberships.") from error
    audit.record(Event.AFFILIATION_CLAIMED, claim, actor)
    events.publish(Event.AFFILIATION_CLAIMED, claim, actor)
    _mail_link(claim, token)
    return claim


@transaction.atomic
def send_link_again(*, actor: User, affiliation: Affiliation) -> Affiliation:
    """A new link to the same address; the one before is worth nothing from now on."""
    require(policies.is_their_affiliation, actor, affiliation)
    fresh = Affiliation.objects.select_for_update(no_key=True).get(pk=affiliation.pk)
    if fresh.status != Affiliation.Status.CLAIMED:
        raise InvalidInput("The address is proved already.")
    token = secrets.token_urlsafe(32)
    fresh.token_sha256, fresh.token_expires_at = _digest(token), clock.now() + LINK_LIFE
    fresh.save(update_fields=["token_sha256", "token_expires_at"])
    _mail_link(fresh, token)
    return fresh


@transaction.atomic
def prove_address(*, actor: User, token: str) -> Affiliation:
    """Use the link, once, signed in as the person who made the claim. Raises LinkGone otherwise."""
    held = Affiliation.objects.select_for_update(no_key=True, of=("self",)).filter(
        token_sha256=_digest(token), person=actor, status=Affiliation.Status.CLAIMED, token_expires_at__gt=clock.now()
    )
    claim = held.first()
    if claim is None:
        raise LinkGone("This link was used, has expired, or belongs to another account. Ask for a new one.")
    changes = {"token_sha256": "", "token_expires_at": None, "waiting_since": clock.now()}
    proved: Affiliation = AFFILIATION.perform(claim, "prove", actor, changes=changes)
    return confirm_by_address(proved) or proved


def confirm_by_address(affiliation: Affiliation) -> Affiliation | None:
    """Confirm without a person where the institution asked for it; None where a person has to look.

    Only a proved address, at exactly a domain that the institution marked as its staff's, and no shared mailbox.
    """
    local, _, domain = affiliation.email.partition("@")
    if not affiliation.institution.confirms_by_address or "+" in local or local in SHARED_MAILBOXES:
        return None
    exact = InstitutionDomain.objects.filter(institution=affiliation.institution_id, name=domain, confirms=True)
    if not exact.exists() or AFFILIATION.refusal(affiliation, "confirm_by_address", REGISTER) is not None:
        return None
    changes = {**_confirmed(clock.now()), "confirmed_by_address": True}
    detail = {"until": changes["valid_until"].isoformat()}
    confirmed: Affiliation = AFFILIATION.perform(
        affiliation, "confirm_by_address", REGISTER, detail=detail, changes=changes
    )
    return confirmed


def confirm_affiliation(*, actor: Actor, affiliation: Affiliation, is_bona_fide: bool) -> Affiliation:
    """The institution vouches for the person, for a year at most and with a recheck every two months."""
    if not is_bona_fide:
        raise InvalidInput("Tick that you know this person as a bona fide researcher.", field="is_bona_fide")
    changes = {**_confirmed(clock.now()), "confirmed_by_id": actor.pk, "note": ""}
    detail = {"until": changes["valid_until"].isoformat()}
    confirmed: Affiliation = AFFILIATION.perform(affiliation, "confirm", actor, detail=detail, changes=changes)
    return confirmed


def ask_about_affiliation(*, actor: Actor, affiliation: Affiliation, reason: str) -> Affiliation:
    """Ask the person for more before deciding."""
    asked: Affiliation = AFFILIATION.perform(affiliation, "ask", actor, reason=reason, changes={"note": reason})
    return asked


def answer_institution(*, actor: Actor, affiliation: Affiliation, reason: str) -> Affiliation:
    """The person's answer; the institution decides next."""
    changes = {"note": reason, "waiting_since": clock.now()}
    answered: Affiliation = AFFILIATION.perform(affiliation, "answer", actor, reason=reason, changes=changes)
    return answered


def refuse_affiliation(*, actor: Actor, affiliation: Affiliation, reason: str) -> Affiliation:
    """The institution does not know the person."""
    refused: Affiliation = AFFILIATION.perform(affiliation, "refuse", actor, reason=reason, changes={"note": reason})
    return refused


def end_affiliation(*, actor: Actor, affiliation: Affiliation, reason: str, left_on: date | None = None) -> Affiliation:
    """The person left: from now, or from the end of a day in the past. Access follows at the next request."""
    at = clock.now()
    if left_on is not None and left_on > clock.today():
        raise InvalidInput("Enter today or a day that is over.", field="left_on")
    ended_at = min(at, end_of_day(left_on)) if left_on else at
    ended: Affiliation = AFFILIATION.perform(
        affiliation,
        "end",
        actor,
        reason=reason,
        detail={"ended_at": ended_at.isoformat()},
        changes={"ended_at": ended_at},
    )
    return ended


@transaction.atomic
def propose_end(*, actor: Actor, affiliation: Affiliation, reason: str, left_on: date | None = None) -> Affiliation:
    """The service desk says that somebody left, where the institution does not; a second person agrees or does not."""
    fresh = Affiliation.objects.select_for_update(no_key=True).get(pk=affiliation.pk)
    require(policies.can_propose_end, actor, fresh)
    if fresh.status not in Affiliation.LIVE:
        raise TransitionRefused("This affiliation is over already.")
    if left_on is not None and left_on > clock.today():
        raise InvalidInput("Enter today or a day that is over.", field="left_on")
    if not reason.strip():
        raise InvalidInput("Give a reason.", field="reason")
    fresh.end_proposed_by_id, fresh.end_proposed_at = actor.pk, clock.now()
    fresh.end_day, fresh.end_reason = left_on, reason.strip()
    fresh.save(update_fields=["end_proposed_by", "end_proposed_at", "end_day", "end_reason"])
    audit.record(Event.AFFILIATION_END_PROPOSED, fresh, actor, reason=reason)
    events.publish(Event.AFFILIATION_END_PROPOSED, fresh, actor)
    return fresh


@transaction.atomic
def end_by_two(*, actor: Actor, affiliation: Affiliation) -> Affiliation:
    """The second person of the service desk agrees: it ends now, or ended with the day that was proposed."""
    fresh = Affiliation.objects.select_for_update(no_key=True).get(pk=affiliation.pk)
    require(policies.is_another_person, actor, (fresh.end_proposed_by, fresh.person))
    at = clock.now()
    ended_at = min(at, end_of_day(fresh.end_day)) if fresh.end_day else at
    ended: Affiliation = AFFILIATION.perform(
        fresh,
        "end_by_two",
        actor,
        reason=fresh.end_reason,
        detail={"ended_at": ended_at.isoformat()},
        changes={"ended_at": ended_at},
    )
    return ended


@transaction.atomic
def recheck_members(*, actor: Actor, institution: Institution, content: bytes) -> tuple[int, int]:
    """The list that comes back from the institution, whole or not at all; (kept, ended).

    A CSV with email, still_here (yes or no) and left_on (a day, for those who are not). Every confirmed person has to
    be in it once. Raises BadFile with each bad row and column.
    """
    fresh = Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)
    require(policies.can_recheck_members, actor, fresh)
    rows = list(read_csv_rows(content, MEMBER_COLUMNS))
    here = fresh.affiliations.filter(status=Affiliation.Status.CONFIRMED).select_related("person", "institution")
    people = {each.email: each for each in here.select_for_update(no_key=True, of=("self",)).order_by("pk")}
    if bad := _bad_members(rows, people, actor):
        raise BadFile(bad)
    at, kept, ended = clock.now(), [], 0
    for _, row in rows:
        affiliation = people[_address(row)]
        if row["still_here"].lower() == "yes":
            kept.append(affiliation.pk)
            continue
        left = date.fromisoformat(row["left_on"]) if row["left_on"] else None
        end_affiliation(actor=actor, affiliation=affiliation, reason="Not on the institution's list.", left_on=left)
        ended += 1
    Affiliation.objects.filter(pk__in=kept).update(**_rechecked(at))
    detail = {"kept": len(kept), "ended": ended}
    audit.record(Event.RECHECKED, fresh, actor, detail=detail)
    events.publish(Event.RECHECKED, fresh, actor, detail)
    return len(kept), ended


def _bad_members(
    rows: list[tuple[int, dict[str, str]]], people: Mapping[str, Affiliation], actor: Actor
) -> list[BadCell]:
    bad, seen = [], set()
    for number, row in rows:
        email, answer = _address(row), row["still_here"].lower()
        if email not in people:
            bad.append(BadCell(number, "email", f"{row['email'][:80]} is nobody who is confirmed here."))
        elif email in seen:
            bad.append(BadCell(number, "email", f"{email} is in the file twice."))
        elif people[email].person_id == actor.pk:
            bad.append(BadCell(number, "email", "Somebody else has to recheck you. Leave your own row out."))
        seen.add(email)
        if answer not in ("yes", "no"):
            bad.append(BadCell(number, "still_here", "Write yes or no."))
        if sentence := _bad_day(row["left_on"], answer):
            bad.append(BadCell(number, "left_on", sentence))
    own = {email for email, each in people.items() if each.person_id == actor.pk}
    for email in sorted(set(people) - seen - own):
        bad.append(BadCell(len(rows) + 1, "email", f"{email} is missing. Say whether this person is still there."))
    return bad


def _bad_day(text: str, answer: str) -> str | None:
    if not text:
        return None
    if answer == "yes":
        return "Leave this empty for somebody who is still there."
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return "Write a day like 2027-03-27."
    return "This day is not over yet." if day > clock.today() else None


def _rechecked(at: datetime) -> dict[str, Any]:
    due = add_months(at, RECHECK_MONTHS)
    return {
        "rechecked_at": at,
        "recheck_due_at": due,
        "lapses_at": add_working_days(due, RECHECK_GRACE_DAYS),
        "valid_until": add_months(at, VALID_MONTHS),
    }


def _confirmed(at: datetime) -> dict[str, Any]:
    return {**_rechecked(at), "confirmed_at": at}


def _checked_address(email: str, institution: Institution) -> str:
    """The address in lower case, if it is one of this institution's; InvalidInput otherwise."""
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidInput("Enter an e-mail address in full, like name@uni.example.", field="email") from error
    domain = address.rpartition("@")[2]
    names = list(institution.domains.values_list("name", flat=True))
    if not address.isascii() or not any(domain == name or domain.endswith(f".{name}") for name in names):
        raise InvalidInput(
            f"This is no address of {institution}. Its addresses end in {', '.join(names) or 'nothing we know yet'}.",
            field="email",
        )
    return address


def _mail_link(claim: Affiliation, token: str) -> None:
    """To the address itself, which need not be the account's."""
    link = settings.LECTERN_ADDRESS + reverse("affiliation-prove", args=[token])
    text = render_to_string("notices/affiliation_link.txt", {"claim": claim, "link": link}).strip()
    subject, _, rest = text.partition("\n")
    outbox.enqueue(recipient=claim.email, subject=subject, text=rest.strip())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _address(row: Mapping[str, str]) -> str:
    """The list goes out with an apostrophe before what a spreadsheet would take for a formula."""
    return row["email"].removeprefix("'").lower()
