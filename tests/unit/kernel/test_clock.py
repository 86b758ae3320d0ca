"""The one clock: UTC instants, and London's calendar days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import time_machine
from django.utils import timezone

from portal.kernel import clock


def test_now__is_aware_and_in_utc() -> None:
    assert clock.now().utcoffset() == timedelta(0)


@time_machine.travel(datetime(2026, 6, 30, 23, 30, tzinfo=UTC), tick=False)
def test_today__half_past_midnight_of_a_summer_night_in_london__is_the_new_day() -> None:
    assert clock.now().date() == date(2026, 6, 30)
    assert clock.today() == date(2026, 7, 1)


@time_machine.travel(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), tick=False)
def test_today__for_a_reader_in_another_time_zone__is_still_londons() -> None:
    with timezone.override(ZoneInfo("Pacific/Auckland")):
        assert clock.today() == date(2026, 12, 31)
