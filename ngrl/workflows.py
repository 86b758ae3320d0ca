"""The states of a release, as data."""

from __future__ import annotations

from ngrl import policies
from ngrl.events import Event
from ngrl.models import Release
from portal.kernel.workflow import Transition, Workflow

LOADING, PROPOSED, PUBLISHED, WITHDRAWN = Release.Status


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
            action="propose",
            label="Propose for publication",
            sources=frozenset({LOADING}),
            target=PROPOSED,
            allowed=policies.can_prepare_release,
            guards=(files_are_registered,),
            event=Event.RELEASE_PROPOSED,
        ),
        Transition(
            action="publish",
            label="Publish this release",
            sources=frozenset({PROPOSED}),
            target=PUBLISHED,
            allowed=policies.can_publish_release,
            guards=(files_are_registered,),
            event=Event.RELEASE_PUBLISHED,
        ),
        Transition(
            action="return",
            label="Send back",
            sources=frozenset({PROPOSED}),
            target=LOADING,
            allowed=policies.can_prepare_release,
            reason_required=True,
            event=Event.RELEASE_RETURNED,
        ),
        Transition(
            action="publish_at_once",
            label="Publish at once",
            sources=frozenset({LOADING}),
            target=PUBLISHED,
            allowed=policies.can_publish_at_once,
            guards=(files_are_registered,),
            event=Event.RELEASE_PUBLISHED_AT_ONCE,
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
