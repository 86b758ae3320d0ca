"""The decision, from facts alone: values in, values out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.gates.facts import AccessFacts


@dataclass(frozen=True)
class Access:
    """The answer: granted or not, why not as sentences, and until when."""

    granted: bool
    reasons: tuple[str, ...] = ()
    until: datetime | None = None


def evaluate_access(facts: AccessFacts, at: datetime) -> Access:
    """Decide from the facts alone. `until` is None where no end is known."""
    reasons = []
    if not facts.account_open:
        reasons.append("Your account is closed. Ask the service desk if you think this is a mistake.")
    current = [end for start, end in facts.researcher_periods if start <= at and (end is None or end > at)]
    if not current:
        ended = [end for _, end in facts.researcher_periods if end is not None and end <= at]
        reasons.append(
            f"Your access to data ended on {max(ended):%-d %B %Y}. Ask the service desk to renew it."
            if ended
            else "You do not have access to data. Apply to a research community first."
        )
    if reasons:
        return Access(False, tuple(reasons))
    return Access(True, (), None if None in current else max(end for end in current if end))
