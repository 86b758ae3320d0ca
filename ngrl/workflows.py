"""The states of a release, as data."""

from __future__ import annotations

from datetime import timedelta

from ngrl import policies
from ngrl.events import Event
from ngrl.models import Linkage, Release
from ngrl.vault_models import may_be_contacted
from portal.kernel import clock
from portal.kernel.workflow import Transition, Workflow

LINKAGE_OPEN_FOR = timedelta(days=7)
LOADING, PROPOSED, PUBLISHED, WITHDRAWN = Release.Status


def files_are_registered(release: Release) -> str | None:
    """The release has people and files."""
    if release.sample_count and release.chunks.exists():
        return None
    return "The release has no files yet. Load it first."


def person_may_be_looked_up(linkage: Linkage) -> str | None:
    """The person did not say no to what it is for."""
    return may_be_contacted(linkage.participant, linkage.purpose)


def approval_is_fresh(linkage: Linkage) -> str | None:
    """The approval is not older than a week."""
    if linkage.decided_at and clock.now() - linkage.decided_at <= LINKAGE_OPEN_FOR:
        return None
    return f"The approval was good for {LINKAGE_OPEN_FOR.days} days. Ask anew."


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

LINKAGE = Workflow(
    model=Linkage,
    name="way back",
    initial=Linkage.Status.ASKED,
    transitions=(
        Transition(
            action="approve",
            label="Approve",
            sources=frozenset({Linkage.Status.ASKED}),
            target=Linkage.Status.APPROVED,
            allowed=policies.can_decide_linkage,
            guards=(person_may_be_looked_up,),
            event=Event.LINKAGE_APPROVED,
        ),
        Transition(
            action="refuse",
            label="Refuse",
            sources=frozenset({Linkage.Status.ASKED}),
            target=Linkage.Status.REFUSED,
            allowed=policies.can_decide_linkage,
            reason_required=True,
            event=Event.LINKAGE_REFUSED,
        ),
        Transition(
            action="open",
            label="Open once",
            sources=frozenset({Linkage.Status.APPROVED}),
            target=Linkage.Status.OPENED,
            allowed=policies.can_open_linkage,
            guards=(approval_is_fresh, person_may_be_looked_up),
            event=Event.LINKAGE_OPENED,
            danger=True,
        ),
    ),
)
