"""The states of a release, as data."""

from __future__ import annotations

from ngrl import policies
from ngrl.events import Event
from ngrl.models import Release
from portal.kernel.workflow import Transition, Workflow

LOADING, PUBLISHED, WITHDRAWN = Release.Status


def files_are_registered(release: Release) -> str | None:
    """The release has people and files."""
    if release.sample_count and release.chunks.exists():
        return None
    return "The release has no files yet. Load it first."


RELEASE = Workflow(
    model=Release,
    name="release",
    initial=LOADING,
    transitions=(
        Transition(
            action="publish",
            label="Publish this release",
            sources=frozenset({LOADING}),
            target=PUBLISHED,
            allowed=policies.can_publish_release,
            guards=(files_are_registered,),
            event=Event.RELEASE_PUBLISHED,
        ),
        Transition(
            action="withdraw",
            label="Withdraw this release",
            sources=frozenset({PUBLISHED}),
            target=WITHDRAWN,
            allowed=policies.can_withdraw_release,
            reason_required=True,
            event=Event.RELEASE_WITHDRAWN,
            danger=True,
        ),
    ),
)
