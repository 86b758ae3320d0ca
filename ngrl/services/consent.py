"""Consent is a mask applied at the moment of use: once withdrawn, the person is in no answer from the next one on."""

from __future__ import annotations

from django.db import transaction

from ngrl.events import Event
from ngrl.figures import let_people_leave
from ngrl.models import Participant
from ngrl.policies import can_withdraw_consent
from ngrl.selectors import consent_withdrawn_at
from portal.kernel import audit, events
from portal.kernel.access import Actor, require


@transaction.atomic
def withdraw_consent(*, actor: Actor, participant: Participant) -> Participant:
    """Record that the person withdrew, from this instant. Withdrawing again changes nothing."""
    require(can_withdraw_consent, actor, participant)
    fresh = Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    if fresh.consent_withdrawn_at is not None:
        return fresh
    fresh.consent_withdrawn_at = consent_withdrawn_at()
    fresh.save(update_fields=["consent_withdrawn_at"])
    let_people_leave(fresh.consent_withdrawn_at)
    audit.record(Event.PARTICIPANT_WITHDRAWN, fresh, actor)
    events.publish(Event.PARTICIPANT_WITHDRAWN, fresh, actor)
    return fresh
