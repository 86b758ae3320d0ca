"""Queries, the slices of work they are cut into, and what came out. The state of work lives here, not in the broker."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from guardian.models import UserObjectPermissionBase

from access_review.models import Project, ProjectMember, in_force
from accounts.models import User
from ngrl.models import Chunk, Release
from portal.kernel import clock
from research_env.cohort_models import CohortShare, SavedCohort

__all__ = [
    "STOPPED",
    "UNDER_WAY",
    "CohortShare",
    "ComputeJob",
    "Executor",
    "Lane",
    "ProjectAllowance",
    "Query",
    "QueryQuerySet",
    "QueryResult",
    "QueryShare",
    "QuerySlice",
    "QueryStatus",
    "SavedCohort",
]


class QueryStatus(models.TextChoices):
    """Where a query stands."""

    PLANNED = "planned", "Planned"
    QUEUED = "queued", "Waiting to start"
    RUNNING = "running", "Running"
    FINISHED = "finished", "Finished"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    WITHHELD = "withheld", "Withheld"


UNDER_WAY = (QueryStatus.QUEUED, QueryStatus.RUNNING)
# Ended without a result; the author may take it up again.
STOPPED = (QueryStatus.FAILED, QueryStatus.CANCELLED)


class Lane(models.TextChoices):
    """Small queries have a lane of their own, so that a point lookup never waits behind a scan of the genome."""

    EXPRESS = "express", "Express"
    SCAN = "scan", "Scan"


class Executor(models.TextChoices):
    """Where the slices of a query are read. Merging is always the workers' work."""

    WORKERS = "workers", "Lectern's workers"
    BATCH = "batch", "AWS Batch"
    SLURM = "slurm", "Slurm"


class QueryQuerySet(models.QuerySet["Query"]):
    def visible_to(self, actor: Any) -> QueryQuerySet:
        """In the actor's open projects: their own queries, those shared with them, and all of a project they lead."""
        if not isinstance(actor, User):
            return self.none()
        leading = ProjectMember.objects.filter(in_force(clock.now()), person=actor, role=ProjectMember.Role.LEAD)
        shared = QueryShare.objects.filter(user=actor, permission__codename="view_query")
        return self.filter(project__in=Project.objects.visible_to(actor)).filter(
            Q(author=actor) | Q(project__in=leading.values("project")) | Q(pk__in=shared.values("content_object"))
        )

    def under_way(self) -> QueryQuerySet:
        """Waiting or running."""
        return self.filter(status__in=UNDER_WAY)


class Query(models.Model):
    """One question put to one release inside one project. `question` is what questions.py reads and writes."""

    reference = models.CharField(max_length=20, unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="queries")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="queries")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="queries")
    name = models.CharField(max_length=120)
    question = models.JSONField()
    status = models.CharField(max_length=12, choices=QueryStatus.choices, default=QueryStatus.PLANNED)
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True, help_text="Why it failed or was stopped, as the author reads it")
    rerun_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="reruns")
    estimated_records = models.PositiveBigIntegerField(default=0)
    estimated_bytes = models.PositiveBigIntegerField(default=0)
    estimated_seconds = models.FloatField(default=0)
    lane = models.CharField(max_length=8, choices=Lane.choices, default=Lane.SCAN)
    executor = models.CharField(max_length=8, choices=Executor.choices, default=Executor.WORKERS)

    objects = QueryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["project", "-created_at"], name="query_project_newest"),
            models.Index(fields=["status"], condition=Q(status__in=["queued", "running"]), name="query_under_way"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=QueryStatus.values), name="query_status_is_known"),
            models.CheckConstraint(
                condition=Q(status="planned") | Q(submitted_at__isnull=False) | Q(status="cancelled"),
                name="query_under_way_was_submitted",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["failed", "withheld"]) | ~Q(failure=""), name="query_says_why_it_failed"
            ),
        ]

    def __str__(self) -> str:
        # Not the name: it says what was asked, and Django's admin prints this to people outside the project.
        return self.reference

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("research_env:query-detail", args=[self.reference])


