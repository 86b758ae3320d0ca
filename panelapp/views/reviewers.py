"""Becoming a reviewer: a person asks and follows the answer; a curator reads, approves or does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.gates import reader_of
from panelapp import policies, services
from panelapp.forms import ReasonForm, ReviewerForm
from panelapp.listings.work import APPLICATION_TONES, APPLICATIONS
from panelapp.models import ReviewerApplication
from panelapp.services import ReviewerFacts
from panelapp.views import row_of
from panelapp.views.acts import Act
from panelapp.views.tabs import section_tabs
from panelapp.workflows import REVIEWER
from portal.kernel.access import require
from portal.kernel.acts import carry_out, posted

_CONSEQUENCES = {
    "approve": "They can then review what stands on any panel. They are told by mail, and read your reason.",
    "refuse": "They are told by mail, and read your reason. They can ask again.",
    "withdraw": "No curator will decide then. You can ask again.",
}


@require_safe
@login_required
def reviewer_list(request: HttpRequest) -> HttpResponse:
    """Who asked to review, the newest first."""
    require(policies.can_see_reviewers, request.user, None)
    rows = ReviewerApplication.objects.visible_to(request.user).select_related("person")
    context = {"listing": APPLICATIONS.page(request, rows), "tabs": section_tabs(request.user, "reviewer-list")}
    return render(request, "panelapp/reviewer_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def reviewer_apply(request: HttpRequest) -> HttpResponse:
    """Ask to become a reviewer; who has asked already sees where that stands."""
    own = ReviewerApplication.objects.filter(person=reader_of(request))
    if waiting := own.waiting().first():
        return redirect(waiting)
    require(policies.can_apply_to_review, request.user, None)
    act = Act(
        title="Ask to become a reviewer",
        caption="Gene panels",
        button="Send application",
        back=reverse("panels:reviewer-apply"),
        form=ReviewerForm(posted(request)),
        perform=lambda said: _apply(request, said),
        done="Your application is sent. A curator will decide, and you will be told by mail.",
        explanation="Reviewers say how strong the evidence for a gene on a panel is. Their name and workplace stand "
        "beside what they write. A panel curator reads your application and decides.",
    )
    return carry_out(request, act)


def _apply(request: HttpRequest, said: Mapping[str, Any]) -> None:
    services.apply_to_review(actor=reader_of(request), facts=cast(ReviewerFacts, said))


@require_safe
@login_required
def reviewer_detail(request: HttpRequest, number: int) -> HttpResponse:
    """One application: for the person who made it, and for curators."""
    application = _seen(request, number)
    moves = REVIEWER.available(application, reader_of(request))
    context = {
        "application": application,
        "tone": APPLICATION_TONES[application.status],
        "facts": _facts(application),
        "actions": [
            {"label": row.label, "url": _move_url(application, row.action), "danger": row.danger} for row in moves
        ],
        "may_see_all": policies.can_see_reviewers(reader_of(request), None),
        "may_ask_again": not moves and policies.can_apply_to_review(reader_of(request), None),
    }
    return render(request, "panelapp/reviewer_detail.html", context)


def _seen(request: HttpRequest, number: int) -> ReviewerApplication:
    rows = ReviewerApplication.objects.visible_to(reader_of(request)).select_related("person", "decided_by")
    return get_object_or_404(rows, pk=number)


def _move_url(application: ReviewerApplication, action: str) -> str:
    return reverse("panels:reviewer-decide", args=[application.pk, action])


def _facts(application: ReviewerApplication) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = [
        ("Person", application.person.display_name),
        ("What they do", application.role),
        ("Where they work", application.affiliation),
        ("Kind of workplace", application.workplace),
        ("Community", application.group),
        ("What they know of the disorders", application.statement),
        ("Asked", application.created_at.date()),
        ("Decided", application.decided_at.date() if application.decided_at else ""),
        ("Reason of the decision", application.decision_reason),
    ]
    return [fact for fact in facts if fact[1]]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def reviewer_decide(request: HttpRequest, number: int, action: str) -> HttpResponse:
    """Approve or do not approve, with a reason; or take one's own application back."""
    application = _seen(request, number)
    row = row_of(REVIEWER, action)
    require(row.allowed, reader_of(request), application)
    act = Act(
        title=f"{row.label}?",
        caption=f"{application.reference}, {application.person.display_name}",
        button=row.label,
        back=application.get_absolute_url(),
        form=ReasonForm(posted(request), is_required=row.reason_required),
        perform=lambda said: services.decide_application(
            actor=reader_of(request), application=application, action=action, reason=said["reason"]
        ),
        done=f"{row.label}: done.",
        explanation=_CONSEQUENCES[action],
        danger=row.danger,
    )
    return carry_out(request, act)
