"""People and their roles in Django's admin: to look at. portal/admin_site.py makes them read-only."""

from __future__ import annotations

from django.contrib import admin

from accounts.models import ApiToken, RoleGrant, RoleRequest, User


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Accounts."""

    list_display = ("email", "display_name", "is_active", "is_staff", "created_at", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "display_name")
    ordering = ("email",)
    fields = ("email", "display_name", "is_active", "is_staff", "created_at", "last_login")


@admin.register(RoleGrant)
class RoleGrantAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Who holds or held which role, and why."""

    list_display = ("person", "role", "scope", "starts_at", "until", "granted_by")
    list_filter = ("role",)
    search_fields = ("person__email", "person__display_name", "reason")
    list_select_related = ("person", "granted_by")
    ordering = ("-starts_at",)


@admin.register(RoleRequest)
class RoleRequestAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Who asked that somebody be given a role, and who answered."""

    list_display = ("reference", "person", "role", "scope", "status", "requested_by", "decided_by", "expires_at")
    list_filter = ("status", "role")
    search_fields = ("reference", "person__email", "person__display_name")
    list_select_related = ("person", "requested_by", "decided_by")
    ordering = ("-expires_at",)


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Tokens, without what could be compared with a key."""

    list_display = ("prefix", "person", "name", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("person",)
    ordering = ("-created_at",)
    fields = ("prefix", "person", "name", "created_at", "last_used_at", "expires_at", "revoked_at")
