"""The checkers' pages of an import: what comes in, from where, what the checks found, their review, every act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.gates import reader_of
from airlock import policies, selectors, services
from airlock.forms import ImportReviewForm, ReasonForm
from airlock.models import ImportRequest
from airlock.views import checked_import
from portal.kernel.access import require
from portal.kernel.acts import Act, carry_out, form_page, posted
from portal.kernel.forms import HouseForm

S = ImportRequest.Status
_MINE_IS_IN = "Your review is in. The import moves when all reviews are in."


@dataclass(frozen=True)
class ImportDeed:
    """One act on an import that wants a reason: its words, who may, in which state, and what does it."""

    label: str
    allowed: Any
    state: str
    do: Callable[..., object]
    done: str
    danger: bool = False


DEEDS = {
    "return": ImportDeed(
        "Return to the author",
        policies.can_check_import,
        S.IN_REVIEW,
        services.return_import,
        "The import is with its author.",
    ),
    "reject": ImportDeed(
        "Reject", policies.can_check_import, S.IN_REVIEW, services.reject_import, "Nothing of it comes in.", danger=True
    ),
    "recheck": ImportDeed(
        "Check again",
        policies.can_manage_import,
        S.QUARANTINED,
        services.unquarantine_import,
        "The checks run again.",
    ),
    "condemn": ImportDeed(
        "Reject in quarantine",
        policies.can_manage_import,
        S.QUARANTINED,
        services.condemn_import,
        "The import is rejected.",
        danger=True,
    ),
    "revoke": ImportDeed(
        "Remove it from the workspace",
        policies.can_manage_import,
        S.DELIVERED,
        services.revoke_import,
        "The files are gone from the workspace, and that is on record.",
        danger=True,
    ),
}


@require_safe
@login_required
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """One import on one screen, and what can be done now."""
    coming, person = checked_import(request, reference), reader_of(request)
    require(policies.can_see_queue, person, None)
    files = selectors.checked_files(coming)
    context = {
        "coming": coming,
        "facts": _facts(coming),
        "files": files,
        "may_look": bool(files) and policies.can_look_at_import(person, files[0].file),
        "reviews": selectors.reviews_for(person, coming),
        "reviews_in": coming.reviews.filter(turn=coming.turn).count(),
        "acts": _acts(person, coming),
    }
    return render(request, "airlock/import_case.html", context)


def _facts(coming: ImportRequest) -> list[tuple[str, object]]:
    project = coming.project
    weighty = {
        "personal data": coming.holds_personal_data,
        "a dataset of others": coming.is_third_party_dataset,
        "code, a container or a model": coming.holds_code,
    }
    return [
        ("Project", f"{project.reference} {project.title}. {project.purpose}"),
        ("People", f"{coming.author.display_name}, {project.lead_institution or 'institution not recorded'}"),
        ("Origin", coming.origin),
        ("Licence", coming.licence),
        ("What it is for", coming.purpose),
        ("It is declared to hold", ", ".join(name for name, holds in weighty.items() if holds) or "none of it"),
        ("What the owner agreed to", coming.owner_evidence or "nothing is said"),
        ("What was submitted (SHA-256)", coming.manifest_sha256 or "nothing yet"),
    ]


def _acts(person: Any, coming: ImportRequest) -> list[dict[str, object]]:
    """The acts that stand open to this person now, as buttons."""
    acts: list[dict[str, object]] = []
    checks = coming.status == S.IN_REVIEW and policies.can_check_import(person, coming)
    if checks and not coming.reviews.filter(turn=coming.turn, reviewer_id=person.pk).exists():
        acts.append({"label": "Review the import", "url": reverse("airlock:incoming-review", args=[coming.reference])})
    for name, deed in DEEDS.items():
        if coming.status == deed.state and deed.allowed(person, coming):
            url = reverse("airlock:incoming-act", args=[coming.reference, name])
            acts.append({"label": deed.label, "url": url, "danger": deed.danger, "method": "get"})
    return acts


@form_page
@login_required
def review(request: HttpRequest, reference: str) -> HttpResponse:
    """Say whether it is safe, allowed and of use."""
    coming, person = checked_import(request, reference), reader_of(request)
    require(policies.can_check_import, person, coming)

    def perform(clean: Any) -> None:
        answers = {name: clean[name] == "yes" for name in ("is_safe", "licence_allows", "fits_purpose")}
        services.review_import(
            actor=person,
            request=coming,
            turn=clean["turn"],
            manifest_sha256=clean["manifest"],
            opinion=services.Opinion(**answers, reason=clean["reason"]),
        )

    start = {"turn": coming.turn, "manifest": coming.manifest_sha256}
    return _act(
        request,
        coming,
        ImportReviewForm(posted(request), initial=start),
        title="Review the import",
        button="Save my review",
        perform=perform,
        done=_MINE_IS_IN,
        facts=_facts(coming),
    )


@form_page
@login_required
def act(request: HttpRequest, reference: str, action: str) -> HttpResponse:
    """One act on an import. Who may is the policy's word, in which state the workflow's."""
    coming, person = checked_import(request, reference), reader_of(request)
    if action not in DEEDS:
        raise Http404("There is no such act.")
    deed = DEEDS[action]
    require(deed.allowed, person, coming)
    return _act(
        request,
        coming,
        ReasonForm(posted(request)),
        title=deed.label,
        button=deed.label,
        perform=lambda clean: deed.do(actor=person, request=coming, reason=clean["reason"]),
        done=deed.done,
        danger=deed.danger,
    )


def _act(request: HttpRequest, coming: ImportRequest, form: HouseForm, **more: Any) -> HttpResponse:
    back = reverse("airlock:incoming-case", args=[coming.reference])
    section: dict[str, Any] = {"section": "Airlock checks", "section_url": reverse("airlock:queue")}
    return carry_out(request, Act(caption=coming.reference, back=back, form=form, **section, **more))
