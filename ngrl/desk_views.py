"""Pages of the service desk and of data managers: what participants decided, and the way back to a person."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.gates import reader_of
from ngrl import services
from ngrl.forms import DecisionForm, EmptyForm, LinkageForm, ReturnForm
from ngrl.listings import DECISIONS, LINKAGES
from ngrl.models import Linkage, ParticipantDecision
from ngrl.policies import can_ask_linkage, can_take_in_decisions
from ngrl.workflows import LINKAGE
from portal.kernel.access import require
from portal.kernel.acts import Act, add_refusal, carry_out, form_page, posted
from portal.kernel.listing import table
from portal.kernel.refusals import InvalidInput, TransitionRefused

SHOWN = 200


@dataclass(frozen=True)
class DecisionAct(Act):
    """An act whose breadcrumbs begin at the list of decisions."""

    section: str = "Participants’ decisions"
    section_url: str = field(default_factory=lambda: reverse("ngrl:decision-list"))


@dataclass(frozen=True)
class LinkageAct(Act):
    """An act whose breadcrumbs begin at the list of linkages."""

    section: str = "Ways back to a person"
    section_url: str = field(default_factory=lambda: reverse("ngrl:linkage-list"))


@require_safe
@login_required
def decision_list(request: HttpRequest) -> HttpResponse:
    """What was taken in, the latest on top."""
    require(can_take_in_decisions, request.user, None)
    found = ParticipantDecision.objects.select_related("recorded_by").order_by("-pk")[:SHOWN]
    return render(request, "ngrl/decision_list.html", {"decisions": table("Decisions", DECISIONS, found)})


@form_page
@login_required
def decision_create(request: HttpRequest) -> HttpResponse:
    """Take in a form. It leads to the report of what was touched."""
    require(can_take_in_decisions, request.user, None)
    form = DecisionForm(posted(request))
    act = DecisionAct(
        title="Take in a participant’s decision",
        caption="New decision",
        button="Take in",
        form=form,
        perform=lambda said: services.take_in_decision(actor=reader_of(request), **said),
        done="The decision was taken in. The newest report says what it touched.",
        explanation="Who withdraws or opts out is in no count, list, file or query from this moment on.",
        back=reverse("ngrl:decision-list"),
    )
    return carry_out(request, act)


@require_safe
@login_required
def decision_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One decision with the report of what it touched."""
    require(can_take_in_decisions, request.user, None)
    decisions = ParticipantDecision.objects.select_related("recorded_by")
    return render(request, "ngrl/decision_detail.html", {"decision": get_object_or_404(decisions, reference=reference)})


@require_safe
@login_required
def linkage_list(request: HttpRequest) -> HttpResponse:
    """What was asked for, the latest on top."""
    require(can_ask_linkage, request.user, None)
    found = Linkage.objects.select_related("asked_by").order_by("-pk")[:SHOWN]
    return render(request, "ngrl/linkage_list.html", {"linkages": table("Ways back", LINKAGES, found)})


@form_page
@login_required
def linkage_create(request: HttpRequest) -> HttpResponse:
    """Ask for a way back."""
    require(can_ask_linkage, request.user, None)
    act = LinkageAct(
        title="Ask for the way back to a person",
        caption="New way back",
        button="Ask",
        form=LinkageForm(posted(request)),
        perform=lambda said: services.ask_linkage(actor=reader_of(request), **said),
        done="It waits for a data manager other than you.",
        explanation="Two people are needed. What you read then is shown once, and that you read it is on record.",
        back=reverse("ngrl:linkage-list"),
    )
    return carry_out(request, act)


@require_safe
@login_required
def linkage_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """What was asked for and what can be done now; never who the person is."""
    linkage = _linkage(request, reference)
    acts = LINKAGE.available(linkage, request.user)
    refusal = LINKAGE.refusal(linkage, "approve", request.user) if linkage.status == Linkage.Status.ASKED else None
    context = {
        "linkage": linkage,
        "actions": [{"label": row.label, "url": f"{row.action}/", "danger": row.danger} for row in acts],
        "refusals": [refusal] if refusal else [],
    }
    return render(request, "ngrl/linkage_detail.html", context)


@form_page
@login_required
def linkage_approve(request: HttpRequest, reference: str) -> HttpResponse:
    """Approve what somebody else asked for."""
    linkage = _linkage(request, reference)
    act = LinkageAct(
        title="Approve the way back",
        caption=linkage.reference,
        button="Approve",
        form=EmptyForm(posted(request)),
        perform=lambda _: services.decide_linkage(actor=reader_of(request), linkage=linkage, approve=True),
        done="It is approved. Who asked can open it once within seven days.",
        text=linkage.reason,
        back=linkage.get_absolute_url(),
    )
    return carry_out(request, act)


@form_page
@login_required
def linkage_refuse(request: HttpRequest, reference: str) -> HttpResponse:
    """Refuse it with a reason."""
    linkage = _linkage(request, reference)
    act = LinkageAct(
        title="Refuse the way back",
        caption=linkage.reference,
        button="Refuse",
        form=ReturnForm(posted(request)),
        perform=lambda said: services.decide_linkage(
            actor=reader_of(request), linkage=linkage, approve=False, reason=said["reason"]
        ),
        done="It is refused.",
        back=linkage.get_absolute_url(),
    )
    return carry_out(request, act)


@form_page
@login_required
@never_cache
def linkage_open(request: HttpRequest, reference: str) -> HttpResponse:
    """GET says what will happen; POST shows the person once, in the answer itself and nowhere else."""
    linkage, form, identity, status = _linkage(request, reference), EmptyForm(posted(request)), None, 200
    if form.is_bound and form.is_valid():
        try:
            identity = services.open_linkage(actor=reader_of(request), linkage=linkage)
        except InvalidInput as refusal:
            add_refusal(form, refusal)
        except TransitionRefused as refusal:
            form.add_error(None, refusal.sentence)
            status = 409
    context = {"linkage": linkage, "form": form, "identity": identity}
    return render(request, "ngrl/linkage_open.html", context, status=status)


def _linkage(request: HttpRequest, reference: str) -> Linkage:
    require(can_ask_linkage, request.user, None)
    linkages = Linkage.objects.select_related("asked_by", "decided_by", "participant")
    return get_object_or_404(linkages, reference=reference)
