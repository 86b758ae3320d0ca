"""AWS Batch by its protocol, and its container's command for the work: nothing is lost, nothing counts twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
import time_machine
from botocore.stub import Stubber
from django.conf import settings as live_settings
from moto import mock_aws

from portal.kernel import clock
from research_env import compute_jobs, worker
from research_env.executors import executor_named
from research_env.models import ComputeJob, Executor, Lane, Query, QuerySlice, QueryStatus
from research_env.services import cancel_query, rerun_query, submit_query
from tests.factories.research_env import plan_everything
from tests.integration.research_env.test_worker_survives import Worker
from tests.personas import World
from tests.stage import wait_until

QUEUE, DEFINITION = "lectern-queue", "lectern-slices"


@pytest.fixture
def far_away(settings: Any) -> None:
    """Every query goes to AWS Batch, a few slices for each child."""
    settings.QUERY_EXPRESS_SECONDS, settings.COMPUTE_FROM_SECONDS = 0, 0
    settings.COMPUTE_EXECUTOR, settings.COMPUTE_CHILD_SECONDS = Executor.BATCH, 0.4
    settings.QUERY_MAX_RECORDS_PER_SLICE = 80
    settings.BATCH_JOB_QUEUE, settings.BATCH_JOB_DEFINITION = QUEUE, DEFINITION


@pytest.fixture
def batch(far_away: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """AWS Batch as moto knows it: it takes jobs, lists them, and says at once that they succeeded."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws(config={"batch": {"use_docker": False}}):
        region = live_settings.BATCH_REGION
        role = boto3.client("iam", region_name=region).create_role(RoleName="batch", AssumeRolePolicyDocument="{}")
        client = boto3.client("batch", region_name=region)
        client.create_compute_environment(
            computeEnvironmentName="lectern", type="UNMANAGED", state="ENABLED", serviceRole=role["Role"]["Arn"]
        )
        client.create_job_queue(
            jobQueueName=QUEUE,
            state="ENABLED",
            priority=1,
            computeEnvironmentOrder=[{"order": 1, "computeEnvironment": "lectern"}],
        )
        client.register_job_definition(
            jobDefinitionName=DEFINITION,
            type="container",
            containerProperties={"image": "lectern", "vcpus": 1, "memory": 2048},
        )
        yield client


@pytest.fixture
def query(world: World, far_away: None) -> Query:
    query = submit_query(actor=world.people["ada"], query=plan_everything(world))
    assert (query.executor, query.lane) == (Executor.BATCH, Lane.SCAN)
    return query


def fresh(query: Query) -> Query:
    return Query.objects.get(pk=query.pk)


def job_of(query: Query) -> ComputeJob:
    return query.jobs.order_by("-pk")[0]


@pytest.mark.django_db
def test_a_query_for_batch__becomes_one_array_whose_children_read_every_slice_once(batch: Any, query: Query) -> None:
    job = compute_jobs.start_job(query.pk)
    assert job is not None
    positions = [position for child in job.children for position in child]
    assert positions == list(query.slices.values_list("position", flat=True).order_by("position"))
    assert len(job.children) > 1
    described = batch.describe_jobs(jobs=[job.external_id])["jobs"][0]
    assert described["arrayProperties"]["size"] == len(job.children)
    assert described["jobName"] == f"lectern-{query.reference}-{job.pk}"
    assert compute_jobs.start_job(query.pk) is None, "No slice is handed out twice."


@pytest.mark.django_db
def test_a_query_of_one_child__is_a_plain_job__as_an_array_has_two_at_least(
    batch: Any, world: World, settings: Any
) -> None:
    settings.COMPUTE_CHILD_SECONDS = 1000
    query = submit_query(actor=world.people["ada"], query=plan_everything(world))
    job = compute_jobs.start_job(query.pk)
    assert job is not None
    assert len(job.children) == 1
    assert not batch.describe_jobs(jobs=[job.external_id])["jobs"][0].get("arrayProperties", {}).get("size")


@pytest.mark.django_db
def test_no_worker_is_told_of_slices_that_batch_reads(query: Query) -> None:
    from research_env.dispatching import dispatch

    assert dispatch() == 0
    assert not query.slices.exclude(announced_at=None).exists()


