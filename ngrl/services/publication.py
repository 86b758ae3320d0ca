"""Publishing and withdrawing releases, and counting their people for the public, which happens at no other time."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Count, Sum

from ngrl.models import LibraryCount, Participant, PublicCount, Release, Sample
from ngrl.selectors import consent_read_at, everyone_in
from ngrl.workflows import RELEASE
from portal.kernel import clock
from portal.kernel.access import Actor

_FIELDS = {
    PublicCount.Breakdown.SEX: "participant__sex",
    PublicCount.Breakdown.ANCESTRY: "participant__ancestry",
    PublicCount.Breakdown.DATASET: "dataset__name",
}


@transaction.atomic
def publish_release(*, actor: Actor, release: Release) -> Release:
    """Open a loaded release to queries. Raises PermissionRefused or TransitionRefused."""
    records = release.chunks.aggregate(records=Sum("record_count"))["records"] or 0
    detail = {"samples": release.sample_count, "chunks": release.chunks.count(), "records": records}
    published: Release = RELEASE.perform(
        release, "publish", actor, detail=detail, changes={"published_at": clock.now()}
    )
    _count_library()
    _count_release(published)
    return published


@transaction.atomic
def withdraw_release(*, actor: Actor, release: Release, reason: str) -> Release:
    """Close a published release for good: it stays listed with the reason, and no query reads it any more.

    Raises PermissionRefused, TransitionRefused, or InvalidInput when the reason is missing.
    """
    changes = {"withdrawn_at": clock.now(), "withdrawn_reason": reason.strip()}
    withdrawn: Release = RELEASE.perform(release, "withdraw", actor, reason=reason.strip(), changes=changes)
    _count_library()
    return withdrawn


def _count_release(release: Release) -> None:
    """Count consenting people by sex, ancestry and dataset."""
    for breakdown, field in _FIELDS.items():
        rows = everyone_in(release).order_by().values_list(field).annotate(Count("pk"))
        PublicCount.objects.bulk_create(
            PublicCount(release=release, breakdown=breakdown, category=category, people=people)
            for category, people in rows
        )


def _count_library() -> None:
    """Count the consenting people of all published releases; a withdrawal that is being written is waited for."""
    at = consent_read_at()
    samples = Sample.objects.filter(
        release__in=Release.objects.published(), participant__in=Participant.objects.consenting()
    )
    LibraryCount.objects.create(counted_at=at, people=samples.values("participant").distinct().count())
