"""Since when somebody has no access, from dated facts alone: for whatever depends on another person's access."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.gates.decision import evaluate_access
from accounts.gates.facts import AccessFacts, Kind

# Kinds whose past is known from their dates. That a second factor was there is known of today alone, so its absence,
# which its owner mends in a minute, is no loss here; nor is a hold of a day, nor the project that is asked about.
WITH_A_PAST = frozenset(
    {
        Kind.OPENED,
        Kind.COMMUNITY,
        Kind.AFFILIATION,
        Kind.AGREEMENT,
        Kind.COURSE,
        Kind.TRAINING,
        Kind.CONDUCT,
        Kind.BARRED,
    }
)
_JUST_BEFORE = timedelta(microseconds=1)


def last_granted(facts: AccessFacts, at: datetime) -> datetime | None:
    """`at` itself while access is granted; otherwise when it ended last; None where it never was granted.

    Access changes at the edges of facts alone, so it is enough to look just before each of them, the latest first.
    """
    if evaluate_access(facts, at).granted:
        return at
    edges = {edge for fact in facts.facts for edge in (fact.starts_at, fact.until) if edge is not None and edge <= at}
    before = (edge for edge in sorted(edges, reverse=True) if evaluate_access(facts, edge - _JUST_BEFORE).granted)
    return next(before, None)
