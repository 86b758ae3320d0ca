"""Where people work: claimed and proved by the person, decided by the institution."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts import forms, policies, services
from accounts.gates import reader_of
from accounts.models import Affiliation, Institution
from accounts.workflows import AFFILIATION
from portal.kernel import clock
from portal.kernel.access import require
from portal.kernel.acts import Act, carry_out, posted
from portal.kernel.audit import timeline_for
from portal.kernel.forms import HouseForm

SECTION = "Memberships"
WHOSE_TURN = {
    "claimed": "you: follow the link in the mail",
    "waiting": "the institution’s membership secretary",
    "asked": "the person, who was asked for more",
}

# Acts that move no state: what they ask of the actor, and their label.
BESIDE_THE_WORKFLOW = {
    "link": (policies.is_their_affiliation, "Send the link again"),
    "propose_end": (policies.can_propose_end, "Propose to end this affiliation"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def affiliation_create(request: HttpRequest) -> HttpResponse:
    """Say where one works."""
    require(policies.can_claim_affiliation, request.user, None)
    institutions = Institution.objects.registered(clock.now()).order_by("name")

    def claim(said: Mapping[str, Any]) -> str:
        made = services.claim_affiliation(
            actor=reader_of(request), **{k: said[k] for k in ("institution", "email", "position")}
        )
        return f"We sent a link to {made.email}. Follow it within seven days."

    act = Act(
        title="Where do you work?",
        caption="Your institution",
        button="Send me the link",
        back=reverse("membership-list"),
        form=forms.AffiliationForm(posted(request), institutions=institutions),
        perform=claim,
        done="",
        section=SECTION,
        section_url=reverse("membership-list"),
        explanation="Your institution confirms that you work there once a community has accepted you. "
        "If it is not in the list, it has not signed yet.",
    )
    return carry_out(request, act)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@sensitive_variables("token")
def affiliation_prove(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail: GET asks, so that a mail scanner proves nothing; POST proves."""
    if request.method != "POST":
        return render(request, "accounts/institutions/prove.html")
    proved = services.prove_address(actor=reader_of(request), token=token)
    said = (
        "Your institution has confirmed you by this address."
        if proved.status == Affiliation.Status.CONFIRMED
        else "The address is yours. Your institution decides next."
    )
    messages.success(request, said)
    return redirect(proved)


@require_safe
@login_required
def affiliation_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One affiliation, for the person and for the institution."""
    affiliation = _of(request, reference)
    rows = [row for row in AFFILIATION.available(affiliation, reader_of(request)) if row.action != "prove"]
    actions: list[dict[str, Any]] = [
        {"label": row.label, "url": reverse("affiliation-act", args=[reference, row.action]), "danger": row.danger}
        for row in rows
    ]
    if affiliation.status == "claimed" and affiliation.person_id == request.user.pk:
        again = {"label": "Send the link again", "url": reverse("affiliation-act", args=[reference, "link"])}
        actions.insert(0, again)
    if policies.can_propose_end(request.user, affiliation) and affiliation.status in Affiliation.LIVE:
        url = reverse("affiliation-act", args=[reference, "propose_end"])
        actions.append({"label": "Propose to end this affiliation", "url": url, "danger": True})
    refusals = []
    if policies.can_decide_affiliation(request.user, affiliation) and affiliation.status in ("waiting", "asked"):
        refusals = [sentence for guard in AFFILIATION.transition("confirm").guards if (sentence := guard(affiliation))]
    context = {
        "affiliation": affiliation,
        "standing": affiliation.standing_at(clock.now()),
        "turn": WHOSE_TURN.get(affiliation.status),
        "actions": actions,
        "refusals": refusals,
        "timeline": timeline_for(affiliation),
    }
    return render(request, "accounts/institutions/affiliation.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def affiliation_act(request: HttpRequest, reference: str, action: str) -> HttpResponse:
    """Confirm, ask, answer, refuse, end, or send the link again."""
    affiliation = _of(request, reference)
    acts = _acts(request, affiliation)
    if action not in acts:
        raise Http404("There is no such act.")
    form, perform = acts[action]
    row = None if action in BESIDE_THE_WORKFLOW else AFFILIATION.transition(action)
    rule, label = (row.allowed, row.label) if row else BESIDE_THE_WORKFLOW[action]
    require(rule, reader_of(request), affiliation)
    own = affiliation.person_id == request.user.pk
    act = Act(
        title=f"{label}?",
        caption=f"{affiliation.person.display_name}, {affiliation.institution}",
        button=label,
        back=affiliation.get_absolute_url(),
        form=form,
        perform=perform,
        done=f"{label}: done.",
        section=SECTION if own else "Institutions",
        section_url=reverse("membership-list" if own else "institution-list"),
        explanation=(AFFILIATION.refusal(affiliation, action, reader_of(request)) if row else None) or "",
        danger=bool(row and row.danger),
        facts=(("Address", affiliation.email), ("Position", affiliation.position)),
    )
    return carry_out(request, act)


def _acts(
    request: HttpRequest, affiliation: Affiliation
) -> dict[str, tuple[HouseForm, Callable[[Mapping[str, Any]], None]]]:
    data = posted(request)
    who: dict[str, Any] = {"actor": reader_of(request), "affiliation": affiliation}

    def with_reason(
        service: Callable[..., object], label: str
    ) -> tuple[HouseForm, Callable[[Mapping[str, Any]], None]]:
        return forms.ReasonForm(data, label=label), lambda said: _nothing(service(**who, reason=said["reason"]))

    return {
        "confirm": (
            forms.ConfirmForm(data),
            lambda said: _nothing(services.confirm_affiliation(**who, is_bona_fide=said["is_bona_fide"])),
        ),
        "ask": with_reason(services.ask_about_affiliation, "What do you need to know?"),
        "answer": with_reason(services.answer_institution, "Your answer"),
        "refuse": with_reason(services.refuse_affiliation, "Reason, which the person will read"),
        "end": (
            forms.EndForm(data),
            lambda said: _nothing(services.end_affiliation(**who, reason=said["reason"], left_on=said["left_on"])),
        ),
        "propose_end": (
            forms.EndForm(data),
            lambda said: _nothing(services.propose_end(**who, reason=said["reason"], left_on=said["left_on"])),
        ),
        "end_by_two": (forms.ReasonForm(data, is_required=False), lambda said: _nothing(services.end_by_two(**who))),
        "link": (
            forms.ReasonForm(data, is_required=False),
            lambda said: _nothing(services.send_link_again(**who)),
        ),
    }


def _nothing(result: object) -> None:
    """The result is not what the page says."""


def _of(request: HttpRequest, reference: str) -> Affiliation:
    seen = Affiliation.objects.visible_to(request.user).select_related("institution", "person", "confirmed_by")
    found: Affiliation = get_object_or_404(seen, reference=reference)
    return found
