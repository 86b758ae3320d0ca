"""What stands between a person and data. A pure answer from dated facts, asked anew at each request.

The full path to access (institution, training, agreement, domain) is added to the facts here as those capabilities
come; whoever asks `data_access` need not change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from accounts.roles import Role
from portal.kernel.requests import once_per_reading


@dataclass(frozen=True)
class AccessFacts:
    """What is known of a person: whether the account is open, and the (start, end) of each researcher role."""

    account_open: bool
    researcher_periods: tuple[tuple[datetime, datetime | None], ...]


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


def data_access(person: User | AnonymousUser, at: datetime) -> Access:
    """Whether this person may work with data at this instant."""
    if not person.is_authenticated:
        return Access(False, ("Sign in to work with data.",))
    facts = once_per_reading(("access facts", person.pk), lambda: _access_facts(person))
    return evaluate_access(facts, at)


def _access_facts(person: User) -> AccessFacts:
    # Read anew, not from the instance: a long-running worker holds the person for minutes.
    grants = ("role_grants__role", "role_grants__starts_at", "role_grants__until")
    rows = list(User.objects.filter(pk=person.pk, is_active=True).values_list(*grants))
    return AccessFacts(
        bool(rows), tuple((start, end) for role, start, end in rows if role == Role.RESEARCHER and start)
    )
