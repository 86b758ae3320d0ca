"""What a visa can say, and where that is read. Everything is read anew each time, so that nothing outlives its fact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from accounts.gates import AccessFacts, Kind, evaluate_access, facts_of
from accounts.models import User

# While one of these gates is closed, nothing is said of the person at all.
_SILENCES = (Kind.ACCOUNT, Kind.BARRED, Kind.HOLD)


class VisaType(StrEnum):
    """The types of GA4GH Passports 1.2 that are issued here."""

    AFFILIATION = "AffiliationAndRole"
    TERMS = "AcceptedTermsAndPolicies"
    RESEARCHER = "ResearcherStatus"
    DATASET = "ControlledAccessGrants"


@dataclass(frozen=True)
class Claim:
    """One statement: its value and source are web addresses (an affiliation is "role@domain").

    `by` is who made it: self, peer, system, so (a signing official) or dac (a data access committee). `asserted` is
    when it was decided, not when it is issued; `until` is when it ends, None where no end is known.
    """

    type: VisaType
    value: str
    source: str
    by: str
    asserted: datetime
    until: datetime | None = None


VisaSource = Callable[[User, AccessFacts, datetime], Iterable[Claim]]
_sources: list[VisaSource] = []


def visa_source(function: VisaSource) -> VisaSource:
    """Register a source. It is asked with the person, what is known of them and the instant."""
    if function not in _sources:
        _sources.append(function)
    return function


def claims_of(person: User, at: datetime) -> list[Claim]:
    """Everything that can be said of the person now; nothing while the account is closed, barred or on hold."""
    facts = facts_of(person)
    access = evaluate_access(facts, at)
    if any(gate.kind in _SILENCES and not gate.is_open for gate in access.gates):
        return []
    return list(_ended_by(access.until, (claim for ask in _sources for claim in ask(person, facts, at))))


def _ended_by(until: datetime | None, claims: Iterator[Claim]) -> Iterator[Claim]:
    """No claim outlives the person's own access."""
    for claim in claims:
        ends = [end for end in (claim.until, until) if end is not None]
        yield replace(claim, until=min(ends, default=None))
