"""The roles that people hold, and the requests by which two people give them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from accounts.models.people import User
from accounts.roles import COMMITTEE, COMMUNITY, Role
from portal.kernel import clock

EMERGENCY_LASTS = timedelta(hours=4)  # at most


def grants_seen_by(actor: Any) -> Q | None:
    """Which roles of others somebody sees, as a condition on role and scope; None: all of them."""
    if not isinstance(actor, User) or not actor.is_active:
        return Q(pk__in=[])
    held = actor.current_roles()
    if {(role.value, "") for role in (Role.ADMINISTRATOR, Role.AUDITOR, Role.SERVICE_DESK)} & held:
        return None
    seen = Q(pk__in=[])
    if any(role == Role.ARC_CHAIR for role, _ in held):
        seen |= Q(role__in=COMMITTEE)
    led = [scope for role, scope in held if role in COMMUNITY and scope]
    if led:
        seen |= Q(role__in=COMMUNITY, scope__in=led)
    spoken_for = [
        scope for role, scope in held if role in (Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY) and scope
    ]
    return seen | Q(scope__in=spoken_for) if spoken_for else seen


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def current(self, at: datetime) -> RoleGrantQuerySet:
        """Grants in force at this instant: the start is inside, the end is outside.

        Whoever is kept out holds no role meanwhile; the rows stay, and count again when that is over.
        """
        from accounts.models.incidents import Sanction  # here: incidents stand on institutions, and those on roles

        kept_out = Sanction.objects.in_force(at).filter(person=OuterRef("person"))
        return self.filter(~Exists(kept_out), starts_at__lte=at).filter(Q(until=None) | Q(until__gt=at))

    def visible_to(self, actor: Any) -> RoleGrantQuerySet:
        """One's own; those of one's committee, community or institution; for staff who keep roles, all."""
        seen = grants_seen_by(actor)
        return self.all() if seen is None else self.filter(Q(person_id=actor.pk) | seen)


class RoleGrant(models.Model):
    """That a person holds a role from one instant to another, who gave it, and why."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=40, choices=Role.choices)
    scope = models.CharField(max_length=100, blank=True, help_text="Reference of what it is for; empty: all")
    granted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="The second person"
    )
    reason = models.TextField()
    starts_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    incident = models.CharField(max_length=60, blank=True, help_text="Emergency alone: reference of the incident")

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["person", "role"], name="rolegrant_person_role")]
        constraints = [
            models.CheckConstraint(condition=Q(until=None) | Q(until__gt=F("starts_at")), name="role_ends_after_start"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="role_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="role_has_a_reason"),
            models.CheckConstraint(
                condition=Q(granted_by=None) | ~Q(granted_by=F("person")), name="nobody_grants_themselves_a_role"
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("person")), name="nobody_approves_their_own_role"
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(granted_by=None) | ~Q(approved_by=F("granted_by")),
                name="a_role_is_approved_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(incident="")
                | Q(until__lte=F("starts_at") + EMERGENCY_LASTS, granted_by=None, approved_by__isnull=False),
                name="an_emergency_lasts_four_hours_and_was_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("person-detail", args=[self.person_id])

    @property
    def is_emergency(self) -> bool:
        """Whether it was given for some hours because of an incident."""
        return bool(self.incident)


class RoleRequestQuerySet(models.QuerySet["RoleRequest"]):
    def waiting(self, at: datetime) -> RoleRequestQuerySet:
        """Those that somebody can still answer at this instant."""
        return self.filter(status=RoleRequest.Status.WAITING, expires_at__gt=at)

    def visible_to(self, actor: Any) -> RoleRequestQuerySet:
        """What one asked for, what is about oneself, and what one's own office may see."""
        seen = grants_seen_by(actor)
        own = Q(person_id=actor.pk) | Q(requested_by_id=actor.pk)
        return self.all() if seen is None else self.filter(own | seen)


class RoleRequest(models.Model):
    """One person asks that somebody be given a role; another one answers."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting for a second person"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"
        LAPSED = "lapsed", "Lapsed"

    reference = models.CharField(max_length=20, unique=True)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_requests")
    role = models.CharField(max_length=40, choices=Role.choices)
    scope = models.CharField(max_length=100, blank=True)
    reason = models.TextField()
    until = models.DateTimeField(null=True, blank=True, help_text="Until when the role shall be held")
    incident = models.CharField(max_length=60, blank=True, help_text="Emergency alone: reference of the incident")
    hours = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Emergency alone: for how long")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.WAITING)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(help_text="Unanswered until then, it is over")
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True, help_text="Why it was declined")
    grant = models.OneToOneField(RoleGrant, null=True, blank=True, on_delete=models.PROTECT, related_name="request")

    objects = RoleRequestQuerySet.as_manager()

    class Meta:
        ordering = ("-requested_at", "-pk")
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="requested_role_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="a_role_request_has_a_reason"),
            models.CheckConstraint(
                condition=~Q(requested_by=F("person")) | ~Q(incident=""), name="nobody_requests_a_role_for_themselves"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | (~Q(decided_by=F("person")) & ~Q(decided_by=F("requested_by"))),
                name="a_role_request_is_answered_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(incident="", hours=None) | (~Q(incident="") & Q(hours__range=(1, 4))),
                name="an_emergency_names_its_incident_and_hours",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved")
                | Q(decided_by__isnull=False, decided_at__isnull=False, grant__isnull=False),
                name="an_approved_role_request_has_its_role",
            ),
            models.UniqueConstraint(
                fields=["person", "role", "scope"],
                condition=Q(status="waiting"),
                name="one_waiting_request_per_person_and_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.get_role_display()} for {self.person}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("role-request-detail", args=[self.reference])

    @property
    def is_emergency(self) -> bool:
        """Whether it asks for a role for some hours because of an incident."""
        return bool(self.incident)

    def standing_at(self, at: datetime) -> str:
        """The status in words, with what the clock has made of one that nobody answered."""
        is_over = self.status == self.Status.WAITING and self.expires_at <= at
        return str(self.Status.LAPSED.label) if is_over else self.get_status_display()
