"""What the committee does with an application: checks, seats, interests, votes, questions, advice, appeals."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from access_review.duo import ONTOLOGY
from access_review.models.applications import Application, ApplicationVersion
from accounts.models import User
from ngrl.models import Dataset


class TriageCheck(models.Model):
    """One line of the secretariat's checklist for one version: who looked, when, and what they found."""

    version = models.ForeignKey(ApplicationVersion, on_delete=models.PROTECT, related_name="checks")
    check_name = models.SlugField(max_length=30)
    is_passed = models.BooleanField()
    note = models.TextField(blank=True)
    checked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "check_name"], name="one_line_per_check")]

    def __str__(self) -> str:
        return self.check_name


class Assignment(models.Model):
    """That a member of the committee was asked to review."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="assignments")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments")
    assigned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "person"], condition=Q(ended_at=None), name="one_seat_per_reviewer"
            ),
            models.CheckConstraint(condition=~Q(person=F("assigned_by")), name="nobody_assigns_themselves"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.application_id}"


class Declaration(models.Model):
    """What a member declared about their interests in one version, and perhaps that the chair cleared it."""

    version = models.ForeignKey(ApplicationVersion, on_delete=models.PROTECT, related_name="declarations")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    has_interest = models.BooleanField()
    explanation = models.TextField(blank=True)
    declared_at = models.DateTimeField()
    cleared_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cleared_reason = models.TextField(blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "person"], name="one_declaration_per_version"),
            models.CheckConstraint(
                condition=Q(cleared_by=None) | ~Q(cleared_by=F("person")), name="nobody_clears_themselves"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.version_id}"


class VoteCast(models.Model):
    """One vote as it was cast. A revision ends it and adds another, so the history stays; one is live at a time."""

    class Value(models.TextChoices):
        APPROVE = "approve", "Approve"
        CONDITIONS = "conditions", "Approve with conditions"
        DEFER = "defer", "Defer"
        DECLINE = "decline", "Decline"
        ABSTAIN = "abstain", "Abstain"

    FOR = (Value.APPROVE, Value.CONDITIONS)

    version = models.ForeignKey(ApplicationVersion, on_delete=models.PROTECT, related_name="votes")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    value = models.CharField(max_length=12, choices=Value.choices)
    reason = models.TextField(blank=True)
    cast_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("cast_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "person"], condition=Q(ended_at=None), name="one_live_vote_per_member"
            ),
            models.CheckConstraint(condition=Q(value="approve") | ~Q(reason=""), name="a_vote_has_its_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.version_id}"


class Comment(models.Model):
    """What a member wrote: for themselves, or for everybody on the case."""

    version = models.ForeignKey(ApplicationVersion, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    is_private = models.BooleanField(default=False)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ("written_at", "pk")

    def __str__(self) -> str:
        return f"{self.author_id} on {self.version_id}"


class Question(models.Model):
    """What the committee asked when it returned or deferred an application, and what the lead answered."""

    version = models.ForeignKey(ApplicationVersion, on_delete=models.PROTECT, related_name="questions")
    text = models.TextField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.text[:60]


class Appeal(models.Model):
    """Against a refusal: once, within 20 working days, heard by somebody who had no part in the decision."""

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="appeal")
    grounds = models.TextField()
    lodged_at = models.DateTimeField()
    heard_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    heard_at = models.DateTimeField(null=True, blank=True)
    is_upheld = models.BooleanField(null=True)
    reason = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"Appeal of {self.application_id}"


class DataUseQuerySet(models.QuerySet["DataUse"]):
    def in_force(self) -> DataUseQuerySet:
        """Terms that two people approved and that no later ones replaced: at most one row for each dataset."""
        return self.filter(approved_at__isnull=False, ended_at=None)

    def waiting(self) -> DataUseQuerySet:
        """Terms that wait for a second data manager."""
        return self.filter(approved_at=None, ended_at=None)


class DataUse(models.Model):
    """What a dataset may be used for, as DUO terms; `modifiers` are codes such as "0000018", `diseases` MONDO ids.

    Rows are never changed, but approved and ended. Nobody is named where the house itself wrote them at set-up.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="data_uses")
    permission = models.CharField(max_length=7)
    modifiers = models.JSONField(default=list, blank=True)
    diseases = models.JSONField(default=list, blank=True)
    ontology = models.CharField(max_length=10, default=ONTOLOGY, help_text="Release of the Data Use Ontology")
    reason = models.TextField(help_text="Where the terms are written")
    proposed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DataUseQuerySet.as_manager()

    class Meta:
        ordering = ("-proposed_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["dataset"],
                condition=Q(approved_at__isnull=False, ended_at=None),
                name="one_data_use_in_force_per_dataset",
            ),
            models.UniqueConstraint(
                fields=["dataset"], condition=Q(approved_at=None, ended_at=None), name="one_data_use_waits_per_dataset"
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("proposed_by")), name="data_use_is_approved_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"DUO:{self.permission} for {self.dataset_id}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("access_review:terms-list")


class DataUseAdvice(models.Model):
    """What the comparison of a purpose with a dataset's terms said, and whether the committee agreed."""

    version = models.ForeignKey(ApplicationVersion, on_delete=models.PROTECT, related_name="advice")
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(max_length=12)
    reason = models.TextField()
    is_agreed = models.BooleanField(null=True)
    agreed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "dataset"], name="one_advice_per_dataset")]

    def __str__(self) -> str:
        return f"{self.result} for {self.dataset_id}"
