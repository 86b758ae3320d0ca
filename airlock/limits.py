"""The numbers of the airlock, for the public page of deadlines and limits."""

from __future__ import annotations

from django.conf import settings

from portal.kernel.limits import declare

declare(
    "Airlock",
    ("Independent checkers of a request", f"{settings.AIRLOCK_REQUIRED_REVIEWS}"),
    ("A first decision", f"within {settings.AIRLOCK_TARGET_DAYS} working days"),
    ("Where the committee is asked", f"within {settings.AIRLOCK_COMMITTEE_TARGET_DAYS} working days"),
    ("A request that waits for its author is kept for", f"{settings.AIRLOCK_EXPIRES_AFTER_DAYS} days"),
    ("Released files can be taken for", f"{settings.AIRLOCK_GRANT_DAYS} days"),
    ("Files in a request", f"{settings.AIRLOCK_MAX_FILES} at most"),
    ("Size of a request", f"{settings.AIRLOCK_MAX_REQUEST_BYTES // 2**20} MB at most"),
    ("A link for sending files in stays open for", f"{settings.AIRLOCK_UPLOAD_DAYS} days"),
    ("Files that are brought in at once", f"{settings.AIRLOCK_IMPORT_MAX_FILES} at most"),
    ("Size of a file that is brought in", f"{settings.AIRLOCK_IMPORT_MAX_FILE_BYTES // 2**20} MB at most"),
    ("Size of all of them", f"{settings.AIRLOCK_IMPORT_MAX_BYTES // 2**20} MB at most"),
    ("Size of an archive when it is unpacked", f"{settings.AIRLOCK_IMPORT_UNPACKED_BYTES // 2**20} MB at most"),
)
