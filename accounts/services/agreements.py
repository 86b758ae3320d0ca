"""Participation agreements: text, preparation, two signatures, renewal without a gap."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import transaction

from accounts import policies
from accounts.events import InstitutionEvent as Event
from accounts.models import GRACE, Agreement, AgreementText, Institution
from accounts.workflows import AGREEMENT, INSTITUTION
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, SystemActor, require
from portal.kernel.references import next_reference
from portal.kernel.refusals import InvalidInput, TransitionRefused
from portal.kernel.working_days import add_months

REGISTER = SystemActor("Register of institutions")


def text_sha256(title: str, body: str) -> str:
    """The hash that a signature is bound to: title and body in UTF-8, a line end between them."""
    return hashlib.sha256(f"{title}\n{body}".encode()).hexdigest()


@transaction.atomic
def publish_agreement_text(*, actor: Actor, title: str, body: str) -> AgreementText:
    """A new version of the text. Agreements that were sent keep the version that they were sent with."""
    require(policies.can_publish_agreement_text, actor, None)
    title, body = " ".join(title.split()), body.replace("\r\n", "\n").strip()
    if not title or not body:
        raise InvalidInput("Enter a title and the text.", field="body")
    last = AgreementText.objects.select_for_update(no_key=True).order_by("-number").first()
    text = AgreementText.objects.create(
        number=last.number + 1 if last else 1, title=title, body=body, sha256=text_sha256(title, body)
    )
    audit.record(Event.TEXT_PUBLISHED, text, actor, detail={"sha256": text.sha256})
    return text


@transaction.atomic
def prepare_agreement(*, actor: Actor, institution: Institution, years: int = 3) -> Agreement:
    """A draft with the newest text: the first agreement of an institution, or the renewal of the present one."""
    require(policies.can_prepare_agreement, actor, institution)
    fresh = Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)
    if fresh.status == Institution.Status.TERMINATED:
        raise TransitionRefused("The work with this institution was ended. It has to be registered anew.")
    if not 1 <= years <= 5:
        raise InvalidInput("A term is from 1 to 5 years.", field="years")
    text = AgreementText.objects.first()
    if text is None:
        raise TransitionRefused("There is no text of the agreement yet. An administrator publishes one first.")
    if fresh.agreements.filter(status__in=Agreement.OPEN).exists():
        raise TransitionRefused("An agreement with this institution is under way already. Finish or cancel it first.")
    agreement = Agreement.objects.create(
        reference=next_reference("AGR"),
        institution=fresh,
        text=text,
        text_sha256=text.sha256,
        years=years,
        prepared_by_id=actor.pk,
    )
    audit.record(Event.AGREEMENT_DRAFTED, agreement, actor, detail={"sha256": text.sha256})
    events.publish(Event.AGREEMENT_DRAFTED, agreement, actor)
    return agreement


def send_agreement(*, actor: Actor, agreement: Agreement) -> Agreement:
    """Lay it before the institution's signatories."""
    sent: Agreement = AGREEMENT.perform(agreement, "send", actor, changes={"sent_at": clock.now()})
    return sent


def sign_agreement(
    *, actor: Actor, agreement: Agreement, sha256: str, name: str, position: str, address: str | None = None
) -> Agreement:
    """The institution's signature, bound to the hash of the text that the signatory was shown."""
    require(policies.can_sign_agreement, actor, agreement)
    if not name.strip() or not position.strip():
        raise InvalidInput("Type your name and your position as they shall stand under the agreement.", field="name")
    if sha256 != agreement.text_sha256:
        raise TransitionRefused("The text has changed since you opened it. Read it again before you sign.")
    changes = {
        "signed_by_id": actor.pk,
        "signed_name": name.strip(),
        "signed_position": position.strip(),
        "signed_from": address or None,
        "signed_at": clock.now(),
    }
    detail = {"sha256": sha256}
    signed: Agreement = AGREEMENT.perform(agreement, "sign", actor, detail=detail, changes=changes)
    return signed


@transaction.atomic
def countersign_agreement(*, actor: Actor, agreement: Agreement) -> Agreement:
    """The library's signature: from this instant it is in force, and what it renews is replaced in the same instant.

    A renewal's term begins when the old one would have ended, so that nobody loses time by renewing early.
    """
    institution = Institution.objects.select_for_update(no_key=True).get(pk=agreement.institution_id)
    require(policies.can_countersign_agreement, actor, agreement)
    require(policies.is_another_person, actor, (agreement.prepared_by, agreement.signed_by))
    if institution.status == Institution.Status.TERMINATED:
        raise TransitionRefused("The work with this institution was ended.")
    at = clock.now()
    before = Agreement.objects.filter(institution=institution, status=Agreement.Status.ACTIVE).first()
    if sentence := AGREEMENT.refusal(Agreement.objects.get(pk=agreement.pk), "countersign", actor):
        raise TransitionRefused(sentence)
    if before is not None:
        over = min(at, before.ends_at) if before.ends_at else at
        cut = {"ends_at": over, "grace_until": min(at, before.grace_until) if before.grace_until else None}
        if over == at:
            cut["grace_until"] = None  # it did not come to that
        AGREEMENT.perform(before, "supersede", REGISTER, changes=cut)
    ends = _end_of_term(at, before, agreement.years)
    active: Agreement = AGREEMENT.perform(
        agreement,
        "countersign",
        actor,
        detail={"starts": at.isoformat(), "ends": ends.isoformat()},
        changes={"countersigned_by_id": actor.pk, "starts_at": at, "ends_at": ends},
    )
    if institution.status == Institution.Status.PROSPECTIVE:
        INSTITUTION.perform(institution, "activate", REGISTER)
    return active


def _end_of_term(at: datetime, before: Agreement | None, years: int) -> datetime:
    runs_on = before is not None and before.ends_at is not None and before.ends_at > at
    start = before.ends_at if runs_on and before is not None and before.ends_at is not None else at
    return add_months(start, 12 * years)


def cancel_agreement(*, actor: Actor, agreement: Agreement, reason: str) -> Agreement:
    """Take back an agreement that is not in force yet."""
    cancelled: Agreement = AGREEMENT.perform(agreement, "cancel", actor, reason=reason)
    return cancelled


def extend_agreement(*, actor: Actor, agreement: Agreement, days: int, reason: str) -> Agreement:
    """Let an agreement count for some days beyond its end: its people are not to blame for a late renewal."""
    require(policies.can_give_grace, actor, agreement)
    if not 1 <= days <= GRACE.days:
        raise InvalidInput(f"Days of grace are from 1 to {GRACE.days}.", field="days")
    until = (agreement.ends_at or clock.now()) + timedelta(days=days)
    changes = {"grace_until": until, "grace_by_id": actor.pk}
    detail = {"until": until.isoformat()}
    extended: Agreement = AGREEMENT.perform(agreement, "extend", actor, reason=reason, detail=detail, changes=changes)
    return extended


def terminate_agreement(*, actor: Actor, agreement: Agreement, reason: str) -> Agreement:
    """End an agreement before its time: nobody of the institution reads data from the next request on."""
    ended: Agreement = AGREEMENT.perform(agreement, "terminate", actor, reason=reason)
    return ended
