"""That somebody looked at a file is written down, each time."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from airlock.models import FileAccess, ImportFile, RequestFile
from portal.kernel import clock


@transaction.atomic
def record_look(actor: User, file: RequestFile | ImportFile) -> FileAccess:
    """One row for each look; rows are added and never changed."""
    which = {"import_file": file} if isinstance(file, ImportFile) else {"file": file}
    return FileAccess.objects.create(**which, person=actor, how=FileAccess.How.VIEWED, at=clock.now())
