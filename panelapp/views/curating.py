"""What curators decide on an entity: the queue, the rating with its reason, what is said of it, whether it stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.forms import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.gates import reader_of
from panelapp import listings, policies, services, summaries
from panelapp.forms import FORM_OF_KIND, EntityCopyForm, RatingForm, ReasonForm
from panelapp.listings import entity_url, panel_url
from panelapp.listings.work import QUEUE
from panelapp.models import Panel, PanelEntity, Review
from panelapp.services.copies import copy_entity
from panelapp.services.edits import detail_of
from panelapp.views import entity_of, of_panel
from panelapp.views.acts import Act
from panelapp.views.reviewing import facts_said
from panelapp.views.tabs import section_tabs
from portal.kernel.access import require
from portal.kernel.acts import carry_out, posted
from portal.kernel.forms import HouseForm

_TEXTS = (
    "mode_of_inheritance",
    "mode_of_pathogenicity",
    "penetrance",
    "phenotypes",
    "publications",
    "tags",
    "transcripts",
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
    start["sources"] = [name for name in entity.evidence.values_list("name", flat=True) if name]
    if (detail := detail_of(entity)) is not None:
        start |= model_to_dict(detail, exclude=["entity"])
    act = Act(
        title=f"Change what is said of {entity.name}",
        caption=panel.name,
        button="Save changes",
        back=entity_url(panel.pk, entity.kind, entity.name),
        form=FORM_OF_KIND[entity.kind](posted(request), initial=start, is_new=False),
        perform=lambda said: _update(request, entity, said),
        done=f"What is said of {entity.name} is saved.",
        explanation=f"Changes make a new version after {panel.version}.",
    )
    return carry_out(request, act)


def _update(request: HttpRequest, entity: PanelEntity, said: Mapping[str, Any]) -> None:
    services.update_entity(actor=reader_of(request), entity=entity, facts=facts_said(said), reason=said["reason"])


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


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def entity_reopen(request: HttpRequest, panel: Panel, kind: str, name: str) -> HttpResponse:
    """Put an entity back into the curators' work."""
    require(policies.can_edit_panel, request.user, panel)
    entity = entity_of(request, panel, kind, name)
    act = Act(
        title=f"Put {entity.name} back into the queue?",
        caption=panel.name,
        button="Put it back",
        back=entity_url(panel.pk, entity.kind, entity.name),
        form=HouseForm(posted(request)),
        perform=lambda said: services.mark_not_ready(actor=reader_of(request), entity=entity),
        done=f"{entity.name} is not marked as ready any more.",
        explanation="Its rating stays, and no version is made. Once it has a review, it stands in the curation queue.",
    )
    return carry_out(request, act)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def entity_copy(request: HttpRequest, panel: Panel, kind: str, name: str) -> HttpResponse:
    """Put the same entity, with chosen reviews, on other panels."""
    require(policies.can_edit_panel, request.user, panel)
    entity = entity_of(request, panel, kind, name)
    reviews = Review.objects.filter(entity=entity).select_related("entity", "author").order_by("pk")
    act = Act(
        title=f"Copy {entity.name} to other panels",
        caption=panel.name,
        button="Copy",
        back=entity_url(panel.pk, entity.kind, entity.name),
        form=EntityCopyForm(posted(request), reviews=reviews),
        perform=lambda said: copy_entity(
            actor=reader_of(request),
            entity=entity,
            targets=said["panels"],
            reviews=list(said.get("reviews") or ()),
            reason=said["reason"],
        ),
        done=f"{entity.name} stands on these panels too.",
        explanation="Each of these panels gets a new version, or none of them: the whole copy is refused where one of "
        "them holds it already. Copied reviews say which version of which panel they come from.",
    )
    return carry_out(request, act)
