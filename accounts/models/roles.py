"""The roles that people hold."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from accounts.models.people import User
from accounts.roles import Role


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def current(self, at: datetime) -> RoleGrantQuerySet:
        """Grants in force at this instant: the start is inside, the end is outside."""
        return self.filter(starts_at__lte=at).filter(Q(until=None) | Q(until__gt=at))


class RoleGrant(models.Model):
    """That a person holds a role from one instant to another, who gave it, and why."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=40, choices=Role.choices)
    scope = models.CharField(max_length=100, blank=True, help_text="Reference of what it is for; empty: all")
    granted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    starts_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

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
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_role_display()}"
