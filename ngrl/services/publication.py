"""Proposing, publishing and withdrawing releases: one data manager proposes, another one publishes."""

from __future__ import annotations

import hashlib

from django.db import transaction
from django.db.models import Sum

from accounts.models import User
from accounts.policies import is_another_person
from ngrl.changes import release_before
from ngrl.models import ClinicalEdition, Release
from ngrl.services.public_figures import make_public_figures
from ngrl.workflows import RELEASE
from portal.kernel import clock
from portal.kernel.access import Actor, require
from portal.kernel.refusals import InvalidInput, TransitionRefused


def propose_release(*, actor: User, release: Release, notes: str) -> Release:
    """Say that a loaded release is ready, with the notes that everybody will read.

    Raises PermissionRefused, TransitionRefused, or InvalidInput when the notes are missing.
    """
    if not notes.strip():
        raise InvalidInput("Write what readers should know of this release.", field="notes")
    changes = {"proposed_by": actor, "proposed_at": clock.now(), "notes": notes.strip()}
    proposed: Release = RELEASE.perform(release, "propose", actor, detail=_size_of(release), changes=changes)
    return proposed


def proposal_sha256(release: Release) -> str:
    """What a proposal says: who made it and when, its notes, what the release holds and against what it was set."""
    before = release_before(release)
    clinical = ClinicalEdition.objects.filter(release=release).values_list("content_sha256", flat=True).first()
    said = (release.proposed_by_id, str(release.proposed_at), release.notes, release.content_sha256, clinical)
    return hashlib.sha256(repr((*said, before and before.reference)).encode()).hexdigest()


@transaction.atomic
def publish_release(*, actor: User, release: Release, read: str) -> Release:
    """Open a proposed release to queries, for good. `read` is `proposal_sha256` of the proposal that the actor read.

    Raises PermissionRefused, or TransitionRefused when it is not the proposal that stands.
    """
    proposed = Release.objects.select_for_update(of=("self",), no_key=True).get(pk=release.pk)
    require(is_another_person, actor, (proposed.proposed_by,))
    if proposed.status == Release.Status.PROPOSED and proposal_sha256(proposed) != read:
        raise TransitionRefused("The proposal, or what it changes, is not what you read any more. Read it again.")
    changes = {"published_by": actor, "published_at": clock.now()}
    return _with_figures(RELEASE.perform(release, "publish", actor, detail=_size_of(release), changes=changes))


def return_release(*, actor: User, release: Release, reason: str) -> Release:
    """Take a proposal back or send it back; the notes stay for the next one.

    Raises PermissionRefused, TransitionRefused, or InvalidInput when the reason is missing.
    """
    changes = {"proposed_by": None, "proposed_at": None}
    returned: Release = RELEASE.perform(release, "return", actor, reason=reason.strip(), changes=changes)
    return returned


@transaction.atomic
def publish_at_once(*, actor: Actor, release: Release) -> Release:
    """Open a loaded release without two people: by the operator of the machine, for a demo or a trial.

    Raises PermissionRefused for every person, or TransitionRefused.
    """
    changes = {"published_at": clock.now()}
    return _with_figures(RELEASE.perform(release, "publish_at_once", actor, detail=_size_of(release), changes=changes))


def _with_figures(published: Release) -> Release:
    if edition := ClinicalEdition.objects.filter(release=published).first():
        make_public_figures(edition)
    return published


def withdraw_release(*, actor: Actor, release: Release, reason: str) -> Release:
    """Close a published release for good: it stays listed with the reason, and no query reads it any more.

    Raises PermissionRefused, TransitionRefused, or InvalidInput when the reason is missing.
    """
    changes = {"withdrawn_at": clock.now(), "withdrawn_reason": reason.strip()}
    withdrawn: Release = RELEASE.perform(release, "withdraw", actor, reason=reason.strip(), changes=changes)
    return withdrawn


def _size_of(release: Release) -> dict[str, int]:
    records = release.chunks.aggregate(records=Sum("record_count"))["records"] or 0
    return {"samples": release.sample_count, "chunks": release.chunks.count(), "records": records}
