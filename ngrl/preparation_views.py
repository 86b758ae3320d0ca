"""Pages of data managers: releases that are loaded, what they change, and their publication by two people."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.gates import reader_of
from ngrl import services
from ngrl.forms import ProposalForm, PublishForm, ReturnForm
from ngrl.listings import PREPARED, changes_shown
from ngrl.models import Release
from ngrl.policies import can_prepare_release
from ngrl.workflows import RELEASE
from portal.kernel.access import require
from portal.kernel.acts import Act, carry_out, form_page, posted
from portal.kernel.listing import table


@dataclass(frozen=True)
class PreparationAct(Act):
    """An act whose breadcrumbs begin at the list of releases in preparation."""

    section: str = "Releases in preparation"
    section_url: str = field(default_factory=lambda: reverse("ngrl:preparation-list"))


@require_safe
@login_required
def preparation_list(request: HttpRequest) -> HttpResponse:
    """Releases that are loaded and not published, the one loaded last on top."""
    require(can_prepare_release, request.user, None)
    found = Release.objects.in_preparation().order_by("-loaded_at", "-pk")
    return render(request, "ngrl/preparation_list.html", {"releases": table("In preparation", PREPARED, found)})


@require_safe
@login_required
def preparation_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One of them: what it holds and changes, who proposed it, and what can be done now."""
    release = _of(request, reference)
    acts = [row for row in RELEASE.available(release, request.user) if row.action != "publish_at_once"]
    publish = RELEASE.refusal(release, "publish", request.user)
    context = {
        "release": release,
        "actions": [{"label": row.label, "url": f"{row.action}/", "danger": row.danger} for row in acts],
        "refusals": [publish] if publish and release.status == Release.Status.PROPOSED else [],
        **changes_shown(request.user, release),
    }
    return render(request, "ngrl/preparation_detail.html", context)


@form_page
@login_required
def propose(request: HttpRequest, reference: str) -> HttpResponse:
    """Write the notes and propose."""
    release = _of(request, reference)
    act = PreparationAct(
        title="Propose for publication",
        button="Propose",
        form=ProposalForm(posted(request), initial={"notes": release.notes}),
        perform=lambda said: services.propose_release(actor=reader_of(request), release=release, notes=said["notes"]),
        done="The release is proposed. Another data manager publishes it or sends it back.",
        explanation="Another data manager reads your notes and what the release changes, and publishes it.",
        caption=release.name,
        back=_address_of(release),
    )
    return carry_out(request, act)


@form_page
@login_required
def publish(request: HttpRequest, reference: str) -> HttpResponse:
    """Publish what somebody else proposed."""
    release = _of(request, reference)
    act = PreparationAct(
        title="Publish this release",
        button="Publish",
        form=PublishForm(posted(request), initial={"read": services.proposal_sha256(release)}),
        perform=lambda said: services.publish_release(actor=reader_of(request), release=release, read=said["read"]),
        done="The release is published.",
        explanation="Everybody can read of it at once and projects can ask it. It can be withdrawn, never changed.",
        text=release.notes,
        caption=release.name,
        back=release.get_absolute_url(),
    )
    return carry_out(request, act)


@form_page
@login_required
def send_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Send a proposal back, or take one's own back."""
    release = _of(request, reference)
    act = PreparationAct(
        title="Send the proposal back",
        button="Send back",
        form=ReturnForm(posted(request)),
        perform=lambda said: services.return_release(actor=reader_of(request), release=release, reason=said["reason"]),
        done="The proposal was sent back. Its notes are kept for the next one.",
        caption=release.name,
        back=_address_of(release),
    )
    return carry_out(request, act)


def _of(request: HttpRequest, reference: str) -> Release:
    require(can_prepare_release, request.user, None)
    releases = Release.objects.in_preparation().select_related("proposed_by")
    return get_object_or_404(releases, reference=reference)


def _address_of(release: Release) -> str:
    return reverse("ngrl:preparation-detail", args=[release.reference])
