"""Renewing the table of genes: one person proposes it and sees what changes, another approves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.gates import reader_of
from panelapp import policies
from panelapp.forms import ReasonForm, RefreshForm
from panelapp.listings.work import REFRESH_TONES, REFRESHES, remarks_table
from panelapp.models import GeneRefresh
from panelapp.services.refreshes import decide_refresh, propose_refresh
from panelapp.views import row_of
from panelapp.views.acts import Act
from panelapp.views.tabs import section_tabs
from panelapp.workflows import GENE_REFRESH
from portal.kernel.access import require
from portal.kernel.acts import carry_out


@require_safe
@login_required
def refresh_list(request: HttpRequest) -> HttpResponse:
    """Every table that was proposed, newest first."""
    require(policies.can_load_genes, request.user, None)
    rows = GeneRefresh.objects.defer("table_compressed", "remarks").select_related("proposed_by")
    context = {"listing": REFRESHES.page(request, rows), "tabs": section_tabs(request.user, "refresh-list")}
    return render(request, "panelapp/refresh_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def refresh_propose(request: HttpRequest) -> HttpResponse:
    """Hand in a table."""
    require(policies.can_load_genes, request.user, None)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    act = Act(
        title="Propose a new table of genes",
        caption="Gene panels",
        button="See what changes",
        back=reverse("panels:refresh-list"),
        form=RefreshForm(*sent),
        perform=lambda said: _propose(request, said),
        done="The table waits for a second person. Open it to see what changes.",
        explanation="Symbols, names and places of genes change when a second person approves the table. Versions of "
        "panels stay as they are.",
    )
    return carry_out(request, act)


def _propose(request: HttpRequest, said: Mapping[str, Any]) -> None:
    propose_refresh(actor=reader_of(request), file_name=said["file"].name, content=said["file"].read())


@require_safe
@login_required
def refresh_detail(request: HttpRequest, number: int) -> HttpResponse:
    """What a table changes, and who decided."""
    require(policies.can_load_genes, request.user, None)
    refresh = get_object_or_404(GeneRefresh.objects.select_related("proposed_by", "decided_by"), pk=number)
    decided = refresh.decided_by
    facts: list[tuple[str, object]] = [
        ("File", refresh.file_name),
        ("sha256", refresh.digest),
        ("New genes", refresh.added),
        ("Genes that change", refresh.changed),
        ("Genes that stay as they are", refresh.unchanged),
        ("Proposed by", f"{refresh.proposed_by.display_name}, {refresh.created_at:%-d %B %Y}"),
        ("Decided by", f"{decided.display_name}: {refresh.reason}" if decided else "Nobody yet"),
    ]
    moves = [row for row in GENE_REFRESH.available(refresh, reader_of(request)) if row.action != "apply"]
    open_, own = refresh.status == GeneRefresh.Status.PROPOSED, refresh.proposed_by_id == reader_of(request).pk
    context = {
        "refresh": refresh,
        "tone": REFRESH_TONES[refresh.status],
        "facts": facts,
        "remarks": remarks_table(refresh.remarks),
        "actions": [
            {
                "label": row.label,
                "url": reverse("panels:refresh-decide", args=[number, row.action]),
                "danger": row.danger,
            }
            for row in moves
        ],
        "refusals": [policies.can_decide_refresh.sentence] if open_ and own else [],
    }
    return render(request, "panelapp/refresh_detail.html", context)


def _move_url(number: int, action: str) -> str:
    return reverse("panels:refresh-decide", args=[number, action])


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def refresh_decide(request: HttpRequest, number: int, action: str) -> HttpResponse:
    """Approve or discard a table, with a reason."""
    require(policies.can_load_genes, request.user, None)
    refresh = get_object_or_404(GeneRefresh.objects.defer("table_compressed"), pk=number)
    row = row_of(GENE_REFRESH, action)
    require(row.allowed, reader_of(request), refresh)
    act = Act(
        title=f"{row.label}?",
        caption=refresh.reference,
        button=row.label,
        back=refresh.get_absolute_url(),
        form=ReasonForm(request.POST if request.method == "POST" else None),
        perform=lambda said: decide_refresh(
            actor=reader_of(request), refresh=refresh, action=action, reason=said["reason"]
        ),
        done="Approved. It is written within a minute." if action == "approve" else "The table is discarded.",
        explanation="No version of any panel changes, and none is made.",
        danger=row.danger,
    )
    return carry_out(request, act)
