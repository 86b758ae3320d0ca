"""Celery's errands for queries. The work itself, and all its state, is in worker.py and the database."""

from __future__ import annotations

from portal.celery import app
from research_env import worker


@app.task(name="research_env.run_slice")
def run_slice(slice_id: int) -> None:
    """Do one slice, if nobody has it."""
    worker.work_on(slice_id)


@app.task(name="research_env.reap")
def reap() -> None:
    """Take up what was dropped."""
    worker.reap()
