"""What is known of a person when the door is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class AccessFacts:
    """What is known of a person: whether the account is open, and the (start, end) of each researcher role."""

    account_open: bool
    researcher_periods: tuple[tuple[datetime, datetime | None], ...]
