"""What a child of an array job runs, on AWS Batch, under Slurm or by hand."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from research_env import worker
from research_env.models import ComputeJob

# Where each service says which child of the array this is; a job of one child has no number.
_INDEXES = ("AWS_BATCH_JOB_ARRAY_INDEX", "SLURM_ARRAY_TASK_ID")


class Command(BaseCommand):
    """Reads the slices of one child. Slices that somebody else has, or that are done, are passed over."""

    help = "Read the slices of one child of a compute job; its number comes from the environment or --child."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("job", type=int)
        parser.add_argument("--child", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        job = ComputeJob.objects.select_related("query").filter(pk=options["job"]).first()
        if job is None:
            raise CommandError(f"There is no compute job {options['job']}.")
        number = options["child"]
        if number is None:
            number = int(next((os.environ[name] for name in _INDEXES if name in os.environ), "0"))
        if not 0 <= number < len(job.children):
            raise CommandError(f"The job has {len(job.children)} children; there is no number {number}.")
        mine = job.query.slices.filter(position__in=job.children[number]).order_by("position")
        for slice_id in mine.values_list("pk", flat=True):
            worker.work_on(slice_id)
