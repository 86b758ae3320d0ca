"""One airlock request under random hands: whoever presses whatever, the promises P1 to P6 hold after each press.

The judge here reads plain rows and stored bytes and remembers what it saw; it does not ask the code that it judges.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import count, pairwise
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from access_review.models import ProjectMember
from access_review.services import add_member
from accounts.models import User
from airlock import services
from airlock.models import Decision, ExportRequest, ReleaseFile, RequestFile, Review, Vote
from airlock.selectors import comments_for, tallies_for
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from tests.factories import exports
from tests.factories.exports import Desk, fresh
from tests.personas import World

pytestmark = pytest.mark.django_db
S = ExportRequest.Status
REFUSALS = (PermissionRefused, TransitionRefused, InvalidInput, LookupError)
CHECKERS = ("first", "second", "third")
PRESSING = (*CHECKERS, "manager", "member", "other_member", "author", "colleague", "stranger")
OUTWARDS = (S.APPROVED, S.RELEASING, S.RELEASED)
Act = Callable[[User, ExportRequest], object]
_numbers = count(1)


def _vote(value: str) -> Act:
    def cast(actor: User, request: ExportRequest) -> None:
        for file in request.files.leaving():
            services.cast_vote(
                actor=actor,
                request=request,
                file=file,
                sha256=file.blob_id,
                turn=request.turn,
                value=value,
                reason="Because.",
            )

    return cast


def _settle(actor: User, request: ExportRequest) -> None:
    for finding in exports.unsettled(request):
        services.settle_finding(actor=actor, request=request, finding=finding, verdict="accepted", text="Fine.")


def _remark(actor: User, request: ExportRequest) -> None:
    group = request.groups.get()
    services.comment_as_checker(actor=actor, request=request, body="Mask it.", audience="everybody", group=group)


def _submit(actor: User, request: ExportRequest) -> None:
    services.comment_as_member(actor=actor, request=request, body="Done.", group=request.groups.get())
    for finding in exports.unanswered(fresh(request)):
        services.explain_finding(actor=actor, request=request, finding=finding, text="It is safe.")
    services.submit_export(actor=actor, request=request, declares=True)


def _replace(actor: User, request: ExportRequest) -> None:
    data, group = _table(next(_numbers)), request.groups.get()
    services.add_file(actor=actor, request=request, group=group, name="counts.csv", pieces=[data])


def _table(number: int) -> bytes:
    """Large counts, of which no two tables are the same."""
    return f"gene,people\nCFTR,{number}00\nG6PD,850\n".encode()


ACTS: dict[str, Act] = {
    "claim": lambda a, r: services.claim_review(actor=a, request=r),
    "vote for": _vote("approve"),
    "vote against": _vote("change"),
    "submit review": lambda a, r: services.submit_review(actor=a, request=r, turn=r.turn),
    "remark": _remark,
    "settle": _settle,
    "return early": lambda a, r: services.return_early(actor=a, request=r, reason="Early."),
    "return": lambda a, r: services.return_export(actor=a, request=r, turn=r.turn),
    "approve": lambda a, r: services.approve_export(actor=a, request=r, turn=r.turn, manifest_sha256=r.manifest_sha256),
    "reject": lambda a, r: services.reject_export(actor=a, request=r, turn=r.turn, reason="Never."),
    "further": lambda a, r: services.review_further(actor=a, request=r, reason="Divided."),
    "refer": lambda a, r: services.refer_export(actor=a, request=r, reason="May it?"),
    "speak for": lambda a, r: services.speak_for_committee(actor=a, request=r, agrees=True, reason="Yes."),
    "hold": lambda a, r: services.hold_export(actor=a, request=r, reason="Wait."),
    "free": lambda a, r: services.free_export(actor=a, request=r, reason="Go on."),
    "stop": lambda a, r: services.stop_release(actor=a, request=r, reason="A doubt."),
    "revoke": lambda a, r: services.revoke_release(actor=a, request=r, reason="A mistake.", incident=""),
    "withdraw": lambda a, r: services.withdraw_export(actor=a, request=r),
    "submit": _submit,
    "replace a file": _replace,
}
# state -> what whose turn it is does there, so that walks come far
NEXT: dict[str, tuple[tuple[str, str], ...]] = {
    S.DRAFT: (("submit", "author"),),
    S.RETURNED: (("replace a file", "author"), ("submit", "author")),
    S.CONSOLIDATING: (("settle", "first"), ("approve", "first"), ("remark", "first"), ("return", "first")),
    S.COMMITTEE: (("speak for", "member"), ("speak for", "other_member")),
}


class Walk(RuleBasedStateMachine):
    """Somebody presses something; the shadow remembers who joined the project, and whether it was held before."""

    desk: Desk
    world: World
    met: set[str]

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.request = exports.draft(self.desk, _table(next(_numbers)))
        self.was_held, self.was = False, str(S.DRAFT)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def who(self, name: str) -> User:
        others = {"colleague": self.world.people["ben"], "stranger": self.world.people["eve"]}
        return User.objects.get(pk=(others.get(name) or getattr(self.desk, name)).pk)

    def attempt(self, act: str, name: str) -> None:
        """What is refused leaves nothing."""
        self.was, self.was_held = fresh(self.request).status, fresh(self.request).is_held
        try:
            with transaction.atomic():
                ACTS[act](self.who(name), fresh(self.request))
        except REFUSALS:
            return

    @initialize(deep=st.integers(0, 3), values=st.lists(st.booleans(), min_size=3, max_size=3))
    def begin(self, deep: int, values: list[bool]) -> None:
        """Some walks begin further on."""
        for _ in range(deep):
            self.go_on(values=[True, True, True] if deep == 3 else values)

    @rule(name=st.sampled_from(PRESSING), act=st.sampled_from(sorted(ACTS)))
    def press(self, name: str, act: str) -> None:
        """Anybody presses anything."""
        self.attempt(act, name)

    @rule(values=st.lists(st.booleans(), min_size=3, max_size=3))
    def go_on(self, values: list[bool]) -> None:
        """Those whose turn it is do what brings the request on."""
        status = fresh(self.request).status
        if status == S.IN_REVIEW:
            for name, is_for in zip(CHECKERS, values, strict=True):
                for act in ("claim", "vote for" if is_for else "vote against", "submit review"):
                    self.attempt(act, name)
        for act, name in NEXT.get(status, ()):
            self.attempt(act, name)
        self.machines_work()

    @rule()
    def machines_work(self) -> None:
        """The checks and the release worker."""
        self.was, self.was_held = fresh(self.request).status, fresh(self.request).is_held
        services.check_waiting()
        services.release_waiting()

    @rule(name=st.sampled_from(CHECKERS))
    def checker_joins_the_project(self, name: str) -> None:
        try:
            with transaction.atomic():
                add_member(actor=self.who("author"), project=self.desk.project, person=self.who(name))
        except REFUSALS:
            return

    @rule()
    def somebody_swaps_stored_bytes(self) -> None:
        for file in RequestFile.objects.current().filter(request=self.request).select_related("blob"):
            default_storage.delete(file.blob.storage_name)
            default_storage.save(file.blob.storage_name, ContentFile(b"person,diagnosis\n"))

    @invariant()
    def p1_nobody_near_reviews(self) -> None:
        members = set(ProjectMember.objects.filter(project=self.desk.project).values_list("person", flat=True))
        near = members | set(self.request.files.values_list("added_by", flat=True)) | {self.desk.author.pk}
        request = fresh(self.request)
        if request.status in OUTWARDS and self.was == S.CONSOLIDATING:
            counted = Review.objects.filter(request=request, turn=request.turn, voided_at=None)
            assert near.isdisjoint(counted.exclude(submitted_at=None).values_list("reviewer", flat=True))
        assert not Review.objects.filter(request=request, reviewer__in=[self.desk.author, self.desk.manager]).exists()

    @invariant()
    def p2_nothing_goes_outwards_without_two_approvals_of_these_bytes(self) -> None:
        request = fresh(self.request)
        self.met.add(request.status)
        if request.status not in OUTWARDS:
            return
        for file in RequestFile.objects.filter(request=request, removed_at=None).exclude(kind="supporting"):
            votes = Vote.objects.filter(file=file, blob=file.blob_id, superseded_at=None, review__voided_at=None)
            votes = votes.filter(review__turn=request.turn).exclude(review__submitted_at=None)
            assert len(set(votes.values_list("review__reviewer", flat=True))) >= 2
            assert set(votes.values_list("value", flat=True)) == {"approve"}
        standing = Decision.objects.filter(request=request, turn=request.turn, outcome="approve", stopped_at=None)
        assert [each.manifest_sha256 for each in standing] == [request.manifest_sha256]

    @invariant()
    def p3_what_lies_outside_is_what_was_voted_on(self) -> None:
        for copy in ReleaseFile.objects.filter(release__request=self.request, removed_at=None).select_related("file"):
            with default_storage.open(copy.storage_name, "rb") as stream:
                assert hashlib.sha256(stream.read()).hexdigest() == copy.file.blob_id
        if fresh(self.request).status == S.RELEASED:
            outside = ReleaseFile.objects.filter(release__request=self.request, removed_at=None)
            leaving = RequestFile.objects.filter(request=self.request, removed_at=None).exclude(kind="supporting")
            assert set(outside.values_list("file", flat=True)) == set(leaving.values_list("pk", flat=True))

    @invariant()
    def p4_nobody_reads_votes_or_remarks_of_others_before_the_reviews_are_in(self) -> None:
        request = fresh(self.request)
        if request.status != S.IN_REVIEW:
            return
        for name in (*CHECKERS, "manager"):
            reader = self.who(name)
            read = {vote.review.reviewer_id for tally in tallies_for(reader, request) for vote in tally.votes}
            assert read <= {reader.pk}
            remarks = comments_for(reader, request).filter(is_of_checker=True, turn=request.turn)
            assert set(remarks.values_list("author", flat=True)) <= {reader.pk}
        assert not comments_for(self.who("author"), request).filter(is_of_checker=True, turn=request.turn).exists()

    @invariant()
    def p5_each_move_has_one_event_and_folding_them_gives_the_row(self) -> None:
        rows = AuditEvent.objects.filter(subject_ref=self.request.reference, subject_type="airlock.exportrequest")
        moves = [(row.before, row.after) for row in rows.order_by("pk") if row.after]
        path = ["draft", *(after for _, after in moves)]
        assert moves == list(pairwise(path))
        assert fresh(self.request).status == path[-1]

    @invariant()
    def p6_nothing_goes_outwards_while_it_is_held(self) -> None:
        request = fresh(self.request)
        if self.was_held and request.is_held and request.status != self.was:
            assert request.status not in (S.CHECKING, S.RELEASING, S.RELEASED) or self.was == S.QUARANTINED
            assert (self.was, request.status) != (S.CONSOLIDATING, S.APPROVED)


def test_an_export__under_random_hands__keeps_its_promises(world: World, settings_of_airlock: None) -> None:
    met: set[str] = set()
    desk = Desk(world.people["ada"], world.project)
    walk = type("AnExport", (Walk,), {"desk": desk, "world": world, "met": met})
    _the_straight_way(walk())
    run_state_machine_as_test(
        walk,
        settings=settings(
            max_examples=12,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        ),
    )
    assert {S.IN_REVIEW, S.CONSOLIDATING, S.RELEASED} <= met, "The walks do not come far enough to say anything."


def _the_straight_way(walk: Walk) -> None:
    """Each turn is taken by whose it is, to the release: chance alone need not come that far."""
    try:
        for _ in range(3):
            walk.go_on(values=[True, True, True])
            walk.p2_nothing_goes_outwards_without_two_approvals_of_these_bytes()
            walk.p3_what_lies_outside_is_what_was_voted_on()
    finally:
        walk.teardown()


@pytest.fixture
def settings_of_airlock(request: Any) -> None:
    """No scanner is set up, as in the demo."""
    portal: Any = request.getfixturevalue("settings")
    portal.MALWARE_DEMO_WITHOUT_SCANNER, portal.CLAMD_ADDRESS = True, ""
