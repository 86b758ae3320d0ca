"""The only menu. An item shows if and only if its policy allows; whatever the page, the links are these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from access_review.policies import can_know_of_applications, can_record_data_use, can_see_queue
from accounts.models import User, holds_any, scopes_of
from accounts.policies import can_read_whole_log, can_see_incidents, can_see_roles
from accounts.roles import Role
from airlock.policies import can_see_queue as can_see_airlock_queue


@dataclass(frozen=True)
class NavItem:
    """One link of the service navigation; `visible` is asked with the user."""

    label: str
    url_name: str
    prefix: str
    visible: Callable[[Any], bool]


@dataclass(frozen=True)
class NavLink:
    """A link as the template prints it."""

    label: str
    url: str
    current: bool
    badge: int = 0


@dataclass(frozen=True)
class Tab:
    """A link of a section's own navigation."""

    label: str
    url: str
    current: bool
    count: int | None = None


def works_with_data(user: Any) -> bool:
    """Whoever holds the role of a researcher; whether the way to data is open today, the page itself says."""
    return isinstance(user, User) and user.has_role(Role.RESEARCHER)


def reviews(user: Any) -> bool:
    """Whoever works for the access review committee."""
    return can_see_queue(user, None)


def knows_of_applications(user: Any) -> bool:
    """Leads of communities, who speaks for an institution, and staff."""
    return can_know_of_applications(user, None)


def keeps_terms(user: Any) -> bool:
    """Data managers. The committee finds the terms from its queue."""
    return can_record_data_use(user, None)


def anyone(user: Any) -> bool:
    return True


def sees_applications(user: Any) -> bool:
    """Leads of communities, the service desk and auditors."""
    led = scopes_of(user, Role.DOMAIN_LEAD, Role.DOMAIN_DEPUTY)
    return bool(led) or holds_any(user, Role.SERVICE_DESK, Role.AUDITOR)


def sees_institutions(user: Any) -> bool:
    """Whoever speaks for an institution, and staff."""
    own = scopes_of(user, Role.INSTITUTION_SECRETARY, Role.INSTITUTION_SIGNATORY)
    return bool(own) or holds_any(user, Role.SERVICE_DESK, Role.AUDITOR, Role.ADMINISTRATOR)


def keeps_roles(user: Any) -> bool:
    """Who keeps the roles of others, or watches over them."""
    return can_see_roles(user, None)


def reads_audit_log(user: Any) -> bool:
    """Auditors. What one did oneself is linked from one's account."""
    return can_read_whole_log(user, None)


def checks_airlock(user: Any) -> bool:
    """Checkers, airlock managers, the committee and auditors."""
    return can_see_airlock_queue(user, None)


def handles_incidents(user: Any) -> bool:
    """The service desk, data managers, output checkers, the committee and auditors."""
    return can_see_incidents(user, None)


ITEMS = (
    NavItem("Home", "home", "/", anyone),
    NavItem("Research environment", "research_env:environment", "/environment/", works_with_data),
    NavItem("Airlock", "airlock:export-list", "/airlock/requests/", works_with_data),
    NavItem("Airlock checks", "airlock:queue", "/airlock/checks/", checks_airlock),
    NavItem("Apply for a project", "access_review:application-list", "/project-applications/", works_with_data),
    NavItem("Project applications", "access_review:application-known", "/sent-applications/", knows_of_applications),
    NavItem("Review", "access_review:queue", "/review/", reviews),
    NavItem("Terms of datasets", "access_review:terms-list", "/review/terms/", keeps_terms),
    NavItem("Projects", "access_review:register", "/projects/", anyone),
    NavItem("Data", "ngrl:release-list", "/data/", anyone),
    NavItem("Gene panels", "panels:panel-list", "/panels/", anyone),
    NavItem("Communities", "domain-list", "/communities/", anyone),
    NavItem("Applications", "application-list", "/applications/", sees_applications),
    NavItem("Incidents", "incident-list", "/incidents/", handles_incidents),
    NavItem("Institutions", "institution-list", "/registry/", sees_institutions),
    NavItem("People", "people-list", "/people/", keeps_roles),
    NavItem("Audit log", "audit-log", "/audit/", reads_audit_log),
)


def page_context(request: HttpRequest) -> dict[str, Any]:
    """What base.html needs on each page."""
    always = {"demo_mode": settings.DEMO, "service_desk": settings.SERVICE_DESK_ADDRESS}
    user = getattr(request, "user", None)
    if user is None:
        return {"navigation": [], "unread_notifications": 0, **always}
    links = [
        NavLink(item.label, reverse(item.url_name), _is_current(item.prefix, request.path))
        for item in ITEMS
        if item.visible(user)
    ]
    unread = user.notifications.unread().count() if user.is_authenticated else 0
    return {"navigation": links, "unread_notifications": unread, **always}


def _is_current(prefix: str, path: str) -> bool:
    return path == prefix if prefix == "/" else path.startswith(prefix)
