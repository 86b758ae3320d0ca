"""Celery's errands for this app."""

from access_review.services import run_clock
from portal.celery import app


@app.task(name="access_review.run_clock")
def tick() -> None:
    """Tell people what the clock has made due, and write down what it shut."""
    run_clock()
