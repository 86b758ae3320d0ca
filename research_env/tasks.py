"""Celery's errands for queries. The work itself, and all its state, is in worker.py and the database."""

from __future__ import annotations

from typing import Any

from celery.signals import worker_ready

from portal.celery import app
from research_env import compute_jobs, worker, workspace
from research_env.dispatching import dispatch


@app.task(name="research_env.run_slice")
def run_slice(slice_id: int) -> None:
    """Do one slice, if nobody has it, and make room for the next."""
    worker.work_on(slice_id)
    dispatch()


@app.task(name="research_env.reap")
def reap() -> None:
    """Take up what was dropped."""
    worker.reap()


@app.task(name="research_env.tend_jobs")
def tend_jobs() -> None:
    """Start and watch the jobs of AWS Batch or Slurm."""
    compute_jobs.tend_jobs()


@app.task(name="research_env.forget_parts")
def forget_parts() -> None:
    """Delete the parts of queries that were stopped long ago."""
    worker.forget_parts()


@worker_ready.connect
def sweep_scratch(**signal: Any) -> None:
    """A worker that starts removes what killed workers left on this machine."""
    workspace.sweep_scratch()
