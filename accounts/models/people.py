"""People with an account."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
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
            grants = self.role_grants.current(clock.now())
            self._current_roles = frozenset(grants.values_list("role", "scope"))
        return self._current_roles

    def has_role(self, role: Role, scope: str = "") -> bool:
        """Whether the person holds this role now, in this scope or everywhere."""
        return self.is_active and bool({(role.value, scope), (role.value, "")} & self.current_roles())
