"""Training: courses and their versions, the quiz and its attempts, and certificates that end by the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q

from accounts.models.institutions import holds_any
from accounts.models.people import User
from accounts.roles import Role
from portal.kernel import clock


class Course(models.Model):
    """Something to learn. A required course stands between a person and data."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120, unique=True)
    summary = models.TextField(blank=True)
    is_required = models.BooleanField(default=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("course-detail", args=[self.slug])

    @property
    def reference(self) -> str:
        return self.slug


class CourseVersion(models.Model):
    """A course as it was taught from some day on. Never changed, but for the day by which it replaces older ones."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    body = models.TextField(help_text="What there is to read, in paragraphs")
    questions_asked = models.PositiveSmallIntegerField()
    pass_percent = models.PositiveSmallIntegerField()
    published_at = models.DateTimeField(default=clock.now)
    replaces_from = models.DateTimeField(
        null=True, blank=True, help_text="From then on certificates of older versions count no longer"
    )

    class Meta:
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["course", "number"], name="one_course_version_per_number"),
            models.CheckConstraint(condition=Q(pass_percent__range=(50, 100)), name="pass_mark_between_50_and_100"),
            models.CheckConstraint(condition=Q(questions_asked__gte=1), name="a_quiz_asks_something"),
        ]

    def __str__(self) -> str:
        return f"{self.course}, version {self.number}"


class Question(models.Model):
    """One question of the bank. `options` is a list of texts, `right` the place of the right one, from 0."""

    version = models.ForeignKey(CourseVersion, on_delete=models.PROTECT, related_name="questions")
    position = models.PositiveSmallIntegerField()
    text = models.TextField()
    options = models.JSONField()
    right = models.PositiveSmallIntegerField()
    because = models.TextField()

    class Meta:
        ordering = ("position",)
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="one_question_per_place")]

    def __str__(self) -> str:
        return self.text


class QuizAttempt(models.Model):
    """One go at a quiz: which questions in which order, what was answered, and how it ended."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="quiz_attempts")
    version = models.ForeignKey(CourseVersion, on_delete=models.PROTECT, related_name="attempts")
    questions = models.JSONField(help_text="Numbers of the questions, in the order asked")
    answers = models.JSONField(default=dict, help_text="Number of the question: place of the answer")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    right_count = models.PositiveSmallIntegerField(null=True, blank=True)
    is_passed = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ("-started_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["person", "version"], condition=Q(finished_at=None), name="one_open_attempt_per_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.version}"


class TrainingRecordQuerySet(models.QuerySet["TrainingRecord"]):
    def valid(self, at: datetime) -> TrainingRecordQuerySet:
        """Certificates that count at this instant: begun, not over, not invalidated, agreed by two where two must."""
        begun = self.filter(valid_from__lte=at, valid_until__gt=at)
        standing = begun.filter(Q(invalidated_at=None) | Q(invalidated_at__gt=at))
        agreed = ~Q(source=TrainingRecord.Source.ENTERED) | Q(confirmed_at__lte=at)
        replaced = CourseVersion.objects.filter(
            course=models.OuterRef("version__course"),
            number__gt=models.OuterRef("version__number"),
            replaces_from__lte=at,
        )
        return standing.filter(agreed).exclude(models.Exists(replaced))

    def visible_to(self, actor: Any) -> TrainingRecordQuerySet:
        """One's own; all for the service desk and auditors."""
        if not actor.is_active:
            return self.none()
        if holds_any(actor, Role.SERVICE_DESK, Role.AUDITOR):
            return self.all()
        return self.filter(person_id=actor.pk)


class TrainingRecord(models.Model):
    """A certificate: who passed what, when, until when it counts, and on whose word."""

    class Source(models.TextChoices):
        QUIZ = "quiz", "Passed in the portal"
        CALLBACK = "callback", "Sent by a training provider"
        ENTERED = "entered", "Entered by two people"

    number = models.CharField(max_length=24, unique=True)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="training")
    version = models.ForeignKey(CourseVersion, on_delete=models.PROTECT, related_name="records")
    source = models.CharField(max_length=20, choices=Source.choices)
    provider = models.CharField(max_length=60, blank=True)
    external_number = models.CharField(max_length=80, blank=True)
    passed_at = models.DateTimeField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now)
    evidence = models.TextField(blank=True)
    entered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    invalidated_at = models.DateTimeField(null=True, blank=True)
    invalidated_reason = models.TextField(blank=True)

    objects = TrainingRecordQuerySet.as_manager()

    class Meta:
        ordering = ("-valid_until", "-pk")
        indexes = [models.Index(fields=["person", "valid_until"], name="training_by_person")]
        constraints = [
            models.CheckConstraint(condition=Q(valid_until__gt=F("valid_from")), name="training_ends_after_it_begins"),
            models.UniqueConstraint(
                fields=["provider", "external_number"],
                condition=~Q(external_number=""),
                name="each_external_certificate_counts_once",
            ),
            models.CheckConstraint(
                condition=~Q(source="entered") | Q(entered_by__isnull=False), name="an_entry_names_who_made_it"
            ),
            models.CheckConstraint(
                condition=Q(entered_by=None) | ~Q(entered_by=F("person")), name="nobody_enters_their_own_training"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | (~Q(confirmed_by=F("entered_by")) & ~Q(confirmed_by=F("person"))),
                name="a_second_person_confirms_training",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="a_confirmation_has_name_and_time",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("training-list")

    @property
    def reference(self) -> str:
        return self.number

    def standing_at(self, at: datetime) -> str:
        """In words what it is worth at this instant."""
        if self.invalidated_at is not None and self.invalidated_at <= at:
            return "Invalidated"
        if self.source == self.Source.ENTERED and self.confirmed_at is None:
            return "Waiting for a second person"
        if self.valid_until <= at:
            return "Expired"
        return "Valid" if self.valid_from <= at else "From later on"
