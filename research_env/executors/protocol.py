"""What an executor is asked for, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from research_env.models import ComputeJob

# The command that each child of an array runs; the same on every machine.
CHILD_COMMAND = ("manage.py", "run_slices")


class ExecutorError(Exception):
    """The service that brings machines refused or could not be reached; the text is for the operator."""


@dataclass(frozen=True)
class JobStatus:
    """How an array job stands: a state of ComputeJob, why it ended if it failed, where its log is (for operators)."""

    state: str
    reason: str = ""
    log_url: str = ""


class ExecutorProtocol(Protocol):
    """Submit, look, cancel. Each raises ExecutorError."""

    def submit(self, job: ComputeJob) -> str:
        """Start one child per entry of `job.children`; returns the service's name for the array."""

    def status(self, job: ComputeJob) -> JobStatus:
        """How it stands. A job that the service no longer knows has ended."""

    def cancel(self, job: ComputeJob) -> None:
        """End it, whatever it does. One that has ended already is no error."""
