"""People, the roles they hold, and the keys of their programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from accounts.roles import Role
from portal.kernel import clock


class UserManager(BaseUserManager["User"]):
    """Makes accounts; the e-mail address is the name."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new account. The address is kept in lower case throughout, so that it is one name."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """An account for Django's own admin. It gives no data and no governance verb."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account."""

    email = models.EmailField("e-mail address", unique=True)
    display_name = models.CharField("name", max_length=150)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("may open Django's admin", default=False)
    created_at = models.DateTimeField(default=clock.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_account_per_address"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="address_in_lower_case"),
        ]

    def __str__(self) -> str:
        return self.display_name

    def get_full_name(self) -> str:
        return self.display_name

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("account-profile")

    def current_roles(self) -> frozenset[tuple[str, str]]:
        """(role, scope) pairs held now. One query for each instance of the person: a request asks once."""
        if not hasattr(self, "_current_roles"):
            grants = RoleGrant.objects.filter(person=self).current(clock.now())
            self._current_roles = frozenset(grants.values_list("role", "scope"))
        return self._current_roles

    def has_role(self, role: Role, scope: str = "") -> bool:
        """Whether the person holds this role now, in this scope or everywhere."""
        return self.is_active and bool({(role.value, scope), (role.value, "")} & self.current_roles())


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
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="token_expires_after_creation")
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
