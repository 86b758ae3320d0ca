"""AWS Batch through boto3: one array job for each ComputeJob."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from research_env.executors.protocol import CHILD_COMMAND, ExecutorError, JobStatus
from research_env.models import ComputeJob

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient

_STATES = {
    **dict.fromkeys(("SUBMITTED", "PENDING", "RUNNABLE", "STARTING"), ComputeJob.State.WAITING),
    "RUNNING": ComputeJob.State.RUNNING,
    **dict.fromkeys(("SUCCEEDED", "FAILED"), ComputeJob.State.ENDED),
}
# A child whose machine is taken back (spot) is tried again by the service; one that ends by itself is not.
_RETRY = {
    "attempts": 3,
    "evaluateOnExit": [
        {"onStatusReason": "Host EC2*", "action": "RETRY"},
        {"onExitCode": "*", "action": "EXIT"},
    ],
}


class BatchExecutor:
    """Submits to the queue and the job definition that the settings name; the definition holds image and secrets."""

    def submit(self, job: ComputeJob) -> str:
        """An array of one child per entry; a single child is a plain job, as an array has two at least."""
        count = len(job.children)
        request: dict[str, Any] = {
            "jobName": f"lectern-{job.query.reference}-{job.pk}",
            "jobQueue": settings.BATCH_JOB_QUEUE,
            "jobDefinition": settings.BATCH_JOB_DEFINITION,
            "containerOverrides": {"command": ["python", *CHILD_COMMAND, str(job.pk)]},
            "retryStrategy": _RETRY,
            "timeout": {"attemptDurationSeconds": settings.COMPUTE_CHILD_TIMEOUT_SECONDS},
        }
        if count > 1:
            request["arrayProperties"] = {"size": count}
        try:
            return str(self._client().submit_job(**request)["jobId"])
        except (BotoCoreError, ClientError) as error:
            raise ExecutorError(str(error)) from error

    def status(self, job: ComputeJob) -> JobStatus:
        """The state of the array as a whole; Batch forgets jobs a week after they end."""
        try:
            found = self._client().describe_jobs(jobs=[job.external_id])["jobs"]
        except (BotoCoreError, ClientError) as error:
            raise ExecutorError(str(error)) from error
        if not found:
            return JobStatus(ComputeJob.State.ENDED, "AWS Batch does not know this job any more.")
        detail = found[0]
        reason = (detail.get("statusReason") or "It failed.") if detail["status"] == "FAILED" else ""
        stream = detail.get("container", {}).get("logStreamName", "")
        return JobStatus(_STATES[detail["status"]], reason, _log_url(stream) if stream else "")

    def cancel(self, job: ComputeJob) -> None:
        """Terminates waiting and running children alike."""
        try:
            self._client().terminate_job(jobId=job.external_id, reason="The query was stopped.")
        except (BotoCoreError, ClientError) as error:
            raise ExecutorError(str(error)) from error

    def _client(self) -> BatchClient:
        return boto3.client("batch", region_name=settings.BATCH_REGION, endpoint_url=settings.BATCH_ENDPOINT_URL)


def _log_url(stream: str) -> str:
    """The stream's page in the console of CloudWatch."""
    region = settings.BATCH_REGION
    group, name = (quote(each, safe="").replace("%", "$25") for each in (settings.BATCH_LOG_GROUP, stream))
    console = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
    return f"{console}#logsV2:log-groups/log-group/{group}/log-events/{name}"
