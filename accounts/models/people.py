"""People with an account."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.roles import COMMUNITY, Role
from portal.kernel import clock

SEE_EVERYBODY = (Role.ADMINISTRATOR, Role.AUDITOR, Role.SERVICE_DESK, Role.DATA_MANAGER)
SPEAKERS = (Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY)
ORCID_FORM = r"^[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]$"
LIVE_AFFILIATIONS = ("waiting", "asked", "confirmed")


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, actor: Any) -> UserQuerySet:
        """Oneself; for staff everybody; people of the institution that one speaks for, or the community that one leads.

        The same rule for one person is `policies.can_see_person`.
        """
        if not isinstance(actor, User) or not actor.is_active:
            return self.none()
        held = actor.current_roles()
        if any((role.value, "") in held for role in SEE_EVERYBODY) or any(role == Role.ARC_CHAIR for role, _ in held):
            return self.all()
        spoken_for = [scope for role, scope in held if role in SPEAKERS and scope]
        led = [scope for role, scope in held if role in COMMUNITY and scope]
        seen = Q(pk=actor.pk)
        if spoken_for:
            live = Q(affiliations__institution__reference__in=spoken_for, affiliations__status__in=LIVE_AFFILIATIONS)
            seen |= Q(pk__in=self.model._base_manager.filter(live).values("pk"))
        if led:
            joined = Q(domain_applications__domain__slug__in=led, domain_applications__submitted_at__isnull=False)
            seen |= Q(pk__in=self.model._base_manager.filter(joined).values("pk"))
        return self.filter(seen)


class UserManager(BaseUserManager["User"]):
    """Makes accounts; the e-mail address is the name."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new account. The address is kept in lower case throughout, so that it is one name."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def visible_to(self, actor: Any) -> UserQuerySet:
        """The people whom the actor may see at all."""
        return UserQuerySet(self.model, using=self._db).visible_to(actor)

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """An account for Django's own admin. It gives no data and no governance verb."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account."""

    email = models.EmailField("e-mail address", unique=True)
    display_name = models.CharField("name", max_length=150)
    is_active = models.BooleanField(default=True)
    pseudonymised_at = models.DateTimeField(null=True, blank=True, help_text="Name and address were taken away")
    is_staff = models.BooleanField("may open Django's admin", default=False)
    created_at = models.DateTimeField(default=clock.now)
    orcid = models.CharField(
        "ORCID iD", max_length=19, null=True, blank=True, unique=True, help_text="Proved by signing in at ORCID"
    )
    orcid_proved_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_account_per_address"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="address_in_lower_case"),
            models.CheckConstraint(
                condition=Q(orcid=None, orcid_proved_at=None)
                | Q(orcid__regex=ORCID_FORM, orcid_proved_at__isnull=False),
                name="orcid_is_proved",
            ),
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
        at = clock.now()
        if not hasattr(self, "_current_roles"):
            self._current_roles = tuple(self.role_grants.current(at).values_list("role", "scope", "until"))
        # Asked again each time: a role that ends in the middle of a request ends there.
        return frozenset((role, scope) for role, scope, until in self._current_roles if until is None or until > at)

    def has_role(self, role: Role, scope: str = "") -> bool:
        """Whether the person holds this role now, in this scope or everywhere."""
        return self.is_active and bool({(role.value, scope), (role.value, "")} & self.current_roles())
