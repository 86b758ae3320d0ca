"""The rules of conduct: published in versions, signed by each person."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import policies
from accounts.events import TrainingEvent as Event
from accounts.models import ConductSignature, ConductVersion, User
from accounts.services.agreements import text_sha256
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require
from portal.kernel.refusals import InvalidInput, TransitionRefused


@transaction.atomic
def publish_conduct(
    *, actor: Actor, title: str, body: str, changes: str = "", in_force_from: datetime | None = None
) -> ConductVersion:
    """A new version. From the day it is in force, data waits for the signature; reading and all else goes on."""
    require(policies.can_publish_course, actor, None)
    title, body = " ".join(title.split()), body.replace("\r\n", "\n").strip()
    if not title or not body:
        raise InvalidInput("Enter a title and the rules.", field="body")
    at = clock.now()
    last = ConductVersion.objects.select_for_update(no_key=True).order_by("-number").first()
    begins = in_force_from or at
    if begins < at or (last is not None and begins < last.in_force_from):
        raise InvalidInput("The rules cannot be in force earlier than now or than the version before.")
    version = ConductVersion.objects.create(
        number=last.number + 1 if last else 1,
        title=title,
        body=body,
        changes=changes.strip(),
        sha256=text_sha256(title, body),
        published_at=at,
        in_force_from=begins,
    )
    detail = {"sha256": version.sha256}
    audit.record(Event.CONDUCT_PUBLISHED, version, actor, detail=detail)
    events.publish(Event.CONDUCT_PUBLISHED, version, actor, detail)
    return version


@transaction.atomic
def sign_conduct(
    *, actor: User, version: ConductVersion, sha256: str, typed_name: str, address: str | None = None
) -> ConductSignature:
    """Sign the version that one has read; signing it again changes nothing."""
    require(policies.can_learn, actor, None)
    newest = ConductVersion.objects.order_by("-number").first()
    if newest is None or version.pk != newest.pk or sha256 != version.sha256:
        raise TransitionRefused("The rules have changed since you opened them. Read the new version, then sign it.")
    if " ".join(typed_name.split()).casefold() != " ".join(actor.display_name.split()).casefold():
        raise InvalidInput(f"Type your name as it stands in your account: {actor.display_name}.", field="typed_name")
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    if (there := ConductSignature.objects.filter(person=actor, version=version).first()) is not None:
        return there
    signature = ConductSignature.objects.create(
        person=actor,
        version=version,
        sha256=sha256,
        typed_name=" ".join(typed_name.split()),
        signed_at=clock.now(),
        signed_from=address or None,
    )
    detail = {"sha256": sha256}
    audit.record(Event.CONDUCT_SIGNED, actor, actor, detail=detail)
    events.publish(Event.CONDUCT_SIGNED, actor, actor, detail)
    return signature
