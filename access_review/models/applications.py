"""Applications for a project: what is being written, what was sent, and who is in the team."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import Affiliation, Domain, User, holds_any, scopes_of
from accounts.roles import COMMUNITY, Role
from portal.kernel import clock

TOLD_OF_ALL = (Role.SERVICE_DESK, Role.AUDITOR, Role.ADMINISTRATOR)  # that an application was sent


class ProjectApplicationQuerySet(models.QuerySet["Application"]):
    def of_team(self, actor: Any) -> ProjectApplicationQuerySet:
        """Those that the person leads, or in whose team they accepted a place."""
        if not isinstance(actor, User) or not actor.is_active:
            return self.none()
        places = TeamPlace.objects.filter(application=OuterRef("pk"), person=actor, removed_at=None)
        return self.filter(Q(lead=actor) | Exists(places.exclude(accepted_at=None)))

    def reviewable_by(self, actor: Any) -> ProjectApplicationQuerySet:
        """What was sent, for who works for the committee: all for chair, secretariat and auditors, else the assigned.

        One's own are absent: nobody meets their own application on the committee's pages.
        """
        from access_review.models.committee import Assignment

        if not isinstance(actor, User) or not actor.is_active:
            return self.none()
        sent = self.exclude(submitted_at=None).exclude(pk__in=self.model.objects.of_team(actor).values("pk"))
        if presides(actor) or holds_any(actor, Role.ARC_SECRETARIAT, Role.AUDITOR):
            return sent
        if not sits(actor):
            return self.none()
        assigned = Assignment.objects.filter(application=OuterRef("pk"), person=actor, ended_at=None)
        return sent.filter(Exists(assigned))

    def known_to(self, actor: Any) -> ProjectApplicationQuerySet:
        """What was sent, for who may know that it was, but not what stands in it: of a community for those who lead
        it, of its own people for an institution, all for TOLD_OF_ALL."""
        sent = self.exclude(submitted_at=None)
        if holds_any(actor, *TOLD_OF_ALL):
            return sent
        led = scopes_of(actor, *COMMUNITY)
        houses = scopes_of(actor, Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY)
        there = Affiliation.objects.in_force(clock.now()).filter(institution__reference__in=houses)
        return sent.filter(Q(domain__slug__in=led) | Exists(there.filter(person=OuterRef("lead"))))

    def visible_to(self, actor: Any) -> ProjectApplicationQuerySet:
        """The team's own, and what one reviews."""
        mine, theirs = self.model.objects.of_team(actor), self.model.objects.reviewable_by(actor)
        return self.filter(Q(pk__in=mine.values("pk")) | Q(pk__in=theirs.values("pk")))


def knows_of_applications(actor: Any) -> bool:
    """Whether the person is told that applications were sent: see `known_to`."""
    speaks = scopes_of(actor, *COMMUNITY, Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY)
    return bool(speaks) or holds_any(actor, *TOLD_OF_ALL)


def sits(actor: Any) -> bool:
    """Whether the person sits on the committee: members, participant representatives, chair and deputy."""
    seats = {Role.ARC_MEMBER.value, Role.ARC_CHAIR.value}
    return isinstance(actor, User) and actor.is_active and any(role in seats for role, _ in actor.current_roles())


def presides(actor: Any) -> bool:
    """Whether the person is the committee's chair or its deputy (the same role, with the scope "deputy")."""
    chair = Role.ARC_CHAIR.value
    return isinstance(actor, User) and actor.is_active and any(role == chair for role, _ in actor.current_roles())


