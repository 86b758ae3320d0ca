"""Whether an act fits one person at this moment, as a sentence that says why not: for services, and for buttons."""

from __future__ import annotations

from accounts.models import User
from airlock import guards
from airlock.models import CommitteeVoice, Decision, DownloadGrant, ExportRequest, Review
from portal.kernel.requests import once_per_reading

ALREADY = "You have done this already."


def own_review(request: ExportRequest, person: User) -> Review | None:
    """The person's review of the present turn, where there is one that is not void."""
    reviews = Review.objects.filter(request=request, turn=request.turn, reviewer=person, voided_at=None)
    return once_per_reading(("airlock own review", person.pk, request.pk, request.turn), reviews.first)


def place_is_free(person: User, request: ExportRequest) -> str | None:
    """Fewer reviews of this turn are taken up than it needs, and this person gave none back."""
    reviews = Review.objects.filter(request=request, turn=request.turn)
    mine = next((review for review in reviews if review.reviewer_id == person.pk), None)
    if mine is not None:
        return ALREADY if mine.voided_at is None else "You gave back your review of this turn, so others do it."
    if sum(review.voided_at is None for review in reviews) >= request.required_reviews:
        return "Enough checkers have taken this request up."
    return None


def review_is_open(person: User, request: ExportRequest) -> str | None:
    """This person has a review of this turn that is not in yet."""
    review = own_review(request, person)
    if review is None:
        return "Take the review up first."
    return ALREADY if review.submitted_at else None


def every_file_is_judged(person: User, request: ExportRequest) -> str | None:
    """This person's open review has a vote on each file that is to leave."""
    review = own_review(request, person)
    if review is None or review.submitted_at is not None:
        return review_is_open(person, request)
    voted = review.votes.filter(superseded_at=None).values("file")
    if request.files.leaving().exclude(pk__in=voted).exists():
        return "Judge every file that is to be released first."
    return None


def standing_rejection(request: ExportRequest) -> Decision | None:
    """The rejection that a checker proposed in this turn and that was not taken back."""
    proposed = Decision.objects.filter(request=request, turn=request.turn, outcome=Decision.Outcome.REJECT)
    return proposed.filter(stopped_at=None).first()


def rejection_is_theirs(person: User, request: ExportRequest) -> str | None:
    """A reviewer of this turn proposes; another checker confirms."""
    proposed = standing_rejection(request)
    if proposed is not None:
        return "A second checker confirms a rejection." if proposed.by_id == person.pk else None
    review = own_review(request, person)
    return None if review and review.submitted_at else "Only who reviewed this turn proposes to reject."


def has_not_spoken(person: User, request: ExportRequest) -> str | None:
    """The committee's question is open, and this member has not answered it."""
    said = CommitteeVoice.objects.filter(referral__request=request, referral__closed_at=None, member=person)
    return "You have spoken already." if said.exists() else None


def can_be_returned(person: User, request: ExportRequest) -> str | None:
    """The author can read what to change."""
    return guards.changes_are_explained(request)


def can_be_approved(person: User, request: ExportRequest) -> str | None:
    """Nothing stands in the way of the release."""
    return guards.why_not_approved(request)


def further_review_helps(person: User, request: ExportRequest) -> str | None:
    """The checkers are divided, or one of them became too near."""
    return guards.further_review_helps(request)


def is_on_hold(person: User, request: ExportRequest) -> str | None:
    """It can be freed."""
    return None if request.is_held else "This request is not on hold."


def is_not_on_hold(person: User, request: ExportRequest) -> str | None:
    """It can be held."""
    return guards.not_held(request)


def is_not_urgent(person: User, request: ExportRequest) -> str | None:
    """It can be marked."""
    return ALREADY if request.urgent_reason else None


def somebody_may_download(person: User, request: ExportRequest) -> str | None:
    """There is a permission that nobody ended."""
    grants = DownloadGrant.objects.filter(release__request=request, release__stopped_at=None, revoked_at=None)
    return None if grants.exists() else "Nobody has a permission that could be changed."
