"""Celery's errands for the kernel."""

from portal.celery import app
from portal.kernel import idempotency, outbox, pulse


@app.task(name="portal.deliver_outbox")
def deliver_outbox() -> None:
    """Send the mail that is due."""
    pulse.note_worker()
    outbox.deliver()


@app.task(name="portal.forget_messages")
def forget_messages() -> None:
    """Delete what was sent or answered long ago."""
    outbox.forget_sent()
    idempotency.forget_answered()
