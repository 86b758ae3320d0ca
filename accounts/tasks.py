"""Celery's errands for this app."""

from accounts.services import send_reminders
from portal.celery import app


@app.task(name="accounts.send_reminders")
def remind() -> None:
    """Tell people what the clock has made due, and let drafts lapse."""
    send_reminders()