class QueryShare(UserObjectPermissionBase):
    """That a query is shown to a named colleague: an ad-hoc grant, kept by django-guardian, ANDed with membership."""

    content_object = models.ForeignKey(Query, on_delete=models.CASCADE)


class QuerySlice(models.Model):
    """A piece of a query's work that one worker holds at a time, by a lease that it renews while it lives.

    A slice reads part of one chunk; the last one, of kind merge, puts the parts together. Whoever does not renew the
    lease loses the slice: the reaper gives it to another, and the old worker's answer is not taken any more.
    """

    class Kind(models.TextChoices):
        READ = "read", "Read a stretch of a file"
        MERGE = "merge", "Put the parts together"

    class State(models.TextChoices):
        PENDING = "pending", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="slices")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.READ)
    chunk = models.ForeignKey(Chunk, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    work = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    announced_at = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    records_estimated = models.PositiveIntegerField(default=0)
    records_read = models.PositiveIntegerField(default=0)
    # The people whose genotypes were read: a slice read under another consent mask is read again before the merge.
    cohort_sha256 = models.CharField(max_length=64, blank=True)
    # What the reading cost, all attempts that ended well together; the project's allowance counts it.
    cpu_seconds = models.FloatField(default=0)
    bytes_read = models.PositiveBigIntegerField(default=0)
    variants_path = models.CharField(max_length=200, blank=True)
    carriers_path = models.CharField(max_length=200, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="slice_leases"),
            models.Index(fields=["announced_at"], condition=Q(state="pending"), name="slice_waiting"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["query", "position"], name="one_slice_per_position"),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease_token__isnull=False, lease_until__isnull=False),
                name="running_slice_has_a_lease",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.query_id}/{self.position}"


class QueryResult(models.Model):
    """What a finished query found, written once: two Parquet files in storage and how they came to be."""

    query = models.OneToOneField(Query, on_delete=models.CASCADE, related_name="result")
    created_at = models.DateTimeField()
    # The instant at which consent was last looked at: whoever withdrew later is still in these files.
    consent_read_at = models.DateTimeField()
    variants_path = models.CharField(max_length=200)
    carriers_path = models.CharField(max_length=200)
    variants_sha256 = models.CharField(max_length=64)
    carriers_sha256 = models.CharField(max_length=64)
    variant_count = models.PositiveIntegerField()
    carrier_row_count = models.PositiveIntegerField()
    people_count = models.PositiveIntegerField()
    cohort_size = models.PositiveIntegerField()
    population_size = models.PositiveIntegerField()
    size_bytes = models.PositiveBigIntegerField()
    engine_version = models.CharField(max_length=20)

    def __str__(self) -> str:
        return f"Result of {self.query_id}"


class ComputeJob(models.Model):
    """Slices of one query that were handed to AWS Batch or Slurm: one array job, one child per list of slices.

    The job only brings machines: each child takes its slices by lease like every worker, so a child that runs twice,
    or is interrupted, changes no answer.
    """

    class State(models.TextChoices):
        SUBMITTING = "submitting", "Being submitted"
        WAITING = "waiting", "Waiting for a machine"
        RUNNING = "running", "Running"
        ENDED = "ended", "Ended"

    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="jobs")
    executor = models.CharField(max_length=8, choices=Executor.choices)
    external_id = models.CharField(max_length=100, blank=True)
    children = models.JSONField(help_text="The positions of the slices that each child of the array reads")
    state = models.CharField(max_length=10, choices=State.choices, default=State.SUBMITTING)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    status_reason = models.TextField(blank=True)
    log_url = models.URLField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["query"], condition=~Q(state="ended"), name="compute_jobs_alive")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False) | (~Q(state="ended") & Q(ended_at__isnull=True)),
                name="compute_job_ended_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.executor} {self.external_id or self.pk}"


class ProjectAllowance(models.Model):
    """What one project may use, where it differs from what every project may use (settings.PROJECT_ALLOWANCE)."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="allowance")
    concurrent_slices = models.PositiveIntegerField()
    cpu_hours_per_month = models.PositiveIntegerField()
    gigabytes_per_month = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"Allowance of {self.project_id}"
