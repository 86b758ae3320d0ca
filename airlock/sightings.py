"""That somebody looked at a file is written down, each time."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from airlock.models import FileAccess, RequestFile
from portal.kernel import clock


@transaction.atomic
def record_look(actor: User, file: RequestFile) -> FileAccess:
    """One row for each look; rows are added and never changed."""
    return FileAccess.objects.create(file=file, person=actor, how=FileAccess.How.VIEWED, at=clock.now())
