"""Participation agreements: prepared, signed by the institution, counter-signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import forms, policies, services
from accounts.gates import reader_of
from accounts.models import Agreement, Institution
from accounts.workflows import AGREEMENT
from portal.kernel import clock
from portal.kernel.access import require
from portal.kernel.acts import Act, carry_out, posted
from portal.kernel.audit import timeline_for
from portal.kernel.forms import HouseForm

SECTION = "Institutions"
WHOSE_TURN = {
    "drafted": "the service desk",
    "sent": "the institution’s authorised signatory",
    "signed": "an administrator who did not prepare it",
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def agreement_create(request: HttpRequest, reference: str) -> HttpResponse:
    """A first agreement, or a renewal."""
    institution = get_object_or_404(Institution.objects.visible_to(request.user), reference=reference)
    require(policies.can_prepare_agreement, request.user, institution)

    def prepare(said: Mapping[str, Any]) -> None:
        services.prepare_agreement(actor=reader_of(request), institution=institution, years=said["years"])

    act = Act(
        title="Prepare an agreement",
        caption=institution.name,
        button="Prepare agreement",
        back=institution.get_absolute_url(),
        form=forms.AgreementForm(posted(request)),
        perform=prepare,
        done="The agreement is prepared. Open it and send it to be signed.",
        section=SECTION,
        section_url=reverse("institution-list"),
        explanation="It takes the newest text. A renewal replaces the present agreement when it is counter-signed, "
        "and its term begins where the present one ends.",
    )
    return carry_out(request, act)


@require_safe
@login_required
def agreement_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """The text, both signatures and whose turn it is."""
    agreement = _of(request, reference)
    actions: list[dict[str, Any]] = [
        {"label": row.label, "url": reverse("agreement-act", args=[reference, row.action]), "danger": row.danger}
        for row in AGREEMENT.available(agreement, reader_of(request))
    ]
    countersign = AGREEMENT.transition("countersign")
    refusals = [
        sentence for guard in countersign.guards if agreement.status == "signed" and (sentence := guard(agreement))
    ]
    context = {
        "agreement": agreement,
        "standing": agreement.standing_at(clock.now()),
        "turn": WHOSE_TURN.get(agreement.status),
        "actions": actions,
        "refusals": refusals,
        "timeline": timeline_for(agreement),
    }
    return render(request, "accounts/institutions/agreement.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def agreement_act(request: HttpRequest, reference: str, action: str) -> HttpResponse:
    """Send, sign, counter-sign, cancel or terminate."""
    agreement = _of(request, reference)
    acts = _acts(request, agreement)
    if action not in acts:
        raise Http404("There is no such act.")
    form, perform = acts[action]
    row = AGREEMENT.transition(action)
    require(row.allowed, reader_of(request), agreement)
    act = Act(
        title=f"{row.label}?",
        caption=f"{agreement.institution}, {agreement.reference}",
        button=row.label,
        back=agreement.get_absolute_url(),
        form=form,
        perform=perform,
        done=f"{row.label}: done.",
        section=SECTION,
        section_url=reverse("institution-list"),
        explanation=AGREEMENT.refusal(agreement, action, reader_of(request)) or "",
        danger=row.danger,
        text=agreement.text.body if action in ("sign", "countersign") else "",
    )
    return carry_out(request, act)


def _acts(
    request: HttpRequest, agreement: Agreement
) -> dict[str, tuple[HouseForm, Callable[[Mapping[str, Any]], None]]]:
    data = posted(request)
    who: dict[str, Any] = {"actor": reader_of(request), "agreement": agreement}

    def sign(said: Mapping[str, Any]) -> None:
        words = {name: said[name] for name in ("sha256", "name", "position")}
        services.sign_agreement(**who, **words, address=request.META.get("REMOTE_ADDR"))

    def ends(service: Callable[..., object]) -> Callable[[Mapping[str, Any]], None]:
        return lambda said: _nothing(service(**who, reason=said["reason"]))

    def extend(said: Mapping[str, Any]) -> None:
        services.extend_agreement(**who, days=said["days"], reason=said["reason"])

    plain = forms.ReasonForm(data, is_required=False)
    signature = forms.SignatureForm(data, initial={"sha256": agreement.text_sha256})
    reason = forms.ReasonForm(data)
    return {
        "send": (plain, lambda said: _nothing(services.send_agreement(**who))),
        "sign": (signature, sign),
        "countersign": (plain, lambda said: _nothing(services.countersign_agreement(**who))),
        "extend": (forms.GraceForm(data), extend),
        "cancel": (reason, ends(services.cancel_agreement)),
        "terminate": (reason, ends(services.terminate_agreement)),
    }


def _nothing(result: object) -> None:
    """The result is not what the page says."""


def _of(request: HttpRequest, reference: str) -> Agreement:
    seen = Agreement.objects.visible_to(request.user).select_related(
        "institution", "text", "prepared_by", "signed_by", "countersigned_by", "grace_by"
    )
    found: Agreement = get_object_or_404(seen, reference=reference)
    return found
