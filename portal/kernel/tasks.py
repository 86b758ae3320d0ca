"""Celery's errands for the kernel."""

from portal.celery import app
from portal.kernel import outbox, pulse


@app.task(name="portal.deliver_outbox")
def deliver_outbox() -> None:
    """Send the mail that is due."""
    pulse.note_worker()
    outbox.deliver()
