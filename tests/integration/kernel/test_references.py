"""References: unique, without gaps, from 1 each year."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from portal.kernel.models import ReferenceCounter
from portal.kernel.references import next_reference
from tests.integration.kernel.elsewhere import Elsewhere, wait_until_it_waits


def test_next_reference__counts_each_prefix_and_year_from_one(db: None) -> None:
    with time_machine.travel(datetime(2031, 5, 1, tzinfo=UTC), tick=False):
        assert [next_reference("TST"), next_reference("TST"), next_reference("TSU")] == [
            "TST-2031-0001",
            "TST-2031-0002",
            "TSU-2031-0001",
        ]
    with time_machine.travel(datetime(2032, 5, 1, tzinfo=UTC), tick=False):
        assert next_reference("TST") == "TST-2032-0001"


def test_next_reference__first_hour_of_a_summer_time_year__is_londons_year(db: None) -> None:
    with time_machine.travel(datetime(2031, 12, 31, 23, 59, tzinfo=UTC), tick=False):
        assert next_reference("TST").startswith("TST-2031-")


def test_next_reference__past_9999__grows_a_digit(db: None) -> None:
    ReferenceCounter.objects.create(prefix="TST", year=2031, last_number=9999)
    with time_machine.travel(datetime(2031, 5, 1, tzinfo=UTC), tick=False):
        assert next_reference("TST") == "TST-2031-10000"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first_one_commits", [True, False])
def test_next_reference__two_connections_race__no_number_twice_and_none_missing(
    other: Elsewhere, third: Elsewhere, first_one_commits: bool
) -> None:
    """The second waits; it gets the next number, or the first one's if that was rolled back."""
    with time_machine.travel(datetime(2031, 5, 1, tzinfo=UTC), tick=True):
        other.begin()
        assert other.run(lambda: next_reference("TST")) == "TST-2031-0001"
        third.begin()
        racing = third.start(lambda: next_reference("TST"))
        wait_until_it_waits(third.backend)
        if first_one_commits:
            other.commit()
        else:
            other.roll_back()
        assert racing.result(10) == ("TST-2031-0002" if first_one_commits else "TST-2031-0001")
        third.commit()
