"""Registrations that wait for their address to be proved. Nobody has an account before."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from portal.kernel import clock


class Registration(models.Model):
    """What somebody typed who wants an account, until the link in the mail is followed or a day has passed.

    `issuer` and `subject` are those of an identity provider where they came from one. The link is kept as a hash.
    """

    email = models.EmailField("e-mail address")
    display_name = models.CharField("name", max_length=150)
    token_sha256 = models.CharField(max_length=64, unique=True)
    issuer = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=191, blank=True)
    asked_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(issuer="", subject="") | (~Q(issuer="") & ~Q(subject="")),
                name="subject_has_an_issuer",
            ),
        ]

    def __str__(self) -> str:
        return f"Registration {self.pk}"
