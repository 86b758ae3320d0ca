"""The checkers' pages: the queue, one request with the Five Safes on one screen, votes, and every act on it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from access_review.selectors import granted_datasets
from accounts.gates import reader_of
from airlock import policies, selectors, services
from airlock.checks import CODES
from airlock.forms import SettleForm, VoteForm
from airlock.guards import findings_of, unsettled, why_not_approved
from airlock.models import ExportRequest
from airlock.rulebooks import policy_of
from airlock.views import checked_request
from airlock.views.deeds import DEEDS, acts_for
from portal.kernel.access import require
from portal.kernel.acts import Act, carry_out, form_page, posted
from portal.kernel.forms import HouseForm

S = ExportRequest.Status


@require_safe
@login_required
def queue(request: HttpRequest) -> HttpResponse:
    """What waits, on its way out and in, in the order in which it is looked at."""
    person = reader_of(request)
    require(policies.can_see_queue, person, None)
    context = {"rows": selectors.queue_for(person), "incoming": selectors.import_queue_for(person)}
    return render(request, "airlock/queue.html", context)


@require_safe
@login_required
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """Project, people, data, setting and outputs of one request, and what can be done now."""
    export, person = checked_request(request, reference), reader_of(request)
    require(policies.can_see_queue, person, None)
    open_ones = set(unsettled(export).values_list("pk", flat=True)) if export.status == S.CONSOLIDATING else set()
    context = {
        "export": export,
        "five_safes": _five_safes(export),
        "tallies": selectors.tallies_for(person, export),
        "supporting": export.files.current().filter(kind="supporting"),
        "shows_votes": export.status != S.IN_REVIEW,
        "reviews_in": _in(export),
        "groups": export.groups.all(),
        "findings": [
            (each, CODES[each.code], each.pk in open_ones, each.place, list(each.answers.all()))
            for each in findings_of(export).select_related("file").prefetch_related("answers__by")
        ],
        "comments": selectors.comments_for(person, export),
        "left_before": selectors.left_before(person, export),
        "acts": acts_for(person, export),
        "may_look": policies.looks_into(person, export),
        "may_vote": services.own_review(export, person) is not None,
        "clocks": selectors.clocks_of(export),
        "refusal": why_not_approved(export) if export.status == S.CONSOLIDATING else None,
    }
    return render(request, "airlock/case.html", context)


def _in(export: ExportRequest) -> int:
    return export.reviews.filter(turn=export.turn, voided_at=None).exclude(submitted_at=None).count()


def _five_safes(export: ExportRequest) -> list[tuple[str, str]]:
    project = export.project
    datasets = ", ".join(each.name for each in granted_datasets(project)) or "none"
    released = ExportRequest.objects.filter(project=project, status=S.RELEASED).count()
    return [
        ("Project", f"{project.reference} {project.title}, until {project.ends_at:%-d %B %Y}. {project.purpose}"),
        ("People", f"{export.author.display_name}, {project.lead_institution or 'institution not recorded'}"),
        ("Data", f"{datasets}. Counts below {policy_of(project).threshold} are small."),
        ("Setting", "Files were copied from the project's workspace by the hash of their content."),
        ("Outputs", f"Turn {export.turn}. Earlier releases of this project: {released}."),
    ]


@form_page
@login_required
def vote(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Judge one file."""
    export, person = checked_request(request, reference), reader_of(request)
    require(policies.can_check_export, person, export)
    file = get_object_or_404(export.files.leaving(), pk=number)
    start = {"turn": export.turn, "sha256": file.blob_id}
    return _act(
        request,
        export,
        VoteForm(posted(request), initial=start),
        title="Judge a file",
        button="Save my judgement",
        perform=lambda clean: services.cast_vote(actor=person, request=export, file=file, **clean),
        done="Your judgement is saved. Nobody else sees it until all reviews are in.",
        facts=[("File", file.name), ("Content (SHA-256)", file.blob_id)],
    )


@form_page
@login_required
def settle(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Say what one thinks of a finding."""
    export, person = checked_request(request, reference), reader_of(request)
    require(policies.can_check_export, person, export)
    finding = get_object_or_404(findings_of(export), pk=number)
    return _act(
        request,
        export,
        SettleForm(posted(request)),
        title="Settle a finding",
        button="Save",
        perform=lambda clean: services.settle_finding(actor=person, request=export, finding=finding, **clean),
        done="The finding is settled.",
        facts=[("Found", CODES[finding.code].noticed), ("Where", finding.place)],
    )


def _act(request: HttpRequest, export: ExportRequest, form: HouseForm, **more: Any) -> HttpResponse:
    back = reverse("airlock:case", args=[export.reference])
    section: dict[str, Any] = {"section": "Airlock checks", "section_url": reverse("airlock:queue")}
    return carry_out(request, Act(caption=export.reference, back=back, form=form, **section, **more))


@form_page
@login_required
def case_act(request: HttpRequest, reference: str, action: str) -> HttpResponse:
    """One act on a request. Who may is the policy's word, in which state the service's."""
    export, person = checked_request(request, reference), reader_of(request)
    if action not in DEEDS:
        raise Http404("There is no such act.")
    deed = DEEDS[action]
    require(deed.allowed, person, export)
    return _act(
        request,
        export,
        deed.form(export, posted(request)),
        title=deed.label,
        button=deed.label,
        perform=lambda clean: deed.do(person, export, clean),
        done=deed.done,
        danger=deed.danger,
    )
