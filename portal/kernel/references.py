"""References that people can read out on the telephone: QRY-2026-0042. Permanent, unique, never a primary key."""

from __future__ import annotations

from django.db import transaction

from portal.kernel import clock
from portal.kernel.models import ReferenceCounter


@transaction.atomic
def next_reference(prefix: str) -> str:
    """The next free reference of this prefix and year. Holds the counter's row until the caller commits."""
    year = clock.today().year
    ReferenceCounter.objects.bulk_create([ReferenceCounter(prefix=prefix, year=year)], ignore_conflicts=True)
    counter = ReferenceCounter.objects.select_for_update().get(prefix=prefix, year=year)
    counter.last_number += 1
    counter.save(update_fields=["last_number"])
    return f"{prefix}-{year}-{counter.last_number:04d}"
