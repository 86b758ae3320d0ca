"""Slurm through sbatch, squeue and scancel: one array job for each ComputeJob.

The nodes see the same checkout, environment and storage as the host that submits, as a worker would.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from research_env.executors.protocol import CHILD_COMMAND, ExecutorError, JobStatus
from research_env.models import ComputeJob

_CHECKOUT = Path(__file__).resolve().parents[2]
_WAITING = {"CONFIGURING", "PENDING", "REQUEUED", "SPECIAL_EXIT", "SUSPENDED"}
_RUNNING = {"COMPLETING", "RUNNING", "STAGE_OUT", "SIGNALING"}
_PATIENCE_SECONDS = 30


class SlurmExecutor:
    """Submits to the partition that the settings name, or to the default one."""

    def submit(self, job: ComputeJob) -> str:
        """An array of one task per entry, as many at a time as the project may have slices."""
        child = shlex.join([sys.executable, str(_CHECKOUT / CHILD_COMMAND[0]), *CHILD_COMMAND[1:], str(job.pk)])
        minutes = max(1, settings.COMPUTE_CHILD_TIMEOUT_SECONDS // 60)
        command = [
            *("sbatch", "--parsable", "--job-name", f"lectern-{job.query.reference}-{job.pk}"),
            *("--array", f"0-{len(job.children) - 1}", "--time", str(minutes)),
            # The log may name files of the release: it stays where the operator put logs.
            *("--output", str(Path(settings.SLURM_LOG_FOLDER) / "%x-%a.log"), "--chdir", str(_CHECKOUT)),
        ]
        if settings.SLURM_PARTITION:
            command += ["--partition", settings.SLURM_PARTITION]
        return _run(command, f"#!/bin/sh\nexec {child}\n").strip().partition(";")[0]

    def status(self, job: ComputeJob) -> JobStatus:
        """The states of all tasks together; one that failed gives the reason."""
        try:
            lines = _run(["squeue", "--noheader", "--states", "all", "--jobs", job.external_id, "-o", "%T|%r"])
        except ExecutorError as error:
            if "Invalid job id" not in str(error):
                raise
            return JobStatus(ComputeJob.State.ENDED)
        tasks = [line.strip().partition("|") for line in lines.splitlines() if line.strip()]
        states = {state for state, _, _ in tasks}
        if states & _RUNNING:
            return JobStatus(ComputeJob.State.RUNNING)
        if states & _WAITING:
            return JobStatus(ComputeJob.State.WAITING)
        failed = sorted({f"{state}: {reason}" for state, _, reason in tasks if state != "COMPLETED"})
        return JobStatus(ComputeJob.State.ENDED, "; ".join(failed))

    def cancel(self, job: ComputeJob) -> None:
        """Ends waiting and running tasks alike."""
        _run(["scancel", job.external_id])


def _run(command: list[str], script: str = "") -> str:
    try:
        done = subprocess.run(  # noqa: S603 (our own words; the id came from sbatch)
            command, input=script, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExecutorError(f"{command[0]}: {error}") from error
    if done.returncode:
        raise ExecutorError(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout
