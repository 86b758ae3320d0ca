"""Applications and projects in Django's admin: to look at, with acts that ask the same services as the pages.

portal/admin_site.py makes every model here read-only. Who sees which application is decided by `reviewable_by`, as on
the committee's pages; what may be done is decided by the service, row by row. A superuser gets nothing by being one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest

from access_review import services
from access_review.models import Application, Project, Publication
from portal.kernel.refusals import Refusal


class ReasonForm(ActionForm):
    """The choice of an act, with the reason that some of them ask for."""

    reason = forms.CharField(required=False, max_length=500, label="Reason: ")


def one_by_one(request: HttpRequest, rows: QuerySet[Any], act: Callable[[Any, str], object], done: str) -> None:
    """Do the same to each row, in a transaction of its own, and say of each what came of it."""
    reason = str(request.POST.get("reason", "")).replace("\0", "").strip()
    for row in rows.order_by("pk"):
        try:
            act(row, reason)
        except Refusal as refusal:
            messages.error(request, f"{row.reference}: {refusal.sentence}")
        else:
            messages.success(request, f"{row.reference}: {done}")


@admin.register(Application)
class ApplicationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Where applications stand; what is in them is read on the committee's pages."""

    action_form = ReasonForm
    actions = (
        "take_into_triage",
        "give_to_the_committee",
        "return_with_a_question",
        "approve_minor_changes",
        "open_projects",
    )
    list_display = ("reference", "status", "submitted_at", "due_at", "decided_at", "fast_track")
    list_filter = ("status", "fast_track")
    ordering = ("-submitted_at",)
    fields = ("reference", "status", "submitted_at", "due_at", "decided_at", "lapses_at", "fast_track")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        """What the reader meets on the committee's pages too."""
        return Application.objects.reviewable_by(request.user)

    @admin.action(description="Take into triage")
    def take_into_triage(self, request: HttpRequest, rows: QuerySet[Application]) -> None:
        actor: Any = request.user
        one_by_one(
            request, rows, lambda row, _: services.claim_application(actor=actor, application=row), "in triage now."
        )

    @admin.action(description="Give to the committee")
    def give_to_the_committee(self, request: HttpRequest, rows: QuerySet[Application]) -> None:
        actor: Any = request.user
        one_by_one(
            request,
            rows,
            lambda row, _: services.begin_review(actor=actor, application=row),
            "with the committee now.",
        )

    @admin.action(description="Return, the reason being the question to the lead")
    def return_with_a_question(self, request: HttpRequest, rows: QuerySet[Application]) -> None:
        actor: Any = request.user
        one_by_one(
            request,
            rows,
            lambda row, reason: services.return_application(actor=actor, application=row, questions=[reason]),
            "returned to the team.",
        )

    @admin.action(description="Approve a minor change")
    def approve_minor_changes(self, request: HttpRequest, rows: QuerySet[Application]) -> None:
        actor: Any = request.user
        one_by_one(
            request, rows, lambda row, _: services.accept_minor(actor=actor, application=row), "approved and in force."
        )

    @admin.action(description="Open the project, all conditions being met")
    def open_projects(self, request: HttpRequest, rows: QuerySet[Application]) -> None:
        actor: Any = request.user
        one_by_one(
            request,
            rows,
            lambda row, _: services.open_conditional(actor=actor, application=row),
            "project opened.",
        )


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Projects as the register has them."""

    action_form = ReasonForm
    actions = ("suspend", "resume", "close")
    list_display = ("reference", "title", "status", "stopped_for", "starts_at", "ends_at")
    list_filter = ("status", "stopped_for")
    search_fields = ("reference", "title")
    ordering = ("-starts_at",)
    fields = ("reference", "title", "lay_summary", "status", "stopped_for", "starts_at", "ends_at", "closed_at")

    @admin.action(description="Suspend, for the reason given")
    def suspend(self, request: HttpRequest, rows: QuerySet[Project]) -> None:
        one_by_one(
            request,
            rows,
            lambda row, reason: services.suspend_project(actor=request.user, project=row, reason=reason),
            "suspended.",
        )

    @admin.action(description="Resume, for the reason given")
    def resume(self, request: HttpRequest, rows: QuerySet[Project]) -> None:
        one_by_one(
            request,
            rows,
            lambda row, reason: services.resume_project(actor=request.user, project=row, reason=reason),
            "goes on.",
        )

    @admin.action(description="Close for good, for the reason given")
    def close(self, request: HttpRequest, rows: QuerySet[Project]) -> None:
        one_by_one(
            request,
            rows,
            lambda row, reason: services.close_project(actor=request.user, project=row, reason=reason),
            "closed.",
        )


@admin.register(Publication)
class PublicationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Publications as the register has them."""

    list_display = ("doi", "title", "journal", "year")
    list_filter = ("year",)
    search_fields = ("doi", "title")
    ordering = ("-year", "title")
    fields = ("doi", "title", "authors", "journal", "year")
