"""What reviewers do: review, comment, suggest. Everybody touches only their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.gates import reader_of
from panelapp import policies, services
from panelapp.forms import FORM_OF_KIND, CommentForm, ReviewForm
from panelapp.listings import KIND_WORDS, PART_OF_KIND, entity_url, panel_url
from panelapp.listings.work import MY_REVIEWS
from panelapp.models import Comment, Panel, PanelEntity, Review
from panelapp.services import EntityFacts, ReviewFacts
from panelapp.views import entity_of, of_panel
from panelapp.views.acts import Act
from panelapp.views.tabs import section_tabs
from panelapp.vocabularies import EntityKind
from portal.kernel.access import require
from portal.kernel.acts import carry_out, posted
from portal.kernel.forms import HouseForm

_REVIEW_FIELDS = (
    "rating",
    "mode_of_inheritance",
    "mode_of_pathogenicity",
    "publications",
    "phenotypes",
    "current_diagnostic",
)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def review(request: HttpRequest, panel: Panel, kind: str, name: str) -> HttpResponse:
    """Write one's review of an entity, or change the one that is there."""
    require(policies.can_review_panel, request.user, panel)
    entity = entity_of(request, panel, kind, name)
    own = Review.objects.filter(entity=entity, author=reader_of(request)).select_related("entity__panel").first()
    of_repeat = entity.kind == EntityKind.STR
    start = {field: getattr(own, field) for field in _REVIEW_FIELDS} if own else None
    if own and start is not None:
        start["clinically_relevant"] = {True: "yes", False: "no", None: ""}[own.clinically_relevant]
    act = Act(
        title="Change your review" if own else "Add your review",
        caption=f"{entity.name} on {panel.name}",
        button="Save review",
        back=entity_url(panel.pk, entity.kind, entity.name, "entity-reviews"),
        form=ReviewForm(posted(request), initial=start, is_new=own is None, of_repeat=of_repeat),
        perform=lambda said: _save_review(request, entity, own, said),
        done="Your review is saved.",
        explanation=f"You are looking at version {panel.version}. A review does not change the rating by itself.",
    )
    return carry_out(request, act)


def _save_review(request: HttpRequest, entity: PanelEntity, own: Review | None, said: Mapping[str, Any]) -> None:
    fields = [name for name in (*_REVIEW_FIELDS, "clinically_relevant") if name in said]
    facts = cast(ReviewFacts, {field: said[field] for field in fields})
    if own is None:
        services.add_review(actor=reader_of(request), entity=entity, facts=facts, comment=said["comment"])
    else:
        services.update_review(actor=reader_of(request), review=own, facts=facts)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def review_delete(request: HttpRequest, panel: Panel, kind: str, name: str, number: int) -> HttpResponse:
    """Delete a review: one's own, or any as a curator."""
    entity = entity_of(request, panel, kind, name)
    found = get_object_or_404(Review.objects.select_related("entity__panel", "author"), entity=entity, pk=number)
    require(policies.can_delete_review, request.user, found)
    act = Act(
        title=f"Delete the review of {found.author.display_name}?",
        caption=f"{entity.name} on {panel.name}",
        button="Delete review",
        back=entity_url(panel.pk, entity.kind, entity.name, "entity-reviews"),
        form=HouseForm(posted(request)),
        perform=lambda said: services.delete_review(actor=reader_of(request), review=found),
        done="The review is deleted.",
        explanation="Its comments go with it. The history keeps that there was a review.",
        danger=True,
    )
    return carry_out(request, act)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def comment(request: HttpRequest, panel: Panel, kind: str, name: str, number: int = 0) -> HttpResponse:
    """Say something about an entity, or change what one said."""
    require(policies.can_review_panel, request.user, panel)
    entity = entity_of(request, panel, kind, name)
    own = _own_comment(request, entity, number) if number else None
    act = Act(
        title="Change your comment" if own else "Add a comment",
        caption=f"{entity.name} on {panel.name}",
        button="Save comment",
        back=entity_url(panel.pk, entity.kind, entity.name, "entity-reviews"),
        form=CommentForm(posted(request), initial={"text": own.text} if own else None),
        perform=lambda said: _save_comment(request, entity, own, said["text"]),
        done="Your comment is saved.",
        explanation="Everybody can read it with your name. Write nothing about a person whom it would reveal.",
    )
    return carry_out(request, act)


