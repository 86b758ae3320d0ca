"""Machines beyond the workers: AWS Batch and Slurm behind three calls.

An executor brings machines and starts the same command on each; the slices, their leases and their answers stay in
PostgreSQL and in storage, whoever does the work.
"""

from __future__ import annotations

from research_env.executors.batch import BatchExecutor
from research_env.executors.protocol import ExecutorError, ExecutorProtocol, JobStatus
from research_env.executors.slurm import SlurmExecutor
from research_env.models import Executor

_EXECUTORS: dict[str, type[ExecutorProtocol]] = {Executor.BATCH: BatchExecutor, Executor.SLURM: SlurmExecutor}


def executor_named(name: str) -> ExecutorProtocol:
    """The executor of that name; a KeyError for one that hands work to nobody else."""
    return _EXECUTORS[name]()


__all__ = ["ExecutorError", "ExecutorProtocol", "JobStatus", "executor_named"]
