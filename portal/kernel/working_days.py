"""Working days and working hours of England and Wales, in London's time, and calendar months.

Deadlines are said in these. The bank holidays are in bank_holidays.csv beside this file, so that no network is asked;
a year that is not in it is an error that says so, never a year without holidays.
"""

from __future__ import annotations

import csv
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

from django.utils import timezone

CALENDAR = "england-and-wales"
OPENS = time(9)
CLOSES = time(17)
_FILE = Path(__file__).with_name("bank_holidays.csv")
_DAY = timedelta(days=1)
_LAST_SECOND = time(23, 59, 59)

Pause = tuple[datetime, datetime | None]


class UnknownYear(LookupError):
    """A deadline falls into a year whose bank holidays nobody has entered yet."""

    def __init__(self, year: int) -> None:
        super().__init__(f"The bank holidays of {year} are not known. Add them to portal/kernel/bank_holidays.csv.")


@cache
def bank_holidays() -> dict[date, str]:
    """Day and name of each bank holiday that is known."""
    with _FILE.open(encoding="utf-8", newline="") as stream:
        return {date.fromisoformat(row["day"]): row["name"] for row in csv.DictReader(stream)}


@cache
def _known_years() -> frozenset[int]:
    return frozenset(day.year for day in bank_holidays())


def is_working_day(day: date) -> bool:
    """Monday to Friday, and no bank holiday. Raises UnknownYear."""
    if day.year not in _known_years():
        raise UnknownYear(day.year)
    return day.weekday() < 5 and day not in bank_holidays()


def next_working_day(day: date) -> date:
    """The first working day after this one."""
    day += _DAY
    while not is_working_day(day):
        day += _DAY
    return day


def received_on(at: datetime) -> date:
    """The working day on which something counts as received: after 17:00 and on days off, the next one."""
    local = _in_london(at)
    day = local.date()
    return day if is_working_day(day) and local.time() <= CLOSES else next_working_day(day)


def add_working_days(start: datetime, days: int) -> datetime:
    """The end (23:59:59 in London) of the n-th working day after the day on which `start` counts as received."""
    day = received_on(start)
    for _ in range(days):
        day = next_working_day(day)
    return end_of_day(day)


def working_days_left(at: datetime, due_at: datetime) -> int:
    """Working days from the day of `at`, not counted, to the day of `due_at`, counted; 0 when it is due or over."""
    last = _in_london(due_at).date()
    day, left = received_on(at), 0
    while (day := next_working_day(day)) <= last:
        left += 1
    return left


def due_with_pauses(start: datetime, days: int, pauses: Iterable[Pause]) -> datetime | None:
    """When `days` working days are over if the clock stands still in each pause; None while it stands still.

    A pause keeps the working days that were left when it began, and at least one.
    """
    due = add_working_days(start, days)
    for began, ended in sorted(pauses, key=lambda pause: pause[0]):
        if began > due:
            break
        if ended is None:
            return None
        due = add_working_days(ended, max(1, working_days_left(began, due)))
    return due


def working_minutes_between(start: datetime, end: datetime) -> int:
    """Minutes from 9:00 to 17:00 on working days between two instants; 0 when the end comes first."""
    total = timedelta()
    for opens, closes in _hours(_in_london(start).date(), _in_london(end).date()):
        total += max(timedelta(), min(closes, end) - max(opens, start))
    return int(total.total_seconds() // 60)


def add_working_minutes(start: datetime, minutes: int) -> datetime:
    """The instant at which so many working minutes have passed since `start`."""
    left = timedelta(minutes=minutes)
    for opens, closes in _hours(_in_london(start).date(), None):
        begins = max(opens, start)
        if begins >= closes:
            continue
        if closes - begins >= left:
            return begins + left
        left -= closes - begins
    raise AssertionError("the calendar ends with UnknownYear")


def add_months(at: datetime, months: int) -> datetime:
    """The same time in London so many calendar months later; the last day of a month that has no such day."""
    local = _in_london(at)
    day = add_months_to_day(local.date(), months)
    return timezone.make_aware(datetime.combine(day, local.time()), timezone.get_default_timezone())


def add_months_to_day(day: date, months: int) -> date:
    """The same day so many months later: 30 November and three months give 28 or 29 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def end_of_day(day: date) -> datetime:
    """23:59:59 of this day in London."""
    return timezone.make_aware(datetime.combine(day, _LAST_SECOND), timezone.get_default_timezone())


def _in_london(at: datetime) -> datetime:
    return timezone.localtime(at, timezone.get_default_timezone())


def _hours(first: date, last: date | None) -> Iterator[tuple[datetime, datetime]]:
    """Opening and closing of each working day, both days included; without a last day, until the calendar ends."""
    zone = timezone.get_default_timezone()
    day = first
    while last is None or day <= last:
        if is_working_day(day):
            yield (
                timezone.make_aware(datetime.combine(day, OPENS), zone),
                timezone.make_aware(datetime.combine(day, CLOSES), zone),
            )
        day += _DAY
