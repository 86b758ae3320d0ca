"""Where it is read that a person or an institution is kept out: dated rows, so that nothing has to be switched back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Least

from accounts.gates.facts import Kind, dated, source
from accounts.models import Affiliation, Recognition, Sanction, User


@source(Kind.BARRED)
def sanctions(person: User, at: datetime) -> QuerySet[Any, Any]:
    """Holds, suspensions and bars of the person, whichever of their accounts they were laid upon."""
    same = Recognition.objects.filter(person=person, answer=Recognition.Answer.SAME).values("known_as")
    return dated(
        Sanction.objects.filter(person=person) | Sanction.objects.filter(person__in=same), until=_end(), about="kind"
    )


@source(Kind.INSTITUTION_BARRED)
def sanctions_of_institutions(person: User, at: datetime) -> QuerySet[Any, Any]:
    """The same of the person's institutions."""
    theirs = Affiliation.objects.filter(person=person).values("institution")
    held = Sanction.objects.filter(institution__in=theirs)
    return dated(held, until=_end(), about="institution__reference")


def _end() -> Any:
    return Least(F("until"), F("lifted_at"))  # PostgreSQL leaves nulls aside
