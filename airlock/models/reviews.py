"""Reviews of one turn, with a vote on each file's bytes, and what was written about the files."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.models import User
from airlock.models.files import Blob, FileGroup, RequestFile
from airlock.models.requests import ExportRequest


class Review(models.Model):
    """One checker's review in one turn. It counts when it is submitted, and not any more when it is void.

    The database refuses an author's review of their own request, and a second one in the same turn.
    """

    request = models.ForeignKey(ExportRequest, on_delete=models.PROTECT, related_name="reviews")
    turn = models.PositiveSmallIntegerField()
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    claimed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("claimed_at", "pk")
        constraints = [
            models.UniqueConstraint(fields=["request", "turn", "reviewer"], name="one_review_per_turn_and_person"),
            models.CheckConstraint(condition=Q(voided_at=None) | ~Q(void_reason=""), name="void_review_says_why"),
        ]

    def __str__(self) -> str:
        return f"Review {self.pk} of {self.request_id}"


class Vote(models.Model):
    """What one review says to one file, bound to the file's bytes. A later vote supersedes it; the row stays."""

    class Value(models.TextChoices):
        APPROVE = "approve", "Approve"
        CHANGE = "change", "Ask for changes"

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="votes")
    file = models.ForeignKey(RequestFile, on_delete=models.PROTECT, related_name="votes")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    value = models.CharField(max_length=8, choices=Value.choices)
    reason = models.TextField(blank=True)
    cast_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("cast_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["review", "file"], condition=Q(superseded_at=None), name="one_current_vote_per_file"
            ),
            models.CheckConstraint(condition=Q(value__in=["approve", "change"]), name="airlock_vote_is_known"),
            models.CheckConstraint(condition=Q(value="approve") | ~Q(reason=""), name="asking_for_changes_says_which"),
        ]

    def __str__(self) -> str:
        return f"Vote {self.pk}"


class Comment(models.Model):
    """A remark on a request, a group or a place in a file. Never deleted; one that was taken back is marked."""

    class Audience(models.TextChoices):
        EVERYBODY = "everybody", "The author and the checkers"
        CHECKERS = "checkers", "Checkers only"

    request = models.ForeignKey(ExportRequest, on_delete=models.PROTECT, related_name="comments")
    group = models.ForeignKey(FileGroup, null=True, blank=True, on_delete=models.PROTECT, related_name="comments")
    file = models.ForeignKey(RequestFile, null=True, blank=True, on_delete=models.PROTECT, related_name="comments")
    row = models.PositiveIntegerField(default=0)
    column = models.PositiveIntegerField(default=0)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    turn = models.PositiveSmallIntegerField()
    audience = models.CharField(max_length=10, choices=Audience.choices)
    is_of_checker = models.BooleanField()
    body = models.TextField()
    written_at = models.DateTimeField()
    discarded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("written_at", "pk")
        constraints = [
            models.CheckConstraint(condition=~Q(body=""), name="airlock_comment_says_something"),
            models.CheckConstraint(
                condition=Q(is_of_checker=True) | Q(audience="everybody"), name="authors_write_to_everybody"
            ),
        ]

    def __str__(self) -> str:
        return f"Comment {self.pk}"


class Decision(models.Model):
    """What checkers decided in one turn. A rejection needs a second checker; an approval names the manifest."""

    class Outcome(models.TextChoices):
        RETURN = "return", "Return"
        REJECT = "reject", "Reject"
        APPROVE = "approve", "Approve"

    request = models.ForeignKey(ExportRequest, on_delete=models.PROTECT, related_name="decisions")
    turn = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    manifest_sha256 = models.CharField(max_length=64)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True, help_text="When it was taken back")

    class Meta:
        ordering = ("at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["request", "turn", "outcome"], condition=Q(stopped_at=None), name="one_standing_decision"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("by")), name="nobody_confirms_their_own_rejection"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} of {self.request_id}"
