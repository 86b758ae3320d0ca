"""Reviews and comments. They change neither traffic lights nor versions; reviewers touch only their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from django.db import transaction

from panelapp.events import Event
from panelapp.models import Comment, Panel, PanelEntity, Review
from panelapp.policies import (
    can_change_comment,
    can_change_review,
    can_delete_comment,
    can_delete_review,
    can_edit_panel,
    can_review_panel,
)
from panelapp.services.edits import refuse_closed
from panelapp.services.publishing import lock_panel, tell_changes
from panelapp.versions import EntityChange
from panelapp.vocabularies import ReviewRating
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require
from portal.kernel.refusals import InvalidInput, TransitionRefused

LONGEST_COMMENT = 20_000


class ReviewFacts(TypedDict, total=False):
    """What a reviewer says; what is left out stays as it is."""

    rating: str
    mode_of_inheritance: str
    mode_of_pathogenicity: str
    publications: list[str]
    phenotypes: list[str]
    current_diagnostic: bool
    clinically_relevant: bool | None


@transaction.atomic
def add_review(*, actor: Actor, entity: PanelEntity, facts: ReviewFacts, comment: str = "") -> Review:
    """The actor's review of an entity; one for each person. TransitionRefused for a second, InvalidInput."""
    require(can_review_panel, actor, entity.panel)
    _check(facts)
    refuse_closed(lock_panel(entity.panel))  # two presses of one button come one after the other
    if Review.objects.filter(entity=entity, author_id=actor.pk).exists():
        raise TransitionRefused("You have reviewed this already. Change your review instead.")
    at = clock.now()
    about = {"entity": entity, "version": entity.panel.version, "created_at": at, "updated_at": at}
    review: Review = Review.objects.create(author_id=actor.pk, **about, **facts)
    if comment.strip():
        write_comment(actor=actor, entity=entity, text=comment, review=review)
    _tell(actor, entity, "review_added", Event.REVIEW_ADDED, after=review.rating)
    return review


@transaction.atomic
def update_review(*, actor: Actor, review: Review, facts: ReviewFacts) -> Review:
    """Change one's own review; it then speaks of the present version."""
    require(can_change_review, actor, review)
    _check(facts)
    before = review.rating
    for field, value in facts.items():
        setattr(review, field, value)
    review.updated_at = clock.now()
    review.version = review.entity.panel.version
    review.save()
    _tell(actor, review.entity, "review_changed", Event.REVIEW_CHANGED, before=before, after=review.rating)
    return review


@transaction.atomic
def delete_review(*, actor: Actor, review: Review) -> None:
    """Delete a review with its comments: one's own, or any as a curator."""
    require(can_delete_review, actor, review)
    _tell(actor, review.entity, "review_deleted", Event.REVIEW_DELETED, before=review.rating)
    review.delete()


@transaction.atomic
def add_comment(*, actor: Actor, entity: PanelEntity, text: str, review: Review | None = None) -> Comment:
    """Say something about an entity. InvalidInput for an empty or overlong text."""
    require(can_review_panel, actor, entity.panel)
    refuse_closed(entity.panel)
    comment = write_comment(actor=actor, entity=entity, text=text, review=review)
    _tell(actor, entity, "comment_added", Event.COMMENT_ADDED)
    return comment


@transaction.atomic
def change_comment(*, actor: Actor, comment: Comment, text: str) -> Comment:
    """Change one's own comment."""
    require(can_change_comment, actor, comment)
    comment.text = _checked_text(text)
    comment.updated_at = clock.now()
    comment.save(update_fields=["text", "updated_at"])
    _tell(actor, comment.entity, "comment_changed", Event.COMMENT_CHANGED)
    return comment


@transaction.atomic
def delete_comment(*, actor: Actor, comment: Comment) -> None:
    """Delete a comment: one's own, or any as a curator."""
    require(can_delete_comment, actor, comment)
    _tell(actor, comment.entity, "comment_deleted", Event.COMMENT_DELETED)
    comment.delete()


@transaction.atomic
def copy_reviews(*, actor: Actor, source: Panel, target: Panel, reviews: Sequence[Review]) -> int:
    """Copy chosen reviews, with comments, to entities of the same name; who reviewed there already is left alone.

    Returns how many were copied. The copies say which version of which panel they come from.
    """
    require(can_edit_panel, actor, target)
    target = lock_panel(target)
    refuse_closed(target)
    there = {(each.kind, each.name): each for each in PanelEntity.objects.filter(panel=target)}
    taken = set(Review.objects.filter(entity__panel=target).values_list("entity_id", "author_id"))
    copied = 0
    for review in reviews:
        entity = there.get((review.entity.kind, review.entity.name))
        if entity is None or review.entity.panel_id != source.pk or (entity.pk, review.author_id) in taken:
            continue
        _copy(review, entity, f"Imported from {source.name} panel version {source.version}"[:255])
        taken.add((entity.pk, review.author_id))
        copied += 1
    if copied:
        told = EntityChange("reviews_copied", before=source.name, after=str(copied))
        tell_changes(actor=actor, panel=target, changes=[told])
        detail = {"from": source.pk, "count": copied}
        audit.record(Event.REVIEWS_COPIED, target, actor, detail=detail)
        events.publish(Event.REVIEWS_COPIED, target, actor, detail)
    return copied


def _copy(review: Review, entity: PanelEntity, version: str) -> None:
    comments = list(review.comments.order_by("pk"))
    twin = Review.objects.get(pk=review.pk)
    twin.pk, twin.entity, twin.version = None, entity, version
    twin._state.adding = True
    twin.save()
    for comment in comments:
        comment.pk, comment.entity, comment.review, comment.version = None, entity, twin, version
        comment._state.adding = True
        comment.save()


def write_comment(*, actor: Actor, entity: PanelEntity, text: str, review: Review | None) -> Comment:
    """A comment's row; the caller asks the policy and tells. InvalidInput."""
    if review is not None and (review.entity_id != entity.pk or review.author_id != actor.pk):
        raise InvalidInput("A comment belongs to your own review of the same entity.", field="review")
    at = clock.now()
    comment: Comment = Comment.objects.create(
        entity=entity,
        review=review,
        author_id=actor.pk,
        text=_checked_text(text),
        version=entity.panel.version,
        created_at=at,
        updated_at=at,
    )
    return comment


def _checked_text(text: str) -> str:
    if not text.strip() or len(text) > LONGEST_COMMENT:
        raise InvalidInput(f"Write a comment of up to {LONGEST_COMMENT:,} characters.", field="text")
    return text.strip()


def _check(facts: ReviewFacts) -> None:
    if facts.get("rating", "") not in ("", *ReviewRating.values):
        raise InvalidInput("A rating is green, amber or red.", field="rating")


def _tell(actor: Actor, entity: PanelEntity, change: str, event: Event, *, before: str = "", after: str = "") -> None:
    told = EntityChange(change, entity_kind=entity.kind, entity_name=entity.name, before=before, after=after)
    tell_changes(actor=actor, panel=entity.panel, changes=[told])
    detail = {"entity": entity.name, "panel": entity.panel_id}
    audit.record(event, entity, actor, detail=detail)
    events.publish(event, entity, actor, detail)
