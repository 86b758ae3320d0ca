"""Incidents, what was done about them, and by what a barred person is known again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q

from accounts.models.institutions import Institution, scopes_of
from accounts.models.people import User
from accounts.roles import Role
from portal.kernel import clock

HANDLERS = (Role.SERVICE_DESK, Role.DATA_MANAGER, Role.AIRLOCK_CHECKER, Role.ARC_CHAIR, Role.ARC_MEMBER, Role.AUDITOR)


def holds_somewhere(actor: Any, *roles: Role) -> bool:
    """Whether the person holds one of these roles now, in whatever scope: deputies and representatives have one."""
    wanted = {role.value for role in roles}
    return isinstance(actor, User) and actor.is_active and any(role in wanted for role, _ in actor.current_roles())


class IncidentQuerySet(models.QuerySet["Incident"]):
    def visible_to(self, actor: Any) -> IncidentQuerySet:
        """For who handles incidents all, except what is about themselves; for everybody else nothing."""
        if not holds_somewhere(actor, *HANDLERS):
            return self.none()
        own = scopes_of(actor, Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY)
        return self.exclude(person=actor.pk).exclude(institution__reference__in=own)

    def concerning(self, actor: Any) -> IncidentQuerySet:
        """Those in which something was laid upon the actor, or upon an institution that they speak for."""
        if not isinstance(actor, User) or not actor.is_active:
            return self.none()
        speaks_for = scopes_of(actor, Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY)
        about = Q(person=actor) | Q(institution__reference__in=speaks_for)
        return self.filter(about).filter(Q(sanctions__isnull=False) | Q(decided_at__isnull=False)).distinct()


class Incident(models.Model):
    """Something that should not have happened, who is said to have done it, and what was found."""

    class Status(models.TextChoices):
        REPORTED = "reported", "Reported"
        INVESTIGATING = "investigating", "Under investigation"
        PROPOSED = "proposed", "Waits for a second person"
        DECIDED = "decided", "Decided"
        APPEALED = "appealed", "Appealed"
        CLOSED = "closed", "Closed"

    class Finding(models.TextChoices):
        UNFOUNDED = "unfounded", "Unfounded"
        MINOR = "minor", "Minor"
        SERIOUS = "serious", "Serious"
        CRITICAL = "critical", "Critical"

    class Measure(models.TextChoices):
        NONE = "none", "Nothing"
        WARNING = "warning", "A warning"
        SUSPENSION = "suspension", "A suspension"
        BAR = "bar", "A bar"

    reference = models.CharField(max_length=20, unique=True)
    status = models.CharField(max_length=13, choices=Status.choices, default=Status.REPORTED)
    person = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="incidents")
    institution = models.ForeignKey(
        Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="incidents"
    )
    about = models.CharField(max_length=200, blank=True, help_text="Whom the report names, in its own words")
    what = models.TextField(help_text="What happened, as reported")
    reported_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(default=clock.now)
    finding = models.CharField(max_length=10, choices=Finding.choices, blank=True)
    measure = models.CharField(max_length=10, choices=Measure.choices, blank=True)
    measure_months = models.PositiveSmallIntegerField(null=True, blank=True, help_text="None: for good")
    grounds = models.TextField(blank=True, help_text="Why, as the person concerned reads it")
    proposed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    appeal_by = models.DateTimeField(null=True, blank=True, help_text="Until when an appeal can be made")
    appeal = models.TextField(blank=True)
    appealed_at = models.DateTimeField(null=True, blank=True)
    heard_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    heard_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(blank=True, help_text="What was answered to the appeal")

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ("-reported_at", "-pk")
        indexes = [models.Index(fields=["status", "-reported_at"], name="incident_status")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["reported", "closed"]) | ~Q(person=None, institution=None),
                name="incident_is_about_somebody",
            ),
            models.CheckConstraint(condition=Q(person=None) | Q(institution=None), name="incident_is_about_one"),
            models.CheckConstraint(
                condition=Q(decided_by=None)
                | (~Q(decided_by=F("proposed_by")) & ~Q(decided_by=F("reported_by")) & Q(proposed_by__isnull=False)),
                name="incident_is_decided_by_two",
            ),
            models.CheckConstraint(
                condition=Q(heard_by=None) | (~Q(heard_by=F("proposed_by")) & ~Q(heard_by=F("decided_by"))),
                name="appeal_is_heard_by_others",
            ),
            models.CheckConstraint(
                condition=Q(person=None)
                | (
                    (Q(proposed_by=None) | ~Q(proposed_by=F("person")))
                    & (Q(decided_by=None) | ~Q(decided_by=F("person")))
                    & (Q(heard_by=None) | ~Q(heard_by=F("person")))
                ),
                name="nobody_decides_about_themselves",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("incident-detail", args=[self.reference])


class SanctionQuerySet(models.QuerySet["Sanction"]):
    def in_force(self, at: datetime) -> SanctionQuerySet:
        """What holds at this instant: by its dates alone, whatever any job has done."""
        begun = self.filter(starts_at__lte=at)
        return begun.filter(Q(until=None) | Q(until__gt=at)).filter(Q(lifted_at=None) | Q(lifted_at__gt=at))


class Sanction(models.Model):
    """That a person or an institution is kept out, from one instant to another: at first as a hold, or as decided.

    A hold is laid by one person for a few days; it lasts for longer only if a second one confirms it.
    """

    class Kind(models.TextChoices):
        HOLD = "hold", "On hold"
        SUSPENSION = "suspension", "Suspended"
        BAR = "bar", "Barred"

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="sanctions")
    person = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="sanctions")
    institution = models.ForeignKey(
        Institution, null=True, blank=True, on_delete=models.PROTECT, related_name="sanctions"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    starts_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True, help_text="None: for good")
    laid_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = SanctionQuerySet.as_manager()

    class Meta:
        ordering = ("-starts_at", "-pk")
        indexes = [
            models.Index(fields=["person", "starts_at"], name="sanction_person"),
            models.Index(fields=["institution", "starts_at"], name="sanction_institution"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None, institution__isnull=False) | Q(person__isnull=False, institution=None),
                name="sanction_is_about_one",
            ),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gt=F("starts_at")), name="sanction_ends_later"),
            models.CheckConstraint(
                condition=Q(kind="hold", until__isnull=False) | Q(confirmed_by__isnull=False),
                name="sanction_takes_two_people",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("laid_by")), name="second_person_is_another"
            ),
            models.CheckConstraint(
                condition=Q(person=None) | (~Q(laid_by=F("person")) & ~Q(confirmed_by=F("person"))),
                name="nobody_sanctions_themselves",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.incident_id})"

    def ends_at(self) -> datetime | None:
        """When it ends or ended; None where it is for good."""
        ends = [end for end in (self.until, self.lifted_at) if end is not None]
        return min(ends, default=None)

    def holds(self, at: datetime) -> bool:
        """Whether it holds at this instant."""
        end = self.ends_at()
        return self.starts_at <= at and (end is None or end > at)


class Mark(models.Model):
    """By what a barred person is known again, whatever account they use: a keyed hash, never the value."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="marks")
    kind = models.CharField(max_length=12)
    digest = models.CharField(max_length=64)
    noted_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["digest"], name="mark_digest")]
        constraints = [models.UniqueConstraint(fields=["person", "digest"], name="each_mark_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.person_id}"


class Recognition(models.Model):
    """That an account may belong to a barred person. Until somebody has looked, its access is not opened."""

    class Answer(models.TextChoices):
        OPEN = "open", "To be checked"
        SAME = "same", "The same person"
        OTHER = "other", "Somebody else"

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="recognitions")
    known_as = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, help_text="By what")
    noticed_at = models.DateTimeField(default=clock.now)
    answer = models.CharField(max_length=5, choices=Answer.choices, default=Answer.OPEN)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("noticed_at", "pk")
        constraints = [
            models.UniqueConstraint(fields=["person", "known_as"], name="one_recognition_of_two_accounts"),
            models.CheckConstraint(condition=~Q(person=F("known_as")), name="accounts_are_two"),
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(answered_by=F("person")), name="nobody_says_whose_account_theirs_is"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} as {self.known_as_id}"