class Application(models.Model):
    """A request for a project, or for a change of one (`amends`). Its answers are rows; what was sent is frozen."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Submitted"
        TRIAGE = "triage", "In triage"
        RETURNED = "returned", "Returned"
        IN_REVIEW = "in_review", "In review"
        CONDITIONAL = "conditional", "Approved with conditions"
        APPROVED = "approved", "Approved"
        DEFERRED = "deferred", "Deferred"
        DECLINED = "declined", "Declined"
        APPEALED = "appealed", "Appealed"
        DISMISSED = "dismissed", "Appeal dismissed"
        WITHDRAWN = "withdrawn", "Withdrawn"
        LAPSED = "lapsed", "Lapsed"

    WRITABLE = (Status.DRAFT, Status.RETURNED, Status.DEFERRED)
    UNDER_WAY = (
        *WRITABLE,
        Status.SUBMITTED,
        Status.TRIAGE,
        Status.IN_REVIEW,
        Status.CONDITIONAL,
        Status.APPEALED,
    )  # one change of a project at a time, so that each is compared with what stands when it comes into force
    CAME_TO_NOTHING = (Status.DECLINED, Status.DISMISSED, Status.WITHDRAWN, Status.LAPSED)
    DECIDED = (Status.CONDITIONAL, Status.APPROVED, Status.DECLINED, Status.DISMISSED)
    VOTES_ARE_OPEN = (*DECIDED, Status.DEFERRED, Status.APPEALED)  # to the committee, each vote being decided on

    reference = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=200, blank=True)
    lead = models.ForeignKey(User, on_delete=models.PROTECT, related_name="led_applications")
    domain = models.ForeignKey(Domain, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    amends = models.ForeignKey(
        "access_review.Project", null=True, blank=True, on_delete=models.PROTECT, related_name="amendments"
    )
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.DRAFT)
    created_at = models.DateTimeField(default=clock.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, help_text="Empty while nobody of the committee has to act")
    decided_at = models.DateTimeField(null=True, blank=True)
    lapses_at = models.DateTimeField(null=True, blank=True, help_text="Only while the team has it in hand")
    extended_at = models.DateTimeField(null=True, blank=True, help_text="When the chair gave the review more time")
    fast_track = models.BooleanField(default=False)
    contract_reference = models.CharField(max_length=60, blank=True, help_text="Discovery Forum: the signed contract")

    objects = ProjectApplicationQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes = [
            models.Index(fields=["status", "due_at"], name="application_queue"),
            models.Index(fields=["lead", "status"], name="application_lead"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["amends"],
                condition=Q(
                    status__in=[
                        "draft",
                        "returned",
                        "deferred",
                        "submitted",
                        "triage",
                        "in_review",
                        "conditional",
                        "appealed",
                    ]
                ),
                name="one_open_amendment_per_project",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "withdrawn", "lapsed"]) | Q(submitted_at__isnull=False),
                name="what_was_sent_has_its_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title or 'without a title'}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("access_review:application-detail", args=[self.reference])

    @property
    def is_writable(self) -> bool:
        """Whether the team may change the answers now."""
        return self.status in self.WRITABLE


class SectionAnswer(models.Model):
    """The answers of one section as they stand; `revision` counts the saves, so that two editors notice each other."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="answers")
    section = models.SlugField(max_length=30)
    values = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "section"], name="one_row_per_section")]

    def __str__(self) -> str:
        return f"{self.application_id} {self.section} r{self.revision}"


class ApplicationVersion(models.Model):
    """What was sent, as canonical JSON with its SHA-256. Never changed: a trigger refuses it."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    canonical_json = models.TextField()
    sha256 = models.CharField(max_length=64)
    form_version = models.CharField(max_length=12)
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()

    class Meta:
        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=["application", "number"], name="one_frozen_version_per_number")]

    def __str__(self) -> str:
        return f"{self.application_id} v{self.number}"

    @property
    def content(self) -> dict[str, Any]:
        """The answers by section, the team and the attachments."""
        read: dict[str, Any] = json.loads(self.canonical_json)
        return read


class TeamPlace(models.Model):
    """A place in the team: invited by an address, accepted by the person who signs in with that very address."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="places")
    email = models.EmailField()
    person = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="team_places")
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "email"], condition=Q(removed_at=None), name="one_place_per_address"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(person__isnull=False), name="an_accepted_place_has_its_person"
            ),
        ]

    def __str__(self) -> str:
        return self.email


class Attachment(models.Model):
    """A file that was sent with an application, scanned before it was kept, stored under its SHA-256."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField()
    stored_as = models.CharField(max_length=200)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("added_at", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "sha256"], condition=Q(removed_at=None), name="each_file_is_attached_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name
