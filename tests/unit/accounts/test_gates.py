"""What stands between a person and data, decided from dated facts alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.gates import Access, AccessFacts, Fact, Kind, evaluate_access, project_due
from accounts.gates.decision import GATES
from portal.kernel.working_days import add_months, add_working_days

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LONDON = ZoneInfo("Europe/London")
WHOLE = (
    Fact(Kind.ACCOUNT, NOON - 90 * DAY),
    Fact(Kind.SECOND_FACTOR, NOON - 80 * DAY),
    Fact(Kind.COMMUNITY, NOON - 70 * DAY, about="cardio"),
    Fact(Kind.AFFILIATION, NOON - 60 * DAY, NOON + 200 * DAY, "INS-1"),
    Fact(Kind.AGREEMENT, NOON - 60 * DAY, NOON + 100 * DAY, "INS-1"),
    Fact(Kind.COURSE, NOON - 900 * DAY, about="governance"),
    Fact(Kind.TRAINING, NOON - 50 * DAY, NOON + 300 * DAY, "governance"),
    Fact(Kind.CONDUCT, NOON - 40 * DAY),
    Fact(Kind.OPENED, NOON - 30 * DAY),
    Fact(Kind.PROJECT, NOON - 20 * DAY, NOON + 400 * DAY, "PRJ-1"),
)


def evaluate(*facts: Fact, at: datetime = NOON) -> Access:
    return evaluate_access(AccessFacts(facts), at)


def without(*kinds: Kind) -> tuple[Fact, ...]:
    return tuple(fact for fact in WHOLE if fact.kind not in kinds)


def test_access__is_open_to_whoever_has_passed_every_gate() -> None:
    assert evaluate(*WHOLE) == Access(True, (), NOON + 100 * DAY, evaluate(*WHOLE).gates)
    assert all(gate.is_open for gate in evaluate(*WHOLE).gates)
    assert [gate.kind for gate in evaluate(*WHOLE).gates] == list(GATES)


@pytest.mark.parametrize(
    "kind",
    [
        *(Kind.ACCOUNT, Kind.SECOND_FACTOR, Kind.COMMUNITY, Kind.AFFILIATION, Kind.AGREEMENT),
        *(Kind.TRAINING, Kind.CONDUCT, Kind.OPENED),
    ],
)
def test_access__ends_with_each_single_fact_at_its_instant(kind: Kind) -> None:
    """Adversarial case 26 and its like: no job runs here, and no clock but the one that is asked."""
    missing = evaluate(*without(kind))
    assert not missing.granted
    assert len(missing.reasons) == 1
    assert missing.reasons[0].endswith(".")
    (fact,) = [each for each in WHOLE if each.kind == kind]
    ending = (*without(kind), Fact(kind, fact.starts_at, NOON, fact.about))
    assert not evaluate(*ending).granted
    assert evaluate(*ending, at=NOON - timedelta(microseconds=1)).granted
    assert evaluate(*ending, at=NOON - timedelta(microseconds=1)).until == NOON
    beginning = (*without(kind), Fact(kind, NOON, None, fact.about))
    assert evaluate(*beginning).granted
    assert not evaluate(*beginning, at=NOON - timedelta(microseconds=1)).granted


@pytest.mark.parametrize(("kind", "about"), [(Kind.BARRED, ""), (Kind.HOLD, ""), (Kind.INSTITUTION_BARRED, "INS-1")])
def test_access__is_closed_while_somebody_is_barred(kind: Kind, about: str) -> None:
    barred = (*WHOLE, Fact(kind, NOON, NOON + DAY, about))
    assert not evaluate(*barred).granted
    assert evaluate(*barred, at=NOON - timedelta(microseconds=1)).granted
    assert evaluate(*barred, at=NOON + DAY).granted


def test_access__a_bar_that_begins_later_is_the_end_of_today_s_answer() -> None:
    assert evaluate(*WHOLE, Fact(Kind.BARRED, NOON + DAY)).until == NOON + DAY


def test_affiliation__the_agreement_must_be_of_the_same_institution() -> None:
    """Adversarial case 27: a second institution that is not confirmed, or has no agreement, does not take over."""
    other = Fact(Kind.AGREEMENT, NOON - DAY, None, "INS-2")
    assert not evaluate(*without(Kind.AGREEMENT), other).granted
    both = (*WHOLE, Fact(Kind.INSTITUTION_BARRED, NOON, None, "INS-1"), other)
    assert not evaluate(*both).granted
    assert evaluate(*both, Fact(Kind.AFFILIATION, NOON - DAY, None, "INS-2")).granted


def test_training__every_required_course_is_asked() -> None:
    second = Fact(Kind.COURSE, NOON - DAY, None, "ethics")
    assert not evaluate(*WHOLE, second).granted
    assert evaluate(*WHOLE, second, Fact(Kind.TRAINING, NOON, NOON + DAY, "ethics")).until == NOON + DAY


def test_a_renewal_that_follows_without_a_gap__carries_on() -> None:
    renewed = Fact(Kind.AGREEMENT, NOON + 100 * DAY, NOON + 190 * DAY, "INS-1")
    assert evaluate(*WHOLE, renewed).until == NOON + 190 * DAY
    late = Fact(Kind.AGREEMENT, NOON + 101 * DAY, NOON + 190 * DAY, "INS-1")
    assert evaluate(*WHOLE, late).until == NOON + 100 * DAY


def test_whose_turn_it_is__is_said_with_a_date() -> None:
    waiting = evaluate(*without(Kind.COMMUNITY), Fact(Kind.COMMUNITY_WAITING, NOON - DAY, NOON + 9 * DAY, "cardio"))
    gate = waiting.gate(Kind.COMMUNITY)
    assert gate is not None
    assert (gate.turn, gate.due) == ("the lead of the community", NOON + 9 * DAY)
    claimed = evaluate(*without(Kind.AFFILIATION), Fact(Kind.AFFILIATION_WAITING, NOON - DAY, None, "INS-1"))
    assert "secretary" in next(gate.turn for gate in claimed.gates if not gate.is_open)


def test_ready__is_everything_but_the_opening() -> None:
    assert evaluate(*without(Kind.OPENED, Kind.PROJECT)).is_ready
    assert not evaluate(*without(Kind.OPENED, Kind.CONDUCT)).is_ready


def opened(at: datetime, *more: Fact) -> AccessFacts:
    return AccessFacts((*without(Kind.OPENED, Kind.PROJECT), Fact(Kind.OPENED, at), *more))


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (datetime(2026, 11, 30, 10, tzinfo=LONDON), datetime(2027, 2, 28, 10, tzinfo=LONDON)),
        (datetime(2027, 11, 30, 10, tzinfo=LONDON), datetime(2028, 2, 29, 10, tzinfo=LONDON)),
        (datetime(2026, 12, 29, 1, 30, tzinfo=LONDON), datetime(2027, 3, 29, 1, 30, tzinfo=LONDON)),  # clocks changed
    ],
)
def test_project__within_three_calendar_months(start: datetime, due: datetime) -> None:
    """Adversarial case 51."""
    lasting = (Kind.AFFILIATION, Kind.AGREEMENT, Kind.TRAINING)
    world = AccessFacts(
        (
            *without(Kind.OPENED, Kind.PROJECT, *lasting),
            *(Fact(k, NOON - DAY, None, "governance" if k == Kind.TRAINING else "INS-1") for k in lasting),
            Fact(Kind.OPENED, start),
        )
    )
    assert project_due(world, start) == due
    assert evaluate_access(world, due - timedelta(microseconds=1)).granted
    assert evaluate_access(world, due - timedelta(microseconds=1)).until == due
    late = evaluate_access(world, due)
    assert not late.granted
    assert "project" in late.reasons[0]
    in_one = AccessFacts((*world.facts, Fact(Kind.PROJECT, due, None, "PRJ-1")))
    assert evaluate_access(in_one, due).granted


def test_project__a_review_stops_the_clock_and_it_goes_on_when_it_is_declined() -> None:
    start = NOON - 60 * DAY
    due = add_months(start, 3)
    last_day = due - timedelta(hours=1)
    declined = Fact(Kind.IN_REVIEW, last_day, last_day + 10 * DAY, "APP-1")
    after = opened(start, declined)
    assert evaluate_access(after, last_day + 5 * DAY).granted
    assert evaluate_access(after, last_day + 10 * DAY).granted
    assert not evaluate_access(after, last_day + 10 * DAY + timedelta(hours=1)).granted


def test_project__a_review_stops_the_clock_for_sixty_working_days_at_most() -> None:
    start = NOON - 60 * DAY
    sent = add_months(start, 3) - timedelta(hours=1)
    endless = opened(start, Fact(Kind.IN_REVIEW, sent, None, "APP-1"))
    last = add_working_days(sent, 60)
    assert project_due(endless, last + 9 * DAY) == last + timedelta(hours=1)


@given(st.lists(st.sampled_from(WHOLE), unique=True), st.integers(-1000, 1000))
def test_no__always_comes_with_sentences_and_yes_with_none(facts: list[Fact], days: int) -> None:
    answer = evaluate(*facts, at=NOON + days * DAY)
    assert answer.granted == (not answer.reasons)
    assert all(reason.endswith(".") for reason in answer.reasons)
    if answer.granted and answer.until is not None:
        assert answer.until > NOON + days * DAY
        assert not evaluate(*facts, at=answer.until).granted
        assert evaluate(*facts, at=answer.until - timedelta(microseconds=1)).granted