def _own_comment(request: HttpRequest, entity: PanelEntity, number: int) -> Comment:
    found = Comment.objects.select_related("entity__panel").filter(entity=entity, pk=number).first()
    if found is None:
        raise Http404("There is no such comment.")
    require(policies.can_change_comment, request.user, found)
    return cast(Comment, found)


def _save_comment(request: HttpRequest, entity: PanelEntity, own: Comment | None, text: str) -> None:
    if own is None:
        services.add_comment(actor=reader_of(request), entity=entity, text=text)
    else:
        services.change_comment(actor=reader_of(request), comment=own, text=text)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def comment_delete(request: HttpRequest, panel: Panel, kind: str, name: str, number: int) -> HttpResponse:
    """Delete a comment: one's own, or any as a curator."""
    entity = entity_of(request, panel, kind, name)
    found = get_object_or_404(Comment.objects.select_related("entity__panel", "author"), entity=entity, pk=number)
    require(policies.can_delete_comment, request.user, found)
    act = Act(
        title=f"Delete the comment of {found.author.display_name}?",
        caption=f"{entity.name} on {panel.name}",
        button="Delete comment",
        back=entity_url(panel.pk, entity.kind, entity.name, "entity-reviews"),
        form=HouseForm(posted(request)),
        perform=lambda said: services.delete_comment(actor=reader_of(request), comment=found),
        done="The comment is deleted.",
        explanation="The history keeps that there was one.",
        facts=(("Comment", found.text),),
        danger=True,
    )
    return carry_out(request, act)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@of_panel
def entity_add(request: HttpRequest, panel: Panel, kind: str = "gene") -> HttpResponse:
    """Put something on a panel: a curator's makes a version, a reviewer's waits for a curator."""
    require(policies.can_review_panel, request.user, panel)
    by_curator = policies.can_edit_panel(request.user, panel)
    word, verb = KIND_WORDS[kind][0], "Add" if by_curator else "Suggest"
    waits = "It waits for a curator, and stands in no version until then."
    act = Act(
        title=f"{verb} a {word}",
        caption=panel.name,
        button=f"{verb} {word}",
        back=panel_url(panel.pk, "", PART_OF_KIND[kind]),
        form=FORM_OF_KIND[kind](posted(request), is_new=True, by_curator=by_curator),
        perform=lambda said: _add(request, panel, kind, said),
        done=f"The {word} stands on the panel." if by_curator else f"Thank you for your suggestion. {waits}",
        explanation="This makes a new version of the panel." if by_curator else waits,
    )
    return carry_out(request, act)


def _add(request: HttpRequest, panel: Panel, kind: str, said: Mapping[str, Any]) -> None:
    services.add_entity(actor=reader_of(request), panel=panel, kind=kind, facts=facts_said(said), reason=said["reason"])


def facts_said(said: Mapping[str, Any]) -> EntityFacts:
    """What a form said of an entity. No transcripts means all of them."""
    facts = {name: value for name, value in said.items() if name != "reason"}
    if "transcripts" in facts:
        facts["transcripts"] = facts["transcripts"] or None
    return cast(EntityFacts, facts)


@require_safe
@login_required
def my_reviews(request: HttpRequest) -> HttpResponse:
    """One's own reviews, newest first."""
    own = Review.objects.visible_to(request.user).filter(author=reader_of(request)).select_related("entity__panel")
    context = {"listing": MY_REVIEWS.page(request, own), "tabs": section_tabs(request.user, "my-reviews")}
    return render(request, "panelapp/my_reviews.html", context)
