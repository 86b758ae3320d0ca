"""The checkers' pages: the queue, one request with the Five Safes on one screen, votes, and every act on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from access_review.selectors import granted_datasets
from accounts.gates import reader_of
from airlock import policies, selectors, services
from airlock.checks import CODES
from airlock.forms import (
    CheckerCommentForm,
    ReasonForm,
    RejectForm,
    SettleForm,
    TurnForm,
    VoiceForm,
    VoteForm,
)
from airlock.guards import findings_of, unsettled
from airlock.models import ExportRequest
from airlock.rulebooks import policy_of
from airlock.views import checked_request
from airlock.workflows import EXPORT
from portal.kernel.access import require
from portal.kernel.acts import Act, carry_out, form_page, posted
from portal.kernel.forms import HouseForm

S = ExportRequest.Status


@require_safe
@login_required
def queue(request: HttpRequest) -> HttpResponse:
    """What waits, in the order in which it is looked at."""
    person = reader_of(request)
    require(policies.can_see_queue, person, None)
    rows = []
    for export in selectors.queue_for(person):
        reviews = list(export.reviews.all())
        done = sum(review.submitted_at is not None and review.turn == export.turn for review in reviews)
        mine = any(review.reviewer_id == person.pk and review.turn == export.turn for review in reviews)
        rows.append((export, selectors.clocks_of(export), done, mine))
    return render(request, "airlock/queue.html", {"rows": rows})


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
        "acts": acts_for(person, export),
        "may_look": policies.looks_into(person, export),
        "may_vote": services.own_review(export, person) is not None,
        "clocks": selectors.clocks_of(export),
        "refusal": EXPORT.refusal(export, "approve", person) if export.status == S.CONSOLIDATING else None,
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


@dataclass(frozen=True)
class Deed:
    """One act on a request: its words, its form, who may, in which states, and what does it."""

    label: str
    form: Callable[[ExportRequest, Any], HouseForm]
    allowed: Any
    states: tuple[str, ...]
    do: Callable[[Any, ExportRequest, Any], object]
    done: str
    danger: bool = False


def _reason(export: ExportRequest, data: Any) -> HouseForm:
    return ReasonForm(data)


def _plain(export: ExportRequest, data: Any) -> HouseForm:
    return HouseForm(data)


def _bound(export: ExportRequest, data: Any) -> HouseForm:
    return TurnForm(data, initial={"turn": export.turn, "manifest": export.manifest_sha256})


def _unclaim(actor: Any, export: ExportRequest) -> object:
    review = services.own_review(export, actor)
    if review is None:
        raise Http404("You have no review of this turn.")
    return services.unclaim_review(actor=actor, request=export, review=review)


_OPEN = tuple(ExportRequest.OPEN)
_JUDGED = (S.IN_REVIEW, S.CONSOLIDATING, S.COMMITTEE)
DEEDS: dict[str, Deed] = {
    "claim": Deed(
        "Take up a review",
        _plain,
        policies.can_check_export,
        (S.IN_REVIEW,),
        lambda a, e, c: services.claim_review(actor=a, request=e),
        "The review is yours.",
    ),
    "unclaim": Deed(
        "Give my review back",
        _plain,
        policies.can_check_export,
        (S.IN_REVIEW,),
        lambda a, e, c: _unclaim(a, e),
        "You gave it back.",
    ),
    "submit-review": Deed(
        "Submit my review",
        _bound,
        policies.can_check_export,
        (S.IN_REVIEW,),
        lambda a, e, c: services.submit_review(actor=a, request=e, turn=c["turn"]),
        "Your review is in.",
    ),
    "comment": Deed(
        "Write a remark",
        lambda export, data: CheckerCommentForm(export, data),
        policies.can_remark,
        _JUDGED,
        lambda a, e, c: services.comment_as_checker(actor=a, request=e, **c),
        "Your remark is saved.",
    ),
    "return-early": Deed(
        "Return before the reviews are in",
        _reason,
        policies.can_check_export,
        (S.IN_REVIEW,),
        lambda a, e, c: services.return_early(actor=a, request=e, reason=c["reason"]),
        "The request is with its author.",
    ),
    "return": Deed(
        "Return to the author",
        _bound,
        policies.can_decide_export,
        (S.CONSOLIDATING,),
        lambda a, e, c: services.return_export(actor=a, request=e, turn=c["turn"]),
        "The request is with its author.",
    ),
    "approve": Deed(
        "Approve the release",
        _bound,
        policies.can_decide_export,
        (S.CONSOLIDATING,),
        lambda a, e, c: services.approve_export(actor=a, request=e, turn=c["turn"], manifest_sha256=c["manifest"]),
        "The release is approved. The files are copied out by themselves.",
    ),
    "reject": Deed(
        "Reject, or confirm a rejection",
        lambda export, data: RejectForm(data, initial={"turn": export.turn}),
        policies.can_check_export,
        (S.CONSOLIDATING,),
        lambda a, e, c: services.reject_export(actor=a, request=e, turn=c["turn"], reason=c["reason"]),
        "Your word is on record.",
        danger=True,
    ),
    "further": Deed(
        "Ask for a further review",
        _reason,
        policies.can_check_or_manage,
        (S.CONSOLIDATING,),
        lambda a, e, c: services.review_further(actor=a, request=e, reason=c["reason"]),
        "Another checker can take it up.",
    ),
    "refer": Deed(
        "Refer to the committee",
        _reason,
        policies.can_decide_export,
        (S.CONSOLIDATING,),
        lambda a, e, c: services.refer_export(actor=a, request=e, reason=c["reason"]),
        "The committee is asked.",
    ),
    "speak": Deed(
        "Speak for the committee",
        lambda export, data: VoiceForm(data),
        policies.can_advise_export,
        (S.COMMITTEE,),
        lambda a, e, c: services.speak_for_committee(
            actor=a, request=e, agrees=c["agrees"] == "yes", reason=c["reason"]
        ),
        "Your word is on record.",
    ),
    "hold": Deed(
        "Put on hold",
        _reason,
        policies.can_hold_export,
        _OPEN,
        lambda a, e, c: services.hold_export(actor=a, request=e, reason=c["reason"]),
        "Nothing of it moves outwards now.",
        danger=True,
    ),
    "free": Deed(
        "Take off hold",
        _reason,
        policies.can_hold_export,
        _OPEN,
        lambda a, e, c: services.free_export(actor=a, request=e, reason=c["reason"]),
        "The request goes on.",
    ),
    "urgent": Deed(
        "Mark as urgent",
        _reason,
        policies.can_manage_export,
        _OPEN,
        lambda a, e, c: services.mark_urgent(actor=a, request=e, reason=c["reason"]),
        "It is looked at before the others.",
    ),
    "stop": Deed(
        "Stop the release",
        _reason,
        policies.can_stop_release,
        (S.APPROVED, S.RELEASING),
        lambda a, e, c: services.stop_release(actor=a, request=e, reason=c["reason"]),
        "Nothing leaves.",
        danger=True,
    ),
    "revoke": Deed(
        "Revoke the release",
        _reason,
        policies.can_manage_export,
        (S.RELEASED,),
        lambda a, e, c: services.revoke_release(actor=a, request=e, reason=c["reason"], incident=""),
        "The links are dead and the copies gone.",
        danger=True,
    ),
    "recheck": Deed(
        "Check again",
        _reason,
        policies.can_manage_export,
        (S.QUARANTINED,),
        lambda a, e, c: services.unquarantine(actor=a, request=e, reason=c["reason"]),
        "The checks run again.",
    ),
    "condemn": Deed(
        "Reject in quarantine",
        _reason,
        policies.can_manage_export,
        (S.QUARANTINED,),
        lambda a, e, c: services.condemn(actor=a, request=e, reason=c["reason"]),
        "The request is rejected.",
        danger=True,
    ),
}


def acts_for(person: Any, export: ExportRequest) -> list[dict[str, object]]:
    """The acts that stand open to this person now, as buttons."""
    open_ones = []
    for name, deed in DEEDS.items():
        held_fits = (name != "free" or export.is_held) and (name != "hold" or not export.is_held)
        if export.status in deed.states and held_fits and deed.allowed(person, export):
            url = reverse("airlock:case-act", args=[export.reference, name])
            open_ones.append({"label": deed.label, "url": url, "danger": deed.danger, "method": "get"})
    return open_ones


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


@require_safe
@login_required
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures on the queue."""
    require(policies.can_see_queue, reader_of(request), None)
    figures = selectors.metrics()
    shown = [
        (name.replace("_", " ").capitalize(), value) for name, value in figures.items() if not isinstance(value, dict)
    ]
    context = {
        "figures": [(name, "not known yet" if value is None else value) for name, value in shown],
        "states": list(figures["open_by_state"].items()),
        "codes": [(CODES[code].noticed, count) for code, count in figures["findings_by_code"].items()],
    }
    return render(request, "airlock/metrics.html", context)


@require_safe
@login_required
def metrics_json(request: HttpRequest) -> JsonResponse:
    """The same figures for machines."""
    require(policies.can_see_queue, reader_of(request), None)
    return JsonResponse(selectors.metrics())
