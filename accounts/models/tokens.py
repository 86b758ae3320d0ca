"""The keys of people's programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models.people import User


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, actor: Any) -> ApiTokenQuerySet:
        """A person's own tokens."""
        return self.filter(person_id=actor.pk) if actor.is_authenticated else self.none()

    def current(self, at: datetime) -> ApiTokenQuerySet:
        """Neither expired nor revoked at this instant."""
        return self.filter(expires_at__gt=at, revoked_at=None)


class ApiToken(models.Model):
    """A key for a person's programs. Only its SHA-256 is kept; the key itself is shown once."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40), help_text="What it may do (portal.kernel.scopes).")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="token_expires_after_creation"),
            models.CheckConstraint(condition=Q(scopes__len__gt=0), name="token_may_do_something"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def reference(self) -> str:
        return self.prefix

    def state_at(self, at: datetime) -> str:
        """ "active", "expired" or "revoked"."""
        if self.revoked_at:
            return "revoked"
        return "active" if self.expires_at > at else "expired"