@pytest.mark.django_db
def test_a_job_that_ended_without_doing_its_slices__is_followed_by_another_until_there_were_enough(
    batch: Any, query: Query, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_SIMPLE_BATCH_FAIL_AFTER", "0")
    for _ in range(settings.QUERY_MAX_ATTEMPTS + 2):
        compute_jobs.tend_jobs()
    worker.reap()
    settled = fresh(query)
    assert settled.status == QueryStatus.FAILED
    assert "tried 4 times" in settled.failure
    assert query.jobs.count() == settings.QUERY_MAX_ATTEMPTS


@pytest.mark.django_db
def test_a_cancelled_query__ends_its_job(batch: Any, world: World, query: Query) -> None:
    compute_jobs.start_job(query.pk)
    cancel_query(actor=world.people["ada"], query=fresh(query))
    compute_jobs.tend_jobs()
    job = job_of(query)
    assert (job.state, job.status_reason) == (ComputeJob.State.ENDED, "The query ended.")
    assert query.jobs.count() == 1


@pytest.mark.django_db
def test_a_queue_that_does_not_exist__is_told_to_the_operator_and_tried_again(
    batch: Any, query: Query, settings: Any
) -> None:
    settings.BATCH_JOB_QUEUE = "nowhere"
    job = compute_jobs.start_job(query.pk)
    assert job is not None
    job.refresh_from_db()
    assert job.state == ComputeJob.State.ENDED
    assert job.status_reason.startswith("It was refused: ")
    settings.BATCH_JOB_QUEUE = QUEUE
    again = compute_jobs.start_job(query.pk)
    assert again is not None
    assert again.state == ComputeJob.State.WAITING


@pytest.mark.django_db
def test_a_job_whose_submitter_was_killed__does_not_hold_its_slices_for_ever(batch: Any, query: Query) -> None:
    at = clock.now()
    ComputeJob.objects.create(query=query, executor="batch", children=[[0], [1]], created_at=at)
    compute_jobs.tend_jobs()
    assert 0 not in {position for child in job_of(query).children for position in child}
    with time_machine.travel(at + timedelta(minutes=3)):
        compute_jobs.tend_jobs()
        assert job_of(query).children[0][0] == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("batch_says", "state"),
    [
        ("SUBMITTED", "waiting"),
        ("PENDING", "waiting"),
        ("RUNNABLE", "waiting"),
        ("STARTING", "waiting"),
        ("RUNNING", "running"),
        ("SUCCEEDED", "ended"),
        ("FAILED", "ended"),
    ],
)
def test_states_of_batch__are_read_as_ours(
    query: Query, monkeypatch: pytest.MonkeyPatch, batch_says: str, state: str
) -> None:
    client = boto3.client("batch", region_name="eu-west-2", aws_access_key_id="t", aws_secret_access_key="t")
    monkeypatch.setattr(boto3, "client", lambda *args, **kwargs: client)
    detail = {
        "jobName": "a",
        "jobId": "7",
        "jobQueue": "q",
        "jobDefinition": "d",
        "startedAt": 1,
        "status": batch_says,
        "statusReason": "Host EC2 (instance i-0) terminated.",
        "container": {"logStreamName": "slices/default/1"},
    }
    job = ComputeJob.objects.create(
        query=query, executor="batch", external_id="7", children=[[0]], created_at=clock.now()
    )
    with Stubber(client) as stub:
        stub.add_response("describe_jobs", {"jobs": [detail]}, {"jobs": ["7"]})
        status = executor_named("batch").status(job)
    assert status.state == state
    assert bool(status.reason) == (batch_says == "FAILED")
    assert status.log_url.endswith("/log-events/slices$252Fdefault$252F1")


# The work itself: the container's command, as Batch would start it.


def child_process(job: ComputeJob, index: int) -> subprocess.Popen[bytes]:
    env = {
        **os.environ,
        **Worker.environment(redis_url="redis://127.0.0.1:1/0"),  # a child needs no broker
        "LECTERN_QUERY_LEASE_SECONDS": "2",
        "AWS_BATCH_JOB_ID": f"{job.external_id}:{index}",
        "AWS_BATCH_JOB_ARRAY_INDEX": str(index),
    }
    command = [sys.executable, *_container_command(job)[1:]]
    return subprocess.Popen(command, env=env, cwd=live_settings.BASE_DIR)


def _container_command(job: ComputeJob) -> list[str]:
    """What the executor asks Batch to run, read from the request that it sends."""
    client = boto3.client("batch", region_name="eu-west-2", aws_access_key_id="t", aws_secret_access_key="t")
    sent: dict[str, Any] = {}
    client.meta.events.register("provide-client-params.batch.SubmitJob", lambda params, **_: sent.update(params))
    with pytest.MonkeyPatch.context() as patch, Stubber(client) as stub:
        patch.setattr(boto3, "client", lambda *args, **kwargs: client)
        stub.add_response("submit_job", {"jobName": "a", "jobId": "1"})
        executor_named("batch").submit(job)
    command: list[str] = sent["containerOverrides"]["command"]
    return command


def expected_digests(query: Query) -> tuple[str, str]:
    """Of the two files that the same question gives when the workers answer it."""
    again = rerun_query(actor=query.author, query=query)
    worker.drain(again)
    result = fresh(again).result
    return result.variants_sha256, result.carriers_sha256


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
@pytest.mark.parametrize("trouble", ["none", "every child twice", "a child interrupted", "a child missing"])
def test_children_of_an_array__give_the_same_bytes_as_the_workers(world: World, batch: Any, trouble: str) -> None:
    query = submit_query(actor=world.people["ada"], query=plan_everything(world))
    job = compute_jobs.start_job(query.pk)
    assert job is not None
    numbers = list(range(len(job.children)))
    if trouble == "a child interrupted":
        first = child_process(job, 0)
        wait_until(lambda: query.slices.exclude(state=QuerySlice.State.PENDING).exists(), "a child has begun")
        first.send_signal(signal.SIGKILL)
        first.wait()
    elif trouble == "a child missing":
        numbers = numbers[1:]
    children = [child_process(job, number) for number in numbers * (2 if trouble == "every child twice" else 1)]
    assert [child.wait(timeout=120) for child in children] == [0] * len(children)
    finish_with_another_job(query)
    result = fresh(query).result
    assert (result.variants_sha256, result.carriers_sha256) == expected_digests(query)
    assert query.slices.filter(kind=QuerySlice.Kind.MERGE).count() == 1


def finish_with_another_job(query: Query) -> None:
    """What the beat does: leases that nobody renews run out, moto's jobs are over, what is left gets a job; merge."""
    reads = query.slices.filter(kind=QuerySlice.Kind.READ)

    def all_read() -> bool:
        worker.reap()
        compute_jobs.tend_jobs()
        if reads.filter(state=QuerySlice.State.PENDING).exists():
            job = job_of(query)
            for number in range(len(job.children)):
                child_process(job, number).wait(timeout=120)
        return not reads.exclude(state=QuerySlice.State.DONE).exists()

    wait_until(all_read, "every slice has been read")
    worker.drain(fresh(query))
    assert fresh(query).status == QueryStatus.FINISHED
