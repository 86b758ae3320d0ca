"""What participants decided, and the way back from a pseudonym to a person: asked, decided by another, opened once."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from accounts.policies import is_another_person
from ngrl.events import Event
from ngrl.keys import source_digest
from ngrl.models import Linkage, Participant, ParticipantDecision, Release, Sample
from ngrl.policies import can_ask_linkage, can_fill_vault, can_take_in_decisions
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.services.consent import withdraw_consent
from ngrl.workflows import LINKAGE
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require
from portal.kernel.references import next_reference
from portal.kernel.refusals import InvalidInput

K = ParticipantDecision.Kind
_CHOICES: Mapping[str, Mapping[str, bool]] = {
    K.NO_CONTACT: {"wants_contact": False},
    K.CONTACT: {"wants_contact": True},
    K.NO_FINDINGS: {"wants_findings": False},
    K.FINDINGS: {"wants_findings": True},
}
_ENTER = (
    "INSERT INTO identity.person (participant_id, source_number, full_name, date_of_birth, contact) "
    "VALUES (%s, %s, %s, %s, %s) ON CONFLICT (participant_id) DO UPDATE SET source_number = excluded.source_number, "
    "full_name = excluded.full_name, date_of_birth = excluded.date_of_birth, contact = excluded.contact"
)
Effect = Callable[[Participant], Mapping[str, int]]
_effects: list[Effect] = []


@dataclass(frozen=True)
class Identity:
    """Who somebody is. It is shown once and kept nowhere outside the vault."""

    source_number: str
    full_name: str
    date_of_birth: datetime.date | None
    contact: str


def counts_effects(effect: Effect) -> Effect:
    """Register what a storey above counts for the report of a withdrawal: words and a number."""
    _effects.append(effect)
    return effect


@transaction.atomic
def take_in_decision(*, actor: User, source_number: str, kind: str, received_on: datetime.date) -> ParticipantDecision:
    """Record what a person decided on a form, with effect from this instant, and report what it touched.

    The person's number is looked up by its digest and not kept. Raises PermissionRefused or InvalidInput.
    """
    require(can_take_in_decisions, actor, None)
    if received_on > clock.today():
        raise InvalidInput("The form cannot have been received in the future.", field="received_on")
    digest = source_digest(source_number.strip())
    person = Participant.objects.select_for_update(no_key=True).filter(source_digest=digest).first()
    if person is None:
        raise InvalidInput("Nobody in the library has this number. Check it on the form.", field="source_number")
    leaves = kind in (K.WITHDRAWAL, K.OPT_OUT)
    if leaves:
        person = withdraw_consent(actor=actor, participant=person)
    _keep_choice(person, kind)
    decision = ParticipantDecision.objects.create(
        reference=next_reference("DEC"),
        participant=person,
        kind=kind,
        received_on=received_on,
        recorded_by=actor,
        recorded_at=clock.now(),
        affected=_report(person) if leaves else {},
    )
    detail = {"kind": kind}
    audit.record(Event.DECISION_TAKEN_IN, decision, actor, detail=detail)
    events.publish(Event.DECISION_TAKEN_IN, decision, actor, detail)
    return decision


def _keep_choice(person: Participant, kind: str) -> None:
    said: dict[str, Any] = dict(_CHOICES.get(kind, {}))
    if kind == K.OPT_OUT and person.opted_out_at is None:
        said["opted_out_at"] = clock.now()
    if said:
        Participant.objects.filter(pk=person.pk).update(**said)


def _report(person: Participant) -> dict[str, int]:
    """How many things the person was in until now; nothing by which one of them could be told."""
    released = Release.objects.published()
    report = {
        "releases with the person's genome": Sample.objects.counted()
        .filter(participant=person, release__in=released)
        .count(),
        "releases with the person's clinical data": person.enrolments.filter(release__in=released).count(),
    }
    for effect in _effects:
        report |= effect(person)
    return report


@transaction.atomic
def ask_linkage(*, actor: User, project_reference: str, pseudonym: str, purpose: str, reason: str) -> Linkage:
    """Ask for the way back from a project's pseudonym. Raises PermissionRefused or InvalidInput."""
    require(can_ask_linkage, actor, None)
    if not reason.strip():
        raise InvalidInput("Say why it is needed.", field="reason")
    try:
        inner = ProjectPseudonyms(project_reference).decode(pseudonym)
    except InvalidInput as refusal:
        raise InvalidInput(refusal.sentence, field="pseudonym") from refusal
    person = Participant.objects.filter(pk=inner).first()
    if person is None:
        raise InvalidInput("This project knows nobody by this pseudonym. Check both.", field="pseudonym")
    linkage = Linkage.objects.create(
        reference=next_reference("LNK"),
        participant=person,
        project_reference=project_reference,
        purpose=purpose,
        reason=reason.strip(),
        asked_by=actor,
        asked_at=clock.now(),
    )
    detail = {"purpose": purpose, "project": project_reference}
    audit.record(Event.LINKAGE_ASKED, linkage, actor, reason=reason.strip(), detail=detail)
    events.publish(Event.LINKAGE_ASKED, linkage, actor, detail)
    return linkage


@transaction.atomic
def decide_linkage(*, actor: User, linkage: Linkage, approve: bool, reason: str = "") -> Linkage:
    """Approve or refuse what somebody else asked for. Raises PermissionRefused, TransitionRefused or InvalidInput."""
    fresh = Linkage.objects.select_for_update(of=("self",), no_key=True).select_related("asked_by").get(pk=linkage.pk)
    require(is_another_person, actor, (fresh.asked_by,))
    changes = {"decided_by": actor, "decided_at": clock.now()}
    action = "approve" if approve else "refuse"
    decided: Linkage = LINKAGE.perform(fresh, action, actor, reason=reason.strip(), changes=changes)
    return decided


@transaction.atomic
def open_linkage(*, actor: User, linkage: Linkage) -> Identity:
    """Read who the person is, once: the database gives it out for an approved linkage and marks it as given.

    Raises PermissionRefused, TransitionRefused, or InvalidInput where the vault does not know the person.
    """
    LINKAGE.perform(linkage, "open", actor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM ngrl_disclose_identity(%s)", [linkage.reference])
        row = cursor.fetchone()
    if row is None:
        raise InvalidInput("The vault does not know this person. Ask the operator to enter them.")
    return Identity(*row)


@transaction.atomic
def enter_identities(*, actor: Actor, rows: Sequence[Identity]) -> int:
    """Put identifiers of people whom the library knows into the vault. Returns how many; others are left out.

    Needs a database role that may write there: the owner's, never the web server's.
    """
    require(can_fill_vault, actor, None)
    by_digest = {source_digest(row.source_number): row for row in rows}
    known = Participant.objects.filter(source_digest__in=by_digest).values_list("pk", "source_digest")
    found = [(pk, by_digest[digest]) for pk, digest in known]
    with connection.cursor() as cursor:
        cursor.executemany(
            _ENTER,
            [(pk, row.source_number, row.full_name, row.date_of_birth, row.contact) for pk, row in found],
        )
    detail = {"people": len(found)}
    audit.record(Event.IDENTITIES_ENTERED, "vault of identifiers", actor, detail=detail)
    return len(found)
