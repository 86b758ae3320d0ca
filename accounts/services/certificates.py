"""Certificates from elsewhere: sent and signed by a training provider, or entered by one and confirmed by another."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import policies
from accounts.events import TrainingEvent as Event
from accounts.models import Course, CourseVersion, TrainingRecord, User
from accounts.services.files import BadCell, BadFile, read_csv_rows
from accounts.services.training import end_of_term, new_number, term_of
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, SystemActor, require
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused

CERTIFICATE_COLUMNS = ("email", "course", "passed_on", "number")
OLDEST_CALL = timedelta(minutes=5)


@dataclass(frozen=True)
class Received:
    """What a training provider says of one person."""

    email: str
    course: str
    passed_on: date
    number: str


def signature_of(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA-256 of "timestamp.body" in hex: what a provider sends beside a call."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def check_call(*, provider: str, timestamp: str, signature: str, body: bytes) -> None:
    """PermissionRefused unless a known provider signed this body within the last five minutes."""
    secret = settings.TRAINING_PROVIDERS.get(provider, "")
    wanted = signature_of(secret, timestamp, body)
    is_signed = bool(secret) and hmac.compare_digest(wanted.encode(), signature.encode())
    age = abs(clock.now().timestamp() - int(timestamp)) if timestamp.isascii() and timestamp.isdigit() else None
    if not is_signed or age is None or age > OLDEST_CALL.total_seconds():
        raise PermissionRefused("The signature of this call is wrong or older than five minutes.")


@transaction.atomic
def receive_certificate(*, provider: str, received: Received) -> TrainingRecord:
    """Take in what a provider sent and `check_call` has checked. The same number again gives the same record."""
    known = TrainingRecord.objects.filter(provider=provider, external_number=received.number).first()
    if known is not None:
        if known.person.email != received.email.strip().lower():
            raise TransitionRefused("This number was sent before, for another person.")
        return known
    person, version = _who_and_what(received)
    passed = _noon(received.passed_on)
    start, end = term_of(person, version.course, passed)
    record = TrainingRecord.objects.create(
        number=new_number(),
        person=person,
        version=version,
        source=TrainingRecord.Source.CALLBACK,
        provider=provider,
        external_number=received.number,
        passed_at=passed,
        valid_from=start,
        valid_until=end,
    )
    detail = {"until": end.isoformat(), "provider": provider}
    actor = SystemActor(f"Training provider {provider}")
    audit.record(Event.RECEIVED, record, actor, detail=detail)
    events.publish(Event.RECEIVED, record, actor, detail)
    return record


@transaction.atomic
def enter_certificate(*, actor: User, received: Received, evidence: str) -> TrainingRecord:
    """One of the service desk enters what somebody showed. It counts once a second one has confirmed it."""
    person, version = _who_and_what(received)
    require(policies.can_enter_training, actor, person)
    if not evidence.strip():
        raise InvalidInput("Say what you have seen, and where it is kept.", field="evidence")
    try:
        with transaction.atomic():
            record = _entered(actor, person, version, received, evidence.strip())
    except IntegrityError as error:
        raise InvalidInput("A certificate with this number was entered before.", field="number") from error
    return record


def _entered(actor: User, person: User, version: CourseVersion, received: Received, evidence: str) -> TrainingRecord:
    passed = _noon(received.passed_on)
    record = TrainingRecord.objects.create(
        number=new_number(),
        person=person,
        version=version,
        source=TrainingRecord.Source.ENTERED,
        provider="entered",
        external_number=received.number,
        passed_at=passed,
        valid_from=passed,
        valid_until=end_of_term(received.passed_on),
        evidence=evidence,
        entered_by=actor,
    )
    detail = {"until": record.valid_until.isoformat()}
    audit.record(Event.ENTERED, record, actor, detail=detail)
    events.publish(Event.ENTERED, record, actor, detail)
    return record


@transaction.atomic
def confirm_certificate(*, actor: User, record: TrainingRecord) -> TrainingRecord:
    """The second person. From now on the certificate counts."""
    fresh = TrainingRecord.objects.select_for_update(no_key=True).get(pk=record.pk)
    require(policies.can_confirm_training, actor, fresh)
    require(policies.is_another_person, actor, (fresh.entered_by, fresh.person))
    if fresh.source != TrainingRecord.Source.ENTERED or fresh.confirmed_at or fresh.invalidated_at:
        raise TransitionRefused("This certificate does not wait for a second person.")
    fresh.confirmed_by, fresh.confirmed_at = actor, clock.now()
    fresh.save(update_fields=["confirmed_by", "confirmed_at"])
    detail = {"until": fresh.valid_until.isoformat()}
    audit.record(Event.CONFIRMED, fresh, actor, detail=detail)
    events.publish(Event.CONFIRMED, fresh, actor, detail)
    return fresh


@transaction.atomic
def invalidate_certificate(*, actor: Actor, record: TrainingRecord, reason: str) -> TrainingRecord:
    """From this instant it counts no longer, such as after cheating."""
    fresh = TrainingRecord.objects.select_for_update(no_key=True).get(pk=record.pk)
    require(policies.can_invalidate_training, actor, fresh)
    if not reason.strip():
        raise InvalidInput("Give a reason.", field="reason")
    if fresh.invalidated_at is not None:
        return fresh
    fresh.invalidated_at, fresh.invalidated_reason = clock.now(), reason.strip()
    fresh.save(update_fields=["invalidated_at", "invalidated_reason"])
    audit.record(Event.INVALIDATED, fresh, actor, reason=reason)
    events.publish(Event.INVALIDATED, fresh, actor)
    return fresh


@transaction.atomic
def import_certificates(*, actor: User, content: bytes, evidence: str) -> int:
    """A CSV of certificates, whole or not at all; each waits for a second person. Returns how many.

    Raises BadFile with each bad row and column.
    """
    require(policies.can_enter_any_training, actor, None)
    if not evidence.strip():
        raise InvalidInput("Say where the list comes from.", field="evidence")
    rows = list(read_csv_rows(content, CERTIFICATE_COLUMNS))
    people = {each.email: each for each in User.objects.filter(email__in={row["email"].lower() for _, row in rows})}
    versions = {each.slug: each.versions.first() for each in Course.objects.prefetch_related("versions")}
    entered = TrainingRecord.objects.filter(provider="entered").values_list("external_number", flat=True)
    if bad := _bad_rows(rows, people, versions, set(entered), actor):
        raise BadFile(bad)
    for _, row in rows:
        version = versions[row["course"]]
        assert version is not None, "checked above"
        received = Received(row["email"], row["course"], date.fromisoformat(row["passed_on"]), row["number"])
        _entered(actor, people[row["email"].lower()], version, received, evidence.strip())
    audit.record(Event.IMPORTED, "certificates", actor, detail={"count": len(rows)})
    return len(rows)


def _bad_rows(
    rows: list[tuple[int, dict[str, str]]],
    people: Mapping[str, User],
    versions: Mapping[str, CourseVersion | None],
    entered: set[str],
    actor: User,
) -> list[BadCell]:
    bad: list[BadCell] = []
    for number, row in rows:
        person = people.get(row["email"].lower())
        if person is None:
            bad.append(BadCell(number, "email", f"{row['email'][:80]} has no account."))
        elif person.pk == actor.pk:
            bad.append(BadCell(number, "email", "Somebody else has to enter your own certificate."))
        if versions.get(row["course"]) is None:
            bad.append(BadCell(number, "course", f"{row['course'][:60]} is no published course."))
        if sentence := _bad_day(row["passed_on"]):
            bad.append(BadCell(number, "passed_on", sentence))
        if not 1 <= len(row["number"]) <= 80:
            bad.append(BadCell(number, "number", "A number has from 1 to 80 characters."))
        elif row["number"] in entered:
            bad.append(BadCell(number, "number", f"{row['number']} was entered before, or is in the file twice."))
        entered.add(row["number"])
    return bad


def _bad_day(text: str) -> str | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return "Write a day like 2027-03-27."
    if day > clock.today():
        return "This day is not over yet."
    return "This is longer ago than a year." if end_of_term(day) <= clock.now() else None


def _who_and_what(received: Received) -> tuple[User, CourseVersion]:
    person = User.objects.filter(email=received.email.strip().lower(), is_active=True).first()
    if person is None:
        raise InvalidInput("Nobody has an account with this address.", field="email")
    version = CourseVersion.objects.filter(course__slug=received.course).first()
    if version is None:
        raise InvalidInput("There is no published course of this name.", field="course")
    if sentence := _bad_day(received.passed_on.isoformat()):
        raise InvalidInput(sentence, field="passed_on")
    if not 1 <= len(received.number) <= 80:
        raise InvalidInput("A number has from 1 to 80 characters.", field="number")
    return person, version


def _noon(day: date) -> datetime:
    """A day of which only the date is known counts from its noon, or from now if that is later today."""
    noon = timezone.make_aware(datetime.combine(day, time(12)), timezone.get_default_timezone())
    return min(noon, clock.now())
