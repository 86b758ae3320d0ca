"""Sends what waits in the outbox. Each message in its own transaction, so one that fails holds up no other.

A worker that dies between sending and committing sends that one message again: a mail twice is better than none.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string

from portal.kernel import clock
from portal.kernel.models import OutboxMessage

log = logging.getLogger(__name__)

# Half a minute, doubled each time: the twelfth and last attempt comes 17 hours after the first, so that no mail is lost
# in a night without a mail server.
MAX_ATTEMPTS = 12
FIRST_PAUSE = timedelta(seconds=30)
SUBJECT_LENGTH = 200


def enqueue(*, recipient: str, subject: str, text: str) -> OutboxMessage:
    """Put a mail into the outbox, in the caller's transaction. The HTML part says the same as the text."""
    at = clock.now()
    # A name that somebody typed may stand in the subject: it must fit the column and break no header.
    subject = " ".join(subject.split())[:SUBJECT_LENGTH]
    return OutboxMessage.objects.create(
        recipient=recipient,
        subject=subject,
        body_text=text,
        body_html=render_to_string("notices/mail.html", {"title": subject, "text": text}),
        created_at=at,
        next_attempt_at=at,
    )


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
    waiting = OutboxMessage.objects.select_for_update(skip_locked=True, no_key=True).filter(due)
    message = waiting.order_by("next_attempt_at", "pk").first()
    if message is None:
        return None
    message.attempts += 1
    try:
        mail = EmailMultiAlternatives(message.subject, message.body_text, to=[message.recipient])
        mail.attach_alternative(message.body_html, "text/html")
        mail.send()
    except Exception as error:  # whatever the mail server does, the message stays and says what happened
        _put_off(message, at, f"{type(error).__name__}: {error}")
        return False
    message.sent_at = at
    message.save(update_fields=["attempts", "sent_at"])
    return True


def _put_off(message: OutboxMessage, at: datetime, error: str) -> None:
    message.last_error = error.replace("\0", "")[:1000]
    message.next_attempt_at = at + FIRST_PAUSE * 2 ** (message.attempts - 1)
    if message.attempts >= MAX_ATTEMPTS:
        message.given_up_at = at
        log.error("Mail %s was given up after %s attempts: %s", message.pk, message.attempts, message.last_error)
    message.save(update_fields=["attempts", "last_error", "next_attempt_at", "given_up_at"])


def forget_sent() -> int:
    """Delete mail that was sent so many days ago; what was given up stays to be looked at. Returns how many."""
    before = clock.now() - timedelta(days=settings.KEEP_SENT_MAIL_DAYS)
    return OutboxMessage.objects.filter(sent_at__lt=before).delete()[0]
