"""Working days and hours, calendar months: weekends, bank holidays, nights on which clocks change, 29 February."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel import working_days as days

LONDON = ZoneInfo("Europe/London")
INSTANTS = st.datetimes(datetime(2021, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


def at(year: int, month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=LONDON)


@pytest.mark.parametrize(
    "day",
    [
        *(date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4), date(2026, 5, 25), date(2026, 8, 31)),
        *(date(2026, 12, 28), date(2026, 1, 1), date(2026, 12, 25), date(2027, 12, 27), date(2027, 12, 28)),
        *(date(2023, 5, 8), date(2022, 9, 19)),
    ],
)
def test_bank_holidays__are_no_working_days(day: date) -> None:
    assert day.weekday() < 5
    assert not days.is_working_day(day)


def test_a_year_that_nobody_entered__is_an_error_and_not_a_year_without_holidays() -> None:
    with pytest.raises(days.UnknownYear, match="2099"):
        days.is_working_day(date(2099, 3, 3))


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        (at(2026, 11, 25), 10, date(2026, 12, 9)),
        (at(2026, 11, 25, 17, 1), 10, date(2026, 12, 10)),  # after hours
        (at(2026, 11, 28), 1, date(2026, 12, 1)),  # a Saturday counts as Monday
        (at(2026, 12, 24), 1, date(2026, 12, 29)),  # Christmas, and Boxing Day on Monday
        (at(2026, 4, 2), 2, date(2026, 4, 8)),  # Easter
        (at(2026, 11, 25), 0, date(2026, 11, 25)),
    ],
)
def test_add_working_days__ends_with_the_day_in_london(start: datetime, count: int, due: date) -> None:
    answer = days.add_working_days(start, count).astimezone(LONDON)
    assert (answer.date(), answer.strftime("%H:%M:%S")) == (due, "23:59:59")


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        (at(2026, 11, 27, 16, 30), 60, at(2026, 11, 30, 9, 30)),  # over a weekend
        (at(2026, 11, 25, 7), 30, at(2026, 11, 25, 9, 30)),
        (at(2026, 11, 25, 9), 480, at(2026, 11, 25, 17)),
        (at(2026, 3, 27, 16), 120, at(2026, 3, 30, 10)),  # the clocks went forward on Sunday
        (at(2026, 10, 23, 16), 120, at(2026, 10, 26, 10)),  # and back
    ],
)
def test_working_minutes__pass_from_nine_to_five(start: datetime, minutes: int, end: datetime) -> None:
    assert days.add_working_minutes(start, minutes) == end
    assert days.working_minutes_between(start, end) == minutes


def test_pauses__keep_what_was_left() -> None:
    start = at(2026, 11, 23)
    assert days.due_with_pauses(start, 10, []) == days.add_working_days(start, 10)
    paused = days.due_with_pauses(start, 10, [(at(2026, 11, 25), at(2027, 1, 11))])  # eight days were left
    assert paused == days.add_working_days(at(2027, 1, 11), 8)
    assert days.due_with_pauses(start, 10, [(at(2026, 11, 25), None)]) is None


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (at(2026, 11, 30), 3, at(2027, 2, 28)),
        (at(2027, 11, 30), 3, at(2028, 2, 29)),
        (at(2028, 2, 29), 12, at(2029, 2, 28)),
        (at(2026, 1, 15, 1, 30), 6, at(2026, 7, 15, 1, 30)),  # winter time to summer time: the same on the clock
    ],
)
def test_months__are_calendar_months(start: datetime, months: int, end: datetime) -> None:
    assert days.add_months(start, months) == end


@given(INSTANTS, st.integers(0, 30))
def test_what_is_due__is_never_before_its_start_and_moves_with_it(start: datetime, count: int) -> None:
    due = days.add_working_days(start, count)
    assert due >= start
    assert days.add_working_days(start + timedelta(hours=5), count) >= due
    assert days.working_days_left(start, due) == count


@given(INSTANTS, st.integers(1, 3000))
def test_working_minutes__there_and_back(start: datetime, minutes: int) -> None:
    assert days.working_minutes_between(start, days.add_working_minutes(start, minutes)) == minutes
