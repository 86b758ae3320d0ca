"""Publishing and withdrawing releases."""

from __future__ import annotations

from django.db.models import Sum

from ngrl.models import Release
from ngrl.workflows import RELEASE
from portal.kernel import clock
from portal.kernel.access import Actor


def publish_release(*, actor: Actor, release: Release) -> Release:
    """Open a loaded release to queries. Raises PermissionRefused or TransitionRefused."""
    records = release.chunks.aggregate(records=Sum("record_count"))["records"] or 0
    detail = {"samples": release.sample_count, "chunks": release.chunks.count(), "records": records}
    published: Release = RELEASE.perform(
        release, "publish", actor, detail=detail, changes={"published_at": clock.now()}
    )
    return published


def withdraw_release(*, actor: Actor, release: Release, reason: str) -> Release:
    """Close a published release for good: it stays listed with the reason, and no query reads it any more.

    Raises PermissionRefused, TransitionRefused, or InvalidInput when the reason is missing.
    """
    changes = {"withdrawn_at": clock.now(), "withdrawn_reason": reason.strip()}
    withdrawn: Release = RELEASE.perform(release, "withdraw", actor, reason=reason.strip(), changes=changes)
    return withdrawn
