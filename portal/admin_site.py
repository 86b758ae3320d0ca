"""Django's admin as a reading room: every model in it is read-only, also to superusers, unless its admin class says
`is_reference_table = True`. People are governed on the portal's own pages, through services that ask and record."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest, HttpResponse


class ReadOnly:
    """What an admin class is mixed with to let nobody add, change or delete."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only the filters that the list offers: others would tell, letter by letter, what its pages leave out."""
        offered = {name for name in self.get_list_filter(request) if isinstance(name, str)}  # type: ignore[attr-defined]
        return lookup.split("__")[0] in offered and super().lookup_allowed(lookup, value, request)  # type: ignore[misc]


# Rows that are keys: whoever reads a second factor's seed can give that factor; whoever changes what a provider says
# of whom can sign in as them. They are not shown to anybody.
KEYS = frozenset(
    {"mfa.authenticator", "socialaccount.socialaccount", "socialaccount.socialapp", "socialaccount.socialtoken"}
)


class LecternAdminSite(AdminSite):
    """For people with `is_staff`, who sign in on the portal's own page, where attempts are counted."""

    site_title = "Lectern reference tables"
    site_header = "Lectern reference tables"
    index_title = "Tables"
    site_url = "/"

    def register(
        self, model_or_iterable: Any, admin_class: type[ModelAdmin[Any]] | None = None, **options: Any
    ) -> None:
        """Register a model, read-only where its admin class does not say otherwise; models of keys are left out."""
        models = model_or_iterable if isinstance(model_or_iterable, list | tuple) else [model_or_iterable]
        shown = [model for model in models if model._meta.label_lower not in KEYS]
        chosen = admin_class or ModelAdmin
        if not getattr(chosen, "is_reference_table", False):
            chosen = type(chosen.__name__, (ReadOnly, chosen), {})
        super().register(shown, chosen, **options)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The portal's sign-in page; 403 for people who are signed in and may not be here."""
        answer: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return answer
