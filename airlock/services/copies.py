"""Copies of released files outside: taken away when a release is stopped or revoked, and strays of killed workers."""

from __future__ import annotations

from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction

from airlock.models import ExportRequest, Release, ReleaseFile
from portal.kernel import clock


def folder_of(request: ExportRequest) -> str:
    """Where the copies of a request lie in storage."""
    return f"airlock/released/{request.reference}"


def remove_copies(release: Release) -> None:
    """Delete the copies of a release after the commit; the rows that tell of them stay."""
    ReleaseFile.objects.filter(release=release, removed_at=None).update(removed_at=clock.now())
    transaction.on_commit(partial(sweep_strays, release.request))


def sweep_strays(request: ExportRequest) -> int:
    """Delete the copies that no row tells of any more, or not yet, because a worker was killed; returns how many.

    Only while no worker copies: before one begins, and after it was stopped. One that is stopped in the middle of a
    file deletes that file itself, and does not mind when it is gone.
    """
    folder = folder_of(request)
    standing = ReleaseFile.objects.filter(release__request=request, removed_at=None)
    told = set(standing.values_list("storage_name", flat=True))
    try:
        names = [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
    except FileNotFoundError:
        return 0
    strays = [name for name in names if name not in told]
    for name in strays:
        default_storage.delete(name)
    return len(strays)
