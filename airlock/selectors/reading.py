"""Who may read which remark and which vote, and what the author reads of a decision."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from airlock.models import Comment, ExportRequest, FileGroup, RequestFile
from airlock.policies import can_check_or_manage, holds_auditor
from airlock.tallies import FileTally, Outcome, tallies_of

S = ExportRequest.Status


def comments_for(actor: Any, request: ExportRequest) -> QuerySet[Comment]:
    """The remarks that this reader may see now.

    Authors read checkers' remarks after the return or the decision, and only those for everybody. Checkers see their
    own alone until the reviews are in.
    """
    said = request.comments.filter(discarded_at=None).select_related("author", "group")
    if holds_auditor(actor):
        return said
    if can_check_or_manage(actor, request) or ExportRequest.objects.checkable_by(actor).filter(pk=request.pk).exists():
        blind = Q(is_of_checker=True, turn=request.turn) & ~Q(author=actor)
        return said.exclude(blind) if request.status == S.IN_REVIEW else said
    open_turn = request.status in (S.IN_REVIEW, S.CONSOLIDATING, S.COMMITTEE, S.CHECKING, S.APPROVED, S.RELEASING)
    hidden = Q(is_of_checker=True) & (
        Q(audience=Comment.Audience.CHECKERS) | (Q(turn=request.turn) if open_turn else Q(pk=None))
    )
    return said.exclude(hidden)


def tallies_for(actor: User, request: ExportRequest) -> list[FileTally]:
    """The votes that a checker may see: their own until all are in, then everybody's."""
    tallies = tallies_of(request)
    if request.status != S.IN_REVIEW:
        return tallies
    return [
        FileTally(each.file, [vote for vote in each.votes if vote.review.reviewer_id == actor.pk], each.required)
        for each in tallies
    ]


def groups_with_files(request: ExportRequest) -> list[tuple[FileGroup, list[RequestFile]]]:
    """The groups of a request, each with the files that are in it now."""
    files: dict[int, list[RequestFile]] = defaultdict(list)
    for file in request.files.current().select_related("blob"):
        files[file.group_id].append(file)
    return [(group, files[group.pk]) for group in request.groups.all()]


def decision_words(request: ExportRequest) -> list[tuple[str, str]]:
    """What the author reads of each file once it is decided: a divided file is one with changes asked for."""
    if request.status not in (S.RETURNED, S.REJECTED, S.RELEASED, S.REVOKED):
        return []
    words = {Outcome.APPROVED: "Approved", Outcome.INCOMPLETE: "Not decided"}
    return [(each.file.name, words.get(each.outcome, "Changes asked for")) for each in tallies_of(request)]
