"""What curators decide on an entity: the queue, the rating with its reason, what is said of it, whether it stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from panelapp import listings, policies, services, summaries
from panelapp.forms import EntityForm, RatingForm, ReasonForm
from panelapp.listings import entity_url, panel_url
from panelapp.listings.work import QUEUE
from panelapp.models import Panel, PanelEntity, Review
from panelapp.services import EntityFacts
from panelapp.views import entity_of, of_panel, reader_of
from panelapp.views.acts import Act, carry_out, posted
from panelapp.views.tabs import section_tabs
from portal.kernel.access import require

_TEXTS = (
    "mode_of_inheritance",
    "mode_of_pathogenicity",
    "penetrance",
    "phenotypes",
    "publications",
    "tags",
)


@require_safe
@login_required
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for a curator, with what reviewers think at a glance."""
    require(policies.can_create_panel, request.user, None)
    listing = QUEUE.page(request, summaries.curation_queue(request.user))
    context = {"listing": listing, "tabs": section_tabs(request.user, "curation-queue")}
    return render(request, "panelapp/curation_queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def curate(request: HttpRequest, panel: Panel, kind: str, name: str) -> HttpResponse:
    """Decide on a rating, with a reason."""
    require(policies.can_edit_panel, request.user, panel)
    entity = entity_of(request, panel, kind, name)
    ratings = Review.objects.filter(entity=entity).values_list("rating", flat=True)
    act = Act(
        title=f"Rate {entity.name}",
        caption=panel.name,
        button="Save rating",
        back=entity_url(panel.pk, entity.kind, entity.name),
        form=RatingForm(posted(request), initial={"level": str(min(entity.level, 3))}),
        perform=lambda said: _rate(request, entity, said),
        done=f"The rating of {entity.name} is saved.",
        explanation=f"A rating makes a new version after {panel.version}; the number after the dot grows by one.",
        facts=(
            ("Rating now", listings.level_cell(entity.level).text),
            ("Reviewers say", summaries.consensus_of(ratings).sentence),
        ),
    )
    return carry_out(request, act)


def _rate(request: HttpRequest, entity: PanelEntity, said: Mapping[str, Any]) -> None:
    verdict = {"actor": reader_of(request), "entity": entity, "level": said["level"], "reason": said["reason"]}
    if entity.pending:
        services.accept_entity(**verdict)
    else:
        services.set_rating(**verdict)
    services.mark_ready(actor=reader_of(request), entity=entity, reason=said["reason"])


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def entity_edit(request: HttpRequest, panel: Panel, kind: str, name: str) -> HttpResponse:
    """Say something else of an entity."""
    require(policies.can_edit_panel, request.user, panel)
    entity = entity_of(request, panel, kind, name)
    start = {field: getattr(entity, field) or "" for field in _TEXTS}
    sources = [name for name in entity.evidence.values_list("name", flat=True) if name]
    act = Act(
        title=f"Change what is said of {entity.name}",
        caption=panel.name,
        button="Save changes",
        back=entity_url(panel.pk, entity.kind, entity.name),
        form=EntityForm(posted(request), initial={**start, "sources": sources}, is_new=False),
        perform=lambda said: _update(request, entity, said),
        done=f"What is said of {entity.name} is saved.",
        explanation=f"Changes make a new version after {panel.version}.",
    )
    return carry_out(request, act)


def _update(request: HttpRequest, entity: PanelEntity, said: Mapping[str, Any]) -> None:
    facts = cast(EntityFacts, {name: value for name, value in said.items() if name != "reason"})
    services.update_entity(actor=reader_of(request), entity=entity, facts=facts, reason=said["reason"])


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def entity_remove(request: HttpRequest, panel: Panel, kind: str, name: str) -> HttpResponse:
    """Take an entity off its panel, or do not take in what was suggested."""
    require(policies.can_edit_panel, request.user, panel)
    entity = entity_of(request, panel, kind, name)
    act = Act(
        title=f"Do not take in {entity.name}?" if entity.pending else f"Take {entity.name} off the panel?",
        caption=panel.name,
        button="Do not take it in" if entity.pending else "Take it off",
        back=panel_url(panel.pk),
        form=ReasonForm(posted(request)),
        perform=lambda said: _remove(request, entity, said["reason"]),
        done=f"{entity.name} does not stand on the panel.",
        explanation="Its reviews and comments go with it. Versions that hold it stay as they are.",
        danger=True,
    )
    return carry_out(request, act)


def _remove(request: HttpRequest, entity: PanelEntity, reason: str) -> None:
    remove = services.refuse_entity if entity.pending else services.remove_entity
    remove(actor=reader_of(request), entity=entity, reason=reason)
