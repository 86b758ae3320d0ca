"""A bar follows the person, not the account: who comes again with something of a barred person waits for a check.

They read the same words as everybody who waits for access to be opened.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from accounts import policies
from accounts.events import IncidentEvent as Event
from accounts.marks import Hint, digest_of, hints_of
from accounts.models import Mark, Recognition, Sanction, User
from portal.kernel import audit, clock, events
from portal.kernel.access import REAPER, require
from portal.kernel.refusals import InvalidInput, TransitionRefused


def remember(person: User, hints: Iterable[Hint] = ()) -> None:
    """Keep by what the person is known again: keyed hashes alone."""
    for hint in {*hints_of(person), *hints}:
        Mark.objects.get_or_create(person=person, digest=digest_of(hint), defaults={"kind": hint[0]})


@transaction.atomic
def recognise(person: User, hints: Iterable[Hint] = ()) -> bool:
    """Whether the account may belong to somebody who is kept out now; then the service desk has to look.

    `hints` are what the account itself does not keep, such as a date of birth that was asked for once.
    """
    at = clock.now()
    if Sanction.objects.in_force(at).filter(person=person).exists():
        remember(person, hints)  # whoever is kept out leaves more to be known by
        return False
    kinds = {digest_of(hint): hint[0] for hint in {*hints_of(person), *hints}}
    kept_out = Sanction.objects.in_force(at).exclude(person=None).values("person")
    found = False
    for mark in Mark.objects.filter(digest__in=kinds, person__in=kept_out).exclude(person=person):
        made, is_new = Recognition.objects.get_or_create(
            person=person, known_as=mark.person, defaults={"kind": mark.kind}
        )
        found = found or made.answer != Recognition.Answer.OTHER
        if is_new:
            audit.record(Event.RECOGNISED, person, REAPER, detail={"kind": mark.kind})
            events.publish(Event.RECOGNISED, person, REAPER, {"kind": mark.kind})
    return found


@transaction.atomic
def answer_recognition(*, actor: User, recognition: Recognition, is_same: bool, reason: str) -> Recognition:
    """The service desk says whether it is the same person. If so, what holds for one account holds for both."""
    fresh = Recognition.objects.select_for_update(no_key=True).get(pk=recognition.pk)
    require(policies.can_answer_recognition, actor, fresh)
    if fresh.answer != Recognition.Answer.OPEN:
        raise TransitionRefused("Somebody has answered this already.")
    if not reason.strip():
        raise InvalidInput("Give a reason.", field="reason")
    fresh.answer = Recognition.Answer.SAME if is_same else Recognition.Answer.OTHER
    fresh.answered_by, fresh.answered_at = actor, clock.now()
    fresh.save(update_fields=["answer", "answered_by", "answered_at"])
    if is_same:
        remember(fresh.person)
    detail = {"answer": fresh.answer}
    audit.record(Event.RECOGNITION_ANSWERED, fresh.person, actor, reason=reason, detail=detail)
    events.publish(Event.RECOGNITION_ANSWERED, fresh.person, actor, detail)
    return fresh
