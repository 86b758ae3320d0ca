"""What the reviews of the present turn say of each file. Only submitted reviews that are not void are counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import F

from airlock.models import ExportRequest, RequestFile, Review, Vote
from portal.kernel.requests import once_per_reading


class Outcome(StrEnum):
    """What several votes on one file come to."""

    INCOMPLETE = "incomplete"
    APPROVED = "approved"
    CHANGES = "changes"
    DIVIDED = "divided"


@dataclass(frozen=True)
class FileTally:
    """The votes on one file that is to leave, and what follows from them."""

    file: RequestFile
    votes: Sequence[Vote]
    required: int

    @property
    def outcome(self) -> Outcome:
        """One that dissents is enough for "divided": two approvals do not outvote a doubt."""
        values = {vote.value for vote in self.votes}
        if len(self.votes) < self.required:
            return Outcome.INCOMPLETE
        if values == {Vote.Value.APPROVE.value}:
            return Outcome.APPROVED
        return Outcome.CHANGES if values == {Vote.Value.CHANGE.value} else Outcome.DIVIDED


def counted_reviews(request: ExportRequest) -> list[Review]:
    """The submitted reviews of the present turn that are not void, oldest first."""
    reviews = Review.objects.filter(request=request, turn=request.turn, voided_at=None).exclude(submitted_at=None)
    ordered = reviews.select_related("reviewer").order_by("submitted_at", "pk")
    return once_per_reading(("airlock reviews", request.pk, request.turn), lambda: list(ordered))


def tallies_of(request: ExportRequest) -> list[FileTally]:
    """One tally for each file that is to leave, in the order of the request; two queries."""
    return once_per_reading(("airlock tallies", request.pk, request.turn), lambda: _tallies_of(request))


def _tallies_of(request: ExportRequest) -> list[FileTally]:
    files = list(request.files.leaving().select_related("blob", "group"))
    return [FileTally(file, votes, request.required_reviews) for file, votes in _votes_on(request, files)]


def _votes_on(request: ExportRequest, files: Sequence[RequestFile]) -> list[tuple[RequestFile, list[Vote]]]:
    cast = (
        Vote.objects.filter(review__request=request, review__turn=request.turn, review__voided_at=None)
        .filter(superseded_at=None, blob=F("file__blob"))
        .exclude(review__submitted_at=None)
        .select_related("review__reviewer")
    )
    by_file: Mapping[int, list[Vote]] = defaultdict(list)
    for vote in cast:
        by_file[vote.file_id].append(vote)
    return [(file, by_file[file.pk]) for file in files]
