"""A decision on record: its conditions, and its letter as a stored document."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from access_review.models import Condition, Decision
from portal.kernel import pdf


@dataclass(frozen=True)
class ConditionDraft:
    """A condition before it is on record."""

    text: str
    due_on: date


def record_decision(decision: Decision, conditions: Sequence[ConditionDraft] = ()) -> Decision:
    """Keep a decision that was made, with its conditions, which the lead has to meet, and its letter."""
    decision.save(force_insert=True)
    lead = decision.version.application.lead
    Condition.objects.bulk_create(
        Condition(decision=decision, text=each.text, owner=lead, due_on=each.due_on) for each in conditions
    )
    _store_letter(decision, letter_pdf(decision, conditions))
    return decision


def letter_pdf(decision: Decision, conditions: Sequence[ConditionDraft]) -> bytes:
    """The letter of a decision; of one that is not kept, as a preview."""
    return pdf.render("decision_letter", letter_data(decision, conditions), at=decision.decided_at)


def letter_data(decision: Decision, conditions: Sequence[ConditionDraft]) -> dict[str, Any]:
    """What the letter shows."""
    application = decision.version.application
    day = timezone.localtime(decision.decided_at)
    rows = [
        ["Application", application.reference],
        ["Title", application.title],
        ["Version", f"{decision.version.number}, SHA-256 {decision.version.sha256}"],
        ["Decision", decision.get_outcome_display()],
        ["Decided", f"{day:%-d %B %Y}"],
        ["Reasons", decision.reason],
    ]
    rows += [[f"Condition {n}", f"{each.text} Due on {each.due_on:%-d %B %Y}."] for n, each in enumerate(conditions, 1)]
    return {"title": "Decision of the access review committee", "name": application.lead.display_name, "rows": rows}


def _store_letter(decision: Decision, content: bytes) -> None:
    """Rendered once, kept under its hash, named by the decision."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = f"access_review/letters/{sha256}.pdf"
    if not default_storage.exists(path):
        path = default_storage.save(path, ContentFile(content))
    Decision.objects.filter(pk=decision.pk, letter_path="").update(letter_path=path, letter_sha256=sha256)
