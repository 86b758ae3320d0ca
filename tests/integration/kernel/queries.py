"""Things with states, standing in any of them, for tests of the workflow itself."""

from __future__ import annotations

from access_review.models import Project
from accounts.models import User
from ngrl.models import Assembly, Release
from portal.kernel import clock
from portal.kernel.references import next_reference
from research_env.models import Query, QueryStatus


def make_release(status: Release.Status = Release.Status.PUBLISHED, proposer: User | None = None) -> Release:
    """A release without files; a proposed one has a proposer."""
    at = clock.now()
    withdrawn = status == Release.Status.WITHDRAWN
    return Release.objects.create(
        reference=next_reference("REL").lower(),
        name="Release for tests",
        assembly=Assembly.GRCH38,
        status=status,
        proposed_by=proposer if status == Release.Status.PROPOSED else None,
        proposed_at=at if status == Release.Status.PROPOSED else None,
        notes="For tests." if status == Release.Status.PROPOSED else "",
        published_at=at if status in (Release.Status.PUBLISHED, Release.Status.WITHDRAWN) else None,
        withdrawn_at=at if withdrawn else None,
        withdrawn_reason="The consent of its people was misread." if withdrawn else "",
    )


def make_query(project: Project, author: User, release: Release, status: QueryStatus = QueryStatus.PLANNED) -> Query:
    """A query in the given state, without work in it."""
    at = clock.now()
    return Query.objects.create(
        reference=next_reference("QRY"),
        project=project,
        author=author,
        release=release,
        name="Rare variants",
        question={},
        status=status,
        created_at=at,
        submitted_at=None if status == QueryStatus.PLANNED else at,
        failure="For a test." if status in (QueryStatus.FAILED, QueryStatus.WITHHELD) else "",
    )
