"""Sends what waits in the outbox. Each message in its own transaction, so one that fails holds up no other."""

from __future__ import annotations

from datetime import timedelta

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q

from portal.kernel import clock
from portal.kernel.models import OutboxMessage

MAX_ATTEMPTS = 8
_FIRST_PAUSE = timedelta(seconds=30)


def deliver(limit: int = 200) -> tuple[int, int]:
    """Send up to `limit` messages that are due. Returns (sent, failed); a failed one waits twice as long each time."""
    sent = failed = 0
    for _ in range(limit):
        outcome = _deliver_next()
        if outcome is None:
            break
        sent, failed = sent + outcome, failed + (not outcome)
    return sent, failed


@transaction.atomic
def _deliver_next() -> bool | None:
    at = clock.now()
    due = Q(sent_at=None, given_up_at=None, next_attempt_at__lte=at)
    message = OutboxMessage.objects.select_for_update(skip_locked=True).filter(due).order_by("next_attempt_at").first()
    if message is None:
        return None
    message.attempts += 1
    try:
        mail = EmailMultiAlternatives(message.subject, message.body_text, to=[message.recipient])
        mail.attach_alternative(message.body_html, "text/html")
        mail.send()
    except Exception as error:  # whatever the mail server does, the message stays and says what happened
        message.last_error = f"{type(error).__name__}: {error}"[:1000]
        message.next_attempt_at = at + _FIRST_PAUSE * 2 ** (message.attempts - 1)
        message.given_up_at = at if message.attempts >= MAX_ATTEMPTS else None
        message.save()
        return False
    message.sent_at = at
    message.save()
    return True
