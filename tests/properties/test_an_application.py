"""One application under random hands: whoever presses whatever, what must hold of the review holds after each press.

The judge here reads plain rows and remembers what it saw; it does not ask the code that it judges.
"""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from access_review import services
from access_review.committee import bench_of
from access_review.models import Application, Assignment, Decision, Declaration, Project, TeamPlace, VoteCast
from access_review.services.deciding import APPROVALS
from accounts.models import Institution, RoleGrant, User
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from tests.factories import reviews
from tests.factories.reviews import fresh, number_of, seat
from tests.integration.access_review.test_committee import an_institution, works_at
from tests.review_acts import ACTS, Company, company, join

pytestmark = pytest.mark.django_db
REFUSALS = (PermissionRefused, TransitionRefused, InvalidInput, LookupError)
BENCH = ("chair", "representative", "member", "second", "interested", "unassigned")
OTHERS = ("deputy", "other representative", "third", "fourth", "fifth")  # who can judge after an appeal
SEATED = (*BENCH, *OTHERS)
PRESSING = (*SEATED, "lead", "colleague", "secretary", "involved secretary", "stranger", "auditor", "superuser")
# state -> what whose turn it is does there
NEXT: dict[str, tuple[tuple[str, str], ...]] = {
    "draft": (("submit", "lead"),),
    "submitted": (("claim", "secretary"),),
    "triage": (("review", "secretary"),),
    "returned": (("resubmit", "lead"),),
    "deferred": (("resubmit", "lead"),),
    "conditional": (("give evidence", "lead"), ("verify a condition", "secretary"), ("open", "secretary")),
    "declined": (("appeal", "lead"),),
    "appealed": (("uphold", "deputy"),),
}
VALUES = ("approve", "conditions", "defer", "decline", "abstain")


