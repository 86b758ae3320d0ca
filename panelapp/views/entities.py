"""One gene, repeat or region on one panel: its rating, what reviewers say, its facts and its history."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from panelapp import listings, policies, summaries
from panelapp.models import Panel, PanelEntity
from panelapp.summaries import facts_of
from panelapp.versions import LISTS
from panelapp.views import entity_of, of_panel
from panelapp.views.tabs import entity_actions, entity_tabs, refusals_for

_MOST_EVENTS = 200


def entity_frame(request: HttpRequest, entity: PanelEntity, part: str) -> dict[str, Any]:
    """What every page of an entity shows around its part."""
    reviews = list(summaries.reviews_of(request.user, entity))
    level = listings.level_cell(entity.level)
    return {
        "panel": entity.panel,
        "entity": entity,
        "list_name": LISTS[entity.kind],
        "caption": f"{entity.get_kind_display()} on {entity.panel.name}, version {entity.panel.version}",
        "rating": level.text,
        "tone": level.tone,
        "reviews": reviews,
        "consensus": summaries.consensus_of(review.rating for review in reviews),
        "tabs": entity_tabs(entity, part, len(reviews)),
        "actions": entity_actions(
            entity, request.user, has_own=any(each.author_id == request.user.pk for each in reviews)
        ),
        "refusals": refusals_for(request.user),
    }


def _sources(entity: PanelEntity) -> list[str]:
    wire = json.loads(entity.wire or "{}")
    return [name for name in wire.get("evidence", ()) if name]


@require_safe
@of_panel
def entity_detail(request: HttpRequest, panel: Panel, kind: str, name: str) -> HttpResponse:
    """The rating in words, why, and what reviewers think."""
    entity = entity_of(request, panel, kind, name)
    frame = entity_frame(request, entity, "entity-detail")
    context = {
        **frame,
        "summary": [
            ("Mode of inheritance", entity.mode_of_inheritance or "Not given"),
            ("Mode of pathogenicity", entity.mode_of_pathogenicity or "Loss of function, or not given"),
            ("Penetrance", entity.penetrance or "Not given"),
            ("Tags", ", ".join(entity.tags) or "None"),
        ],
        "sources": _sources(entity),
        "bars": listings.consensus_bars(frame["consensus"]),
    }
    return render(request, "panelapp/entity_detail.html", context)


@require_safe
@of_panel
def entity_reviews(request: HttpRequest, panel: Panel, kind: str, name: str) -> HttpResponse:
    """What reviewers say, newest first."""
    entity = entity_of(request, panel, kind, name)
    frame = entity_frame(request, entity, "entity-reviews")
    loose = list(summaries.loose_comments(request.user, entity))
    places = summaries.affiliations({review.author_id for review in frame["reviews"]})
    for review in frame["reviews"]:
        review.affiliation = places.get(review.author_id, "")
    may_review = policies.can_review_panel(request.user, panel)
    written = [*loose, *(comment for review in frame["reviews"] for comment in review.comments.all())]
    said = [
        (review, listings.review_rows(review), policies.can_delete_review(request.user, review))
        for review in frame["reviews"]
    ]
    context = {
        "said": said,
        "comments": loose,
        "own_comments": {each.pk for each in written if may_review and each.author_id == request.user.pk},
        "may_delete_all": policies.can_edit_panel(request.user, panel),
    }
    return render(request, "panelapp/entity_reviews.html", {**frame, **context})


@require_safe
@of_panel
def entity_facts(request: HttpRequest, panel: Panel, kind: str, name: str) -> HttpResponse:
    """What is known of the gene, repeat or region itself."""
    entity = entity_of(request, panel, kind, name)
    context = {**entity_frame(request, entity, "entity-facts"), "facts": facts_of(entity)}
    return render(request, "panelapp/entity_facts.html", context)


@require_safe
@of_panel
def entity_history(request: HttpRequest, panel: Panel, kind: str, name: str) -> HttpResponse:
    """What happened to it on this panel."""
    entity = entity_of(request, panel, kind, name)
    happened = summaries.events_of_entity(request.user, entity)[:_MOST_EVENTS]
    context = {**entity_frame(request, entity, "entity-history"), "timeline": listings.timeline_of(happened)}
    return render(request, "panelapp/entity_history.html", context)
