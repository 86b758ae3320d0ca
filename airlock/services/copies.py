"""Copies of files, outside and in workspaces: taken away with what they came from; strays of killed workers."""

from __future__ import annotations

from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction

from airlock.models import ExportRequest, ImportFile, ImportRequest, Release, ReleaseFile
from portal.kernel import clock

PROVENANCE = "PROVENANCE.json"  # beside delivered files: where they came from


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


def workspace_of(request: ImportRequest) -> str:
    """Where the delivered files of an import lie in storage: in its project's workspace."""
    return f"workspaces/{request.project.reference}/imports/{request.reference}"


def remove_deliveries(request: ImportRequest) -> int:
    """Delete what lies in the workspace of an import after the commit; returns of how many files that is recorded."""
    delivered = ImportFile.objects.filter(request=request, taken_out_at=None).exclude(delivered_name="")
    taken_out = delivered.update(taken_out_at=clock.now())
    transaction.on_commit(partial(_empty, workspace_of(request)))
    return taken_out


def _empty(folder: str) -> None:
    try:
        names = default_storage.listdir(folder)[1]
    except FileNotFoundError:
        return
    for name in names:
        default_storage.delete(f"{folder}/{name}")


def empty_outside(request: ImportRequest) -> None:
    """Delete, after the commit, what was received in the outside area: it has been delivered."""
    transaction.on_commit(partial(_empty, f"airlock/outside/{request.reference}"))
