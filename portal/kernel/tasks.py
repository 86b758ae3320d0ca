"""Celery's errands for the kernel."""

from portal.celery import app
from portal.kernel import outbox


@app.task(name="portal.deliver_outbox")
def deliver_outbox() -> None:
    """Send the mail that is due."""
    outbox.deliver()
