"""Invitations by mail: a link that counts once, until a day; only the hash of its token is kept."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from portal.kernel import clock, outbox

INVITATION_LASTS = timedelta(days=14)


def token_hash(token: str) -> str:
    """How an invitation's token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True)
class Invitation:
    """One that is about to be sent: the secret of its link, and from when until when it counts."""

    token: str
    invited_at: datetime
    expires_at: datetime

    @classmethod
    def from_now(cls) -> Invitation:
        """A new secret, good for INVITATION_LASTS."""
        at = clock.now()
        return cls(token=secrets.token_urlsafe(24), invited_at=at, expires_at=at + INVITATION_LASTS)

    @property
    def kept(self) -> dict[str, str | datetime]:
        """What the row of the invitation holds."""
        return {
            "token_sha256": token_hash(self.token),
            "invited_at": self.invited_at,
            "expires_at": self.expires_at,
        }

    def send(self, *, email: str, inviter: User, page: str, subject: str, asks: str) -> None:
        """Mail the link to `page`. Its address comes from the settings: what a request calls itself is not mailed."""
        base = settings.LECTERN_ADDRESS.rstrip("/") + reverse(f"access_review:{page}", args=[self.token])
        outbox.enqueue(
            recipient=email,
            subject=f"{inviter.display_name} invites you to {subject}",
            text=(
                f"{inviter.display_name} asks you to {asks} in Lectern.\n\n"
                f"Sign in with this address and answer until {self.expires_at:%-d %B %Y}:\n{base}"
            ),
        )
