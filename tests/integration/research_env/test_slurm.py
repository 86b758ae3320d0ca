"""Slurm for real: the array runs on a node of its own cluster, is watched, cancelled, and gives the workers' bytes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from research_env import compute_jobs, worker
from research_env.executors import ExecutorError, executor_named
from research_env.models import ComputeJob, Executor, Query, QuerySlice, QueryStatus
from research_env.services import cancel_query, submit_query
from tests.conftest import missing
from tests.factories.research_env import plan_everything
from tests.integration.research_env.test_compute_jobs import expected_digests, fresh, job_of
from tests.integration.research_env.test_worker_survives import Worker
from tests.personas import World
from tests.slurm_cluster import running_cluster, why_not
from tests.stage import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.xdist_group("slurm")]


@pytest.fixture(scope="module")
def cluster() -> Iterator[dict[str, str]]:
    if reason := why_not():
        missing("slurm", reason)
    with tempfile.TemporaryDirectory(prefix="slurm-", dir="/tmp") as folder, running_cluster(Path(folder)) as env:
        yield env


@pytest.fixture
def query(
    world: World, settings: Any, tmp_path: Path, cluster: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Query:
    """Submitted, for Slurm, in a handful of children that work on this test's database."""
    for name, value in {**cluster, **Worker.environment("redis://127.0.0.1:1/0")}.items():
        monkeypatch.setenv(name, value)
    settings.QUERY_EXPRESS_SECONDS, settings.COMPUTE_FROM_SECONDS = 0, 0
    settings.COMPUTE_EXECUTOR, settings.COMPUTE_CHILD_SECONDS = Executor.SLURM, 0.4
    settings.QUERY_MAX_RECORDS_PER_SLICE = 80
    settings.SLURM_PARTITION, settings.SLURM_LOG_FOLDER = "genomes", str(tmp_path)
    return submit_query(actor=world.people["ada"], query=plan_everything(world))


def has_ended(query: Query) -> bool:
    compute_jobs.tend_jobs()
    return job_of(query).state == ComputeJob.State.ENDED


def test_an_array_on_slurm__reads_every_slice__and_the_answer_is_the_workers(query: Query, tmp_path: Path) -> None:
    job = compute_jobs.start_job(query.pk)
    assert job is not None
    assert (job.state, job.external_id.isdigit(), len(job.children) > 1) == (ComputeJob.State.WAITING, True, True)
    wait_until(lambda: has_ended(query), "the array has ended")
    logs = "".join(path.read_text() for path in tmp_path.glob("lectern-*.log"))
    assert job_of(query).status_reason == "", logs
    assert not query.slices.filter(kind="read").exclude(state=QuerySlice.State.DONE).exists(), logs
    worker.drain(fresh(query))
    assert fresh(query).status == QueryStatus.FINISHED
    result = fresh(query).result
    assert (result.variants_sha256, result.carriers_sha256) == expected_digests(query)


def test_a_cancelled_query__is_taken_out_of_the_queue(world: World, query: Query) -> None:
    job = compute_jobs.start_job(query.pk)
    assert job is not None
    cancel_query(actor=world.people["ada"], query=fresh(query))
    compute_jobs.tend_jobs()
    wait_until(lambda: executor_named("slurm").status(job).state == ComputeJob.State.ENDED, "Slurm has ended it")


def test_a_job_that_fails__says_why__and_a_partition_that_is_none_is_refused(query: Query, settings: Any) -> None:
    job = ComputeJob(pk=999_999, query=query, executor="slurm", children=[[0], [1]])
    job.external_id = executor_named("slurm").submit(job)
    wait_until(lambda: executor_named("slurm").status(job).state == ComputeJob.State.ENDED, "the array has ended")
    assert executor_named("slurm").status(job).reason == "FAILED: NonZeroExitCode"
    settings.SLURM_PARTITION = "nowhere"
    with pytest.raises(ExecutorError, match="invalid partition"):
        executor_named("slurm").submit(job)
