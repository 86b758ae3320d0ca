"""What stands between a person and data, decided from dated facts alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.gates import AccessFacts, evaluate_access

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def facts(*periods: tuple[datetime, datetime | None], account_open: bool = True) -> AccessFacts:
    return AccessFacts(account_open, periods)


@pytest.mark.parametrize(
    ("known", "granted"),
    [
        (facts(), False),
        (facts((NOON, None)), True),
        (facts((NOON + timedelta(microseconds=1), None)), False),
        (facts((NOON - DAY, NOON)), False),
        (facts((NOON - DAY, NOON + timedelta(microseconds=1))), True),
        (facts((NOON - DAY, None), account_open=False), False),
        (facts((NOON - 2 * DAY, NOON - DAY), (NOON - DAY, NOON + DAY)), True),
    ],
    ids=["never", "from now", "from later", "ends now", "ends later", "account closed", "renewed"],
)
def test_access__follows_from_the_facts(known: AccessFacts, granted: bool) -> None:
    assert evaluate_access(known, NOON).granted is granted


def test_access__no_always_comes_with_a_sentence_and_yes_with_none() -> None:
    refused, granted = evaluate_access(facts(), NOON), evaluate_access(facts((NOON, None)), NOON)
    assert all(reason.endswith(".") for reason in refused.reasons)
    assert refused.reasons
    assert not granted.reasons


def test_access__says_when_it_ended() -> None:
    ended = evaluate_access(facts((NOON - 9 * DAY, NOON - DAY)), NOON)
    assert "31 August 2026" in ended.reasons[0]


def test_access__lasts_until_the_latest_end_of_overlapping_roles() -> None:
    overlapping = facts((NOON - DAY, NOON + DAY), (NOON - DAY, NOON + 3 * DAY))
    assert evaluate_access(overlapping, NOON).until == NOON + 3 * DAY
    assert evaluate_access(facts((NOON - DAY, NOON + DAY), (NOON, None)), NOON).until is None
