"""The checkers' side until the reviews of a turn are in: claim, vote, submit, comment, return early."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from accounts.policies import is_another_person
from airlock import policies
from airlock.events import Event
from airlock.models import Comment, ExportRequest, FileGroup, RequestFile, Review, Vote
from airlock.openings import every_file_is_judged, own_review, place_is_free
from airlock.services.writing import locked, touch, writable
from airlock.tallies import counted_reviews
from airlock.workflows import EXPORT
from portal.kernel import clock
from portal.kernel.access import require
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from portal.kernel.telling import tell

S = ExportRequest.Status
STALE = "The request changed since you opened this page. Look at it again."


def require_state(request: ExportRequest, *states: str) -> None:
    """Refuse what the present state of the request does not allow."""
    if request.status not in states:
        raise TransitionRefused("This is not possible in the present state of the request. Look at it again.")


def require_apart(person: User, request: ExportRequest) -> None:
    """Refuse who has a second account among those who take part: the author, who put files in, the other reviewers.

    Raises PermissionRefused.
    """
    files = request.files.exclude(added_by=person).select_related("added_by")
    reviews = Review.objects.filter(request=request, turn=request.turn, voided_at=None).exclude(reviewer=person)
    others = [file.added_by for file in files] + [each.reviewer for each in reviews.select_related("reviewer")]
    require(is_another_person, person, {each.pk: each for each in [request.author, *others]}.values())


@transaction.atomic
def claim_review(*, actor: User, request: ExportRequest) -> Review:
    """Take up a review of this turn, if a place is free. Doing it twice gives the same review."""
    fresh = locked(request)
    require(policies.can_check_export, actor, fresh)
    require_state(fresh, S.IN_REVIEW)
    if (mine := own_review(fresh, actor)) is not None:
        return mine
    if sentence := place_is_free(actor, fresh):
        raise TransitionRefused(sentence)
    require_apart(actor, fresh)
    review = Review.objects.create(request=fresh, turn=fresh.turn, reviewer=actor, claimed_at=clock.now())
    tell(Event.REVIEW_CLAIMED, fresh, actor, turn=fresh.turn)
    return review


@transaction.atomic
def unclaim_review(*, actor: User, request: ExportRequest, review: Review) -> None:
    """Give a review back before it is submitted: one's own, or a manager anybody's."""
    fresh = locked(request)
    held = Review.objects.select_for_update(no_key=True).get(pk=review.pk, request=fresh)
    require(
        policies.can_check_export if held.reviewer_id == actor.pk else policies.can_manage_export,
        actor,
        fresh,
    )
    if held.submitted_at is not None or held.voided_at is not None:
        raise TransitionRefused("This review was submitted already.")
    void_reviews([held], "Given back before it was submitted.")
    tell(Event.REVIEW_UNCLAIMED, fresh, actor, turn=fresh.turn)


def void_reviews(reviews: list[Review], reason: str) -> None:
    """Count these reviews no more; they are kept."""
    Review.objects.filter(pk__in=[review.pk for review in reviews]).update(voided_at=clock.now(), void_reason=reason)


@transaction.atomic
def cast_vote(
    *, actor: User, request: ExportRequest, file: RequestFile, sha256: str, turn: int, value: str, reason: str = ""
) -> Vote:
    """Judge one file's bytes. Before one's review is submitted freely; in consolidation with a reason.

    `sha256` and `turn` are those of the page that was read: TransitionRefused (409) where they are not current.
    """
    fresh = locked(request)
    require(policies.can_check_export, actor, fresh)
    require_state(fresh, S.IN_REVIEW, S.CONSOLIDATING)
    current = fresh.files.leaving().filter(pk=file.pk).first()
    if turn != fresh.turn or current is None or current.blob_id != sha256:
        raise TransitionRefused(STALE)
    if value not in Vote.Value.values:
        raise InvalidInput("Choose whether the file may leave.", field="value")
    review = own_review(fresh, actor)
    if review is None:
        raise PermissionRefused("Take the review up first.")
    consolidating = fresh.status == S.CONSOLIDATING
    if consolidating == (review.submitted_at is None):
        raise TransitionRefused("Your review is in. Votes are changed only when all reviews are in, with a reason.")
    if (value == Vote.Value.CHANGE or consolidating) and not reason.strip():
        raise InvalidInput("Say why.", field="reason")
    at = clock.now()
    Vote.objects.filter(review=review, file=current, superseded_at=None).update(superseded_at=at)
    vote = Vote.objects.create(
        review=review, file=current, blob_id=sha256, value=value, reason=reason.strip(), cast_at=at
    )
    event = Event.VOTE_CHANGED if consolidating else Event.VOTE_CAST
    tell(event, fresh, actor, turn=turn, file=str(current.pk), sha256=sha256)
    return vote


@transaction.atomic
def submit_review(*, actor: User, request: ExportRequest, turn: int) -> Review:
    """Hand in one's review. The last one that is needed opens all of them to all reviewers.

    Doing it twice changes nothing.
    """
    fresh = locked(request)
    review = Review.objects.filter(request=fresh, turn=turn, reviewer=actor, voided_at=None).first()
    if review is not None and review.submitted_at is not None:
        return review
    require(policies.can_check_export, actor, fresh)
    require_state(fresh, S.IN_REVIEW)
    if turn != fresh.turn:
        raise TransitionRefused(STALE)
    if review is None:
        raise PermissionRefused("Take the review up first.")
    if sentence := every_file_is_judged(actor, fresh):
        raise InvalidInput(sentence)
    require_apart(actor, fresh)
    review.submitted_at = clock.now()
    review.save(update_fields=["submitted_at"])
    tell(Event.REVIEW_SUBMITTED, fresh, actor, turn=turn)
    if len(counted_reviews(fresh)) >= fresh.required_reviews:
        EXPORT.perform(fresh, "complete-reviews", actor, detail={"turn": turn})
    return review


@transaction.atomic
def return_early(*, actor: User, request: ExportRequest, reason: str) -> ExportRequest:
    """Give the request back before the reviews are in. Its votes become void, and are kept."""
    fresh = locked(request)
    returned: ExportRequest = EXPORT.perform(
        fresh, "return-early", actor, reason=reason, detail={"turn": fresh.turn}, changes={"changed_at": clock.now()}
    )
    void_reviews(
        list(returned.reviews.filter(turn=returned.turn, voided_at=None)), "Returned before the reviews were in."
    )
    _comment(returned, actor, reason, None, Comment.Audience.EVERYBODY, is_of_checker=True)
    return returned


@transaction.atomic
def comment_as_checker(
    *,
    actor: User,
    request: ExportRequest,
    body: str,
    audience: str,
    group: FileGroup | None = None,
    file: RequestFile | None = None,
) -> Comment:
    """A checker's, committee member's or manager's remark. The author reads it, if at all, after the return."""
    fresh = locked(request)
    require(policies.can_remark, actor, fresh)
    require_state(fresh, S.IN_REVIEW, S.CONSOLIDATING, S.COMMITTEE)
    return _comment(fresh, actor, body, group or (file.group if file else None), audience, is_of_checker=True)


@transaction.atomic
def comment_as_member(*, actor: User, request: ExportRequest, body: str, group: FileGroup | None) -> Comment:
    """The author's or a member's remark or reply, for the turn that is being prepared."""
    fresh = writable(actor, request)
    touch(fresh)
    return _comment(fresh, actor, body, group, Comment.Audience.EVERYBODY, is_of_checker=False)


def _comment(
    request: ExportRequest, actor: User, body: str, group: FileGroup | None, audience: str, *, is_of_checker: bool
) -> Comment:
    if not body.strip():
        raise InvalidInput("Write something.", field="body")
    if audience not in Comment.Audience.values or (group and group.request_id != request.pk):
        raise InvalidInput("Choose who reads the comment.", field="audience")
    turn = request.turn if is_of_checker else request.turn + 1
    written = Comment.objects.create(
        request=request,
        group=group,
        author=actor,
        turn=turn,
        audience=audience,
        is_of_checker=is_of_checker,
        body=body.strip(),
        written_at=clock.now(),
    )
    tell(Event.COMMENTED, request, actor, turn=turn, audience=audience)
    return written
