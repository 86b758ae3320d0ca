"""Who is signed in where. The table of sessions says whose each is, so that people see theirs and can end them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from accounts.models.people import User

SIGN_IN = "sign_in"  # in a session: what is shown of it, written when somebody signs in


class SignedInSessionQuerySet(models.QuerySet["SignedInSession"]):
    def visible_to(self, actor: Any) -> SignedInSessionQuerySet:
        """A person's own sessions."""
        return self.filter(person_id=actor.pk) if actor.is_authenticated else self.none()

    def current(self, at: datetime) -> SignedInSessionQuerySet:
        """Not over at this instant."""
        return self.filter(expire_date__gt=at)


class SignedInSession(AbstractBaseSession):
    """One browser's session. Its key, which is the cookie, never leaves this table: pages name the `reference`."""

    person = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    reference = models.CharField(max_length=16, blank=True, db_index=True)
    started_at = models.DateTimeField(null=True)
    browser = models.CharField(max_length=120, blank=True)
    address = models.GenericIPAddressField(null=True)

    objects: ClassVar[Any] = SignedInSessionQuerySet.as_manager()  # type: ignore[assignment]  # the stubs name one kind

    class Meta:
        verbose_name = "session"

    def __str__(self) -> str:
        return self.reference

    @classmethod
    def get_session_store_class(cls) -> Any:
        from accounts.models.session_store import SessionStore

        return SessionStore
