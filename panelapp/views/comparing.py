"""Two panels side by side, and reviews taken from one to the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.gates import reader_of
from panelapp import listings, policies, services, summaries
from panelapp.forms import CopyForm
from panelapp.models import Panel, Review
from panelapp.views import of_panel
from panelapp.views.acts import Act
from panelapp.views.tabs import section_tabs
from portal.kernel.access import require
from portal.kernel.acts import carry_out, posted


def _asked(request: HttpRequest, name: str) -> Panel | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    panels = Panel.objects.visible_to(request.user).select_related("current")
    found: Panel | None = panels.filter(pk=int(text)).first() if text.isdecimal() and len(text) < 10 else None
    if found is None:
        raise Http404("There is no such panel.")
    return found


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """The genes of two panels with their ratings on each."""
    left, right = _asked(request, "left"), _asked(request, "right")
    rows = summaries.side_by_side(left, right) if left and right else []
    context = {
        "left": left,
        "right": right,
        "panels": Panel.objects.visible_to(request.user).order_by("name").values_list("pk", "name"),
        "rows": listings.comparison_table(rows, left, right) if left and right else None,
        "shared": sum(row.left is not None and row.right is not None for row in rows),
        "count": len(rows),
        "tabs": section_tabs(request.user, "compare"),
    }
    return render(request, "panelapp/compare.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def copy_reviews(request: HttpRequest, panel: Panel) -> HttpResponse:
    """Take chosen reviews of another panel to the entities of the same name here. First the panel, then the reviews."""
    require(policies.can_edit_panel, request.user, panel)
    source = _asked(request, "from")
    if source is None:
        panels = Panel.objects.visible_to(request.user).exclude(pk=panel.pk).order_by("name").values_list("pk", "name")
        return render(request, "panelapp/copy_from.html", {"panel": panel, "panels": panels})
    act = Act(
        title=f"Copy reviews from {source.name}",
        caption=panel.name,
        button="Copy reviews",
        back=listings.panel_url(panel.pk),
        form=CopyForm(posted(request), reviews=summaries.reviews_to_copy(request.user, source, panel)),
        perform=lambda said: _copy(request, source, panel, said),
        done="The reviews stand here too. Each says which version of which panel it comes from.",
        explanation="Whoever reviewed an entity here already is left out.",
    )
    return carry_out(request, act)


def _copy(request: HttpRequest, source: Panel, panel: Panel, said: Mapping[str, Any]) -> None:
    chosen: list[Review] = list(said["reviews"])
    services.copy_reviews(actor=reader_of(request), source=source, target=panel, reviews=chosen)
