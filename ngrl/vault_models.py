"""What people decided about themselves, and ways back from a pseudonym to a person, each opened by two people.

The identifiers themselves are in a schema of their own (`identity`), which the web and worker role cannot read; Django
has no model of it.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class ParticipantDecision(models.Model):
    """That the service desk took in a person's decision, and what it touched."""

    class Kind(models.TextChoices):
        WITHDRAWAL = "withdrawal", "Withdraws from research"
        OPT_OUT = "opt_out", "National data opt-out"
        NO_CONTACT = "no_contact", "Does not want to be contacted again"
        CONTACT = "contact", "May be contacted again"
        NO_FINDINGS = "no_findings", "Does not want additional findings"
        FINDINGS = "findings", "Wants additional findings"

    reference = models.CharField(max_length=20, unique=True)
    participant = models.ForeignKey("ngrl.Participant", on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    received_on = models.DateField(help_text="When the form was received")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    affected = models.JSONField(default=dict, help_text="What was touched, as pairs of words and numbers")

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("ngrl:decision-detail", args=[self.reference])


class Linkage(models.Model):
    """A way back from a project's pseudonym to the person: asked for by one, approved by another, opened once."""

    class Status(models.TextChoices):
        ASKED = "asked", "Asked for"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"
        OPENED = "opened", "Opened"

    class Purpose(models.TextChoices):
        CONTACT = "contact", "To invite the person to further research"
        FINDING = "finding", "To return a finding through the clinical team"
        SAFETY = "safety", "The person’s safety"
        MISTAKE = "mistake", "To mend a mistake in the data"

    reference = models.CharField(max_length=20, unique=True)
    participant = models.ForeignKey("ngrl.Participant", on_delete=models.PROTECT, related_name="linkages")
    project_reference = models.CharField(max_length=40, help_text="Whose pseudonym it was")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    reason = models.TextField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    # Written by the database when it gives the identifiers out, and never a second time.
    disclosed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="asked", decided_by=None)
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=F("asked_by"))),
                name="linkage_by_two_people",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="linkage_has_a_reason"),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("ngrl:linkage-detail", args=[self.reference])


def may_be_contacted(person: Any, purpose: str) -> str | None:
    """Why this person may not be looked up for this, as a sentence, or None."""
    if purpose in (Linkage.Purpose.CONTACT, Linkage.Purpose.FINDING) and person.consent_withdrawn_at is not None:
        return "The person has withdrawn and is not contacted any more."
    if purpose == Linkage.Purpose.CONTACT and person.wants_contact is False:
        return "The person does not want to be contacted again."
    if purpose == Linkage.Purpose.FINDING and person.wants_findings is not True:
        return "The person did not ask for additional findings."
    return None
