"""Queries in Django's admin: to look at, without what was asked or found. portal/admin_site.py makes it read-only."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from portal.kernel.refusals import Refusal
from research_env import services
from research_env.models import ComputeJob, ProjectAllowance, Query, QueryResult, QuerySlice


@admin.register(Query)
class QueryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """How queries stand. The question itself is the project's: it may hold pseudonyms."""

    list_display = ("reference", "project", "author", "release", "status", "created_at", "submitted_at", "finished_at")
    list_filter = ("status", "release")
    search_fields = ("reference", "project__reference", "author__email")
    list_select_related = ("project", "author", "release")
    ordering = ("-created_at",)
    fields = (*list_display, "failure", "rerun_of", "estimated_records", "estimated_bytes", "estimated_seconds")
    actions = ("cancel",)

    @admin.action(description="Cancel the chosen queries")
    def cancel(self, request: HttpRequest, chosen: QuerySet[Query]) -> None:
        """Ask the same service as the page does; it refuses whoever is neither author nor lead."""
        assert isinstance(request.user, User), "the admin has signed the person in"
        for query in chosen.select_related("project"):
            try:
                services.cancel_query(actor=request.user, query=query)
            except Refusal as refusal:
                self.message_user(request, f"{query.reference}: {refusal.sentence}", messages.ERROR)
            else:
                self.message_user(request, f"{query.reference} was cancelled.", messages.SUCCESS)


@admin.register(QuerySlice)
class QuerySliceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Pieces of work: who is late, what was tried how often."""

    list_display = ("query", "position", "kind", "chunk", "state", "attempts", "lease_until", "records_read")
    list_filter = ("state", "kind")
    search_fields = ("query__reference",)
    list_select_related = ("query", "chunk")
    ordering = ("-query", "position")
    fields = (*list_display, "announced_at", "started_at", "finished_at", "records_estimated", "last_error")


@admin.register(QueryResult)
class QueryResultAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """That a result exists, and how large it is; not what was found, nor where it lies."""

    list_display = ("query", "created_at", "consent_read_at", "engine_version", "size_bytes")
    search_fields = ("query__reference",)
    list_select_related = ("query",)
    ordering = ("-created_at",)
    fields = (*list_display, "variants_sha256", "carriers_sha256")


@admin.register(ComputeJob)
class ComputeJobAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Jobs of AWS Batch or Slurm, with where their logs are."""

    list_display = ("query", "executor", "external_id", "state", "created_at", "ended_at", "status_reason")
    list_filter = ("state", "executor")
    search_fields = ("query__reference", "external_id")
    list_select_related = ("query",)
    ordering = ("-created_at",)
    fields = (*list_display, "log_url", "children")


@admin.register(ProjectAllowance)
class ProjectAllowanceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Projects whose allowance differs from everybody's; the command set_allowance changes it."""

    list_display = ("project", "concurrent_slices", "cpu_hours_per_month", "gigabytes_per_month")
    search_fields = ("project__reference",)
    list_select_related = ("project",)