class Walk(RuleBasedStateMachine):
    """Somebody presses something; the shadow remembers who moved, whose role ended, and who has judged before."""

    of: Company
    home: Institution
    met: set[str]

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.moved: set[int] = set()
        self.ended: set[int] = set()
        self.judged: set[int] = set()
        self.application = reviews.draft(self.of.case)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def who(self, name: str) -> User:
        return User.objects.get(pk=self.of.people[name].pk)

    def tried(self, deed: Any) -> bool:
        """Whether it was done; what is refused leaves nothing."""
        try:
            with transaction.atomic():
                deed()
        except REFUSALS:
            return False
        return True

    @initialize(deep=st.integers(0, 4), values=st.lists(st.sampled_from(VALUES), min_size=6, max_size=6))
    def begin(self, deep: int, values: list[str]) -> None:
        """Some walks begin further on."""
        for _ in range(deep):
            self.go_on(values=values, outcome="approve")

    @rule(name=st.sampled_from(PRESSING), act=st.sampled_from(sorted(ACTS)))
    def press(self, name: str, act: str) -> None:
        """Anybody presses anything."""
        self.attempt(act, name)

    @rule(values=st.lists(st.sampled_from(VALUES), min_size=6, max_size=6), outcome=st.sampled_from(VALUES[:4]))
    def go_on(self, values: list[str], outcome: str) -> None:
        """Those whose turn it is do what brings the application on."""
        application = fresh(self.application)
        if application.status == "triage":
            self.fill_the_bench(application)
        elif application.status == "in_review":
            self.judge(application, values)
            self.decide(outcome)
        elif application.status in ("returned", "deferred"):
            self.answer(application)
        for act, name in NEXT.get(application.status, ()):
            self.attempt(act, name)

    @rule(name=st.sampled_from(SEATED))
    def somebody_joins_the_leads_institution(self, name: str) -> None:
        person = self.who(name)
        if person.pk not in self.moved:
            works_at(person, self.home)
            self.moved.add(person.pk)

    @rule(name=st.sampled_from(SEATED))
    def somebody_leaves_the_committee(self, name: str) -> None:
        RoleGrant.objects.filter(person=self.who(name)).update(until=clock.now())
        self.ended.add(self.who(name).pk)

    @rule(name=st.sampled_from(SEATED))
    def somebody_joins_the_team(self, name: str) -> None:
        self.tried(lambda: join(self.who("lead"), fresh(self.application), self.who(name)))

    def attempt(self, act: str, name: str) -> None:
        before = fresh(self.application).status
        counted = self.countable()
        version = self.application.versions.order_by("-number").first()
        if self.tried(lambda: ACTS[act](self.who(name), fresh(self.application))):
            self.check_decision(before, version, counted)

    def decide(self, outcome: str) -> None:
        for act in {"approve": "approve", "conditions": "approve-with-conditions"}.get(outcome, outcome), "decline":
            for name in ("chair", "deputy"):
                if fresh(self.application).status == "in_review":
                    self.attempt(act, name)

    def check_decision(self, before: str, version: Any, counted: dict[int, str]) -> None:
        """No decision without a quorum of unconflicted votes on the version that was current."""
        decision = Decision.objects.filter(version=version).first() if version else None
        after = fresh(self.application).status
        self.met.add(after)
        if decision is None or before == after or before not in ("in_review", "triage"):
            return
        if decision.outcome == "decline":
            voters = VoteCast.objects.filter(version=version).values_list("person_id", flat=True)
            self.judged |= {decision.decided_by_id, *voters}
        if before == "triage":
            return
        assert len(counted) >= 4
        assert any(self.holds(person, Role.ARC_MEMBER, "participants") for person in counted)
        assert any(self.holds(person, Role.ARC_CHAIR) for person in counted)
        assert decision.decided_by_id in counted
        assert decision.votes_for == sum(value in ("approve", "conditions") for value in counted.values())
        assert decision.votes_against == sum(value in ("defer", "decline") for value in counted.values())
        is_majority = decision.votes_for > decision.votes_against
        if is_majority != (decision.outcome in APPROVALS):
            assert decision.version.meeting_items.exclude(minutes="").exists()

    def holds(self, person: int, role: Role, scope: str | None = None) -> bool:
        grants = RoleGrant.objects.filter(person_id=person, role=role)
        return person not in self.ended and (grants.filter(scope=scope) if scope else grants).exists()

    def countable(self) -> dict[int, str]:
        """The votes on the current version that may count, by the rules as one reads them."""
        version = self.application.versions.order_by("-number").first()
        places = TeamPlace.objects.filter(application=self.application, removed_at=None).exclude(accepted_at=None)
        team = {self.application.lead_id, *places.values_list("person_id", flat=True)}
        seats = set(
            Assignment.objects.filter(application=self.application, ended_at=None).values_list("person", flat=True)
        )
        said = {each.person_id: each for each in Declaration.objects.filter(version=version)}
        out = team | self.moved | self.ended | self.judged
        return {
            vote.person_id: vote.value
            for vote in VoteCast.objects.filter(version=version, ended_at=None)
            if vote.person_id not in out
            if vote.person_id in seats
            if vote.person_id in said
            if not said[vote.person_id].has_interest or said[vote.person_id].cleared_at
        }

    def fill_the_bench(self, application: Application) -> None:
        secretary = self.who("secretary")
        for check, _ in reviews.TRIAGE_CHECKS:
            self.tried(
                lambda check=check: services.record_check(  # type: ignore[misc]
                    actor=secretary, application=application, check=check, is_passed=True
                )
            )
        self.seat_everybody(application)

    def seat_everybody(self, application: Application) -> None:
        for name in OTHERS if self.judged else BENCH:
            self.tried(
                lambda name=name: services.assign_reviewer(  # type: ignore[misc]
                    actor=self.who("secretary"), application=application, person=self.who(name)
                )
            )

    def judge(self, application: Application, values: list[str]) -> None:
        """Everybody with a seat declares and votes."""
        if self.judged:
            self.seat_everybody(application)
        for name, value in zip(OTHERS if self.judged else BENCH, values, strict=False):
            person = self.who(name)
            self.tried(lambda person=person: reviews.declare(person, application))  # type: ignore[misc]
            self.tried(lambda person=person, value=value: reviews.vote(person, application, value))  # type: ignore[misc]

    def answer(self, application: Application) -> None:
        questions = application.versions.order_by("-number")[0].questions.all()
        answers = {question.pk: "Forty." for question in questions}
        self.tried(lambda: services.answer_questions(actor=self.who("lead"), application=application, answers=answers))

    @invariant()
    def votes_of_the_conflicted_do_not_count(self) -> None:
        application = fresh(self.application)
        if application.status == "in_review":
            tally = bench_of(application).tally
            assert {vote.person_id: vote.value for vote in tally.counted} == self.countable()

    @invariant()
    def each_move_has_one_event_and_folding_them_gives_the_row(self) -> None:
        rows = AuditEvent.objects.filter(
            subject_type="access_review.application", subject_ref=self.application.reference
        )
        moves = [(row.before, row.after) for row in rows.order_by("id") if row.after]
        path = ["draft", *(after for _, after in moves)]
        assert moves == list(pairwise(path))
        assert fresh(self.application).status == path[-1]

    @invariant()
    def what_was_sent_stays_and_there_is_a_project_if_and_only_if_it_was_approved(self) -> None:
        application = fresh(self.application)
        for version in application.versions.all():
            assert hashlib.sha256(version.canonical_json.encode()).hexdigest() == version.sha256
        assert Project.objects.filter(application=application).count() == (application.status == "approved")
        if application.status in ("approved", "conditional"):
            assert Decision.objects.get(version__number=number_of(application), version__application=application)


def test_an_application__under_random_hands__keeps_what_must_hold() -> None:
    of = company()
    of.people |= {
        "second": of.case.second,
        "other representative": seat("Rob Other", Role.ARC_MEMBER, "participants"),
        **{name: seat(f"{name.title()} Seat") for name in ("third", "fourth", "fifth")},
    }
    home = an_institution("University of the Lead")
    works_at(of.case.lead, home)
    met: set[str] = set()
    walk = type("AnApplication", (Walk,), {"of": of, "home": home, "met": met})
    run_state_machine_as_test(
        walk,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[
                HealthCheck.too_slow,
                HealthCheck.data_too_large,
                HealthCheck.function_scoped_fixture,
            ],
        ),
    )
    assert met & {str(state) for state in Application.DECIDED}, (
        "no walk came to a decision: what is asserted of one says nothing"
    )
