"""What the automatic checks found: codes, places and counts, never values; and what people answered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import User
from airlock.checks import Consequence, Place, meaning_of
from airlock.checks.findings import Meaning
from airlock.checks.policy import IN_WORDS
from airlock.models.files import RequestFile
from airlock.models.imports import ImportFile
from airlock.models.requests import ExportRequest


class CheckRun(models.Model):
    """One run of the rules, of one version, over one file, or over all files of a request together in one turn.

    Exactly one of `file`, `import_file` and `request` is set. A request's run (`turn`: the one it is for) holds what
    is found between its files and in what was typed.
    """

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    class Malware(models.TextChoices):
        UNKNOWN = "", "Not known yet"
        CLEAN = "clean", "Clean"
        INFECTED = "infected", "Infected"
        NOT_SCANNED = "not_scanned", "Not scanned (demo)"

    file = models.ForeignKey(RequestFile, null=True, blank=True, on_delete=models.PROTECT, related_name="runs")
    import_file = models.ForeignKey(ImportFile, null=True, blank=True, on_delete=models.PROTECT, related_name="runs")
    request = models.ForeignKey(ExportRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="runs")
    turn = models.PositiveSmallIntegerField(default=0)
    rules_sha256 = models.CharField(max_length=64, help_text="Digest of the policy and the version of the rules")
    policy_version = models.CharField(max_length=100)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    content_kind = models.CharField(max_length=12, blank=True, help_text="What the bytes turned out to be")
    rows = models.PositiveIntegerField(default=0)
    columns = models.PositiveIntegerField(default=0)
    malware = models.CharField(max_length=12, choices=Malware.choices, blank=True, default="")
    scanner = models.CharField(max_length=120, blank=True)
    signatures_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["file", "rules_sha256"], condition=Q(file__isnull=False), name="one_run_per_file_and_rules"
            ),
            models.UniqueConstraint(
                fields=["import_file", "rules_sha256"],
                condition=Q(import_file__isnull=False),
                name="one_run_per_import_file_and_rules",
            ),
            models.CheckConstraint(
                condition=Q(file__isnull=False, import_file=None, request=None)
                | Q(file=None, import_file__isnull=False, request=None)
                | Q(file=None, import_file=None, request__isnull=False),
                name="check_run_is_about_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(state="running") | Q(finished_at__isnull=False), name="ended_check_run_has_its_time"
            ),
        ]

    def __str__(self) -> str:
        return f"Check {self.pk}"


class Finding(models.Model):
    """One thing that a rule noticed: a code of airlock.checks.CODES, where, how often. `evidence` is a keyed hash."""

    run = models.ForeignKey(CheckRun, on_delete=models.CASCADE, related_name="findings")
    file = models.ForeignKey(
        RequestFile, null=True, blank=True, on_delete=models.PROTECT, related_name="findings",
        help_text="The file it is about, where there is one",
    )  # fmt: skip
    code = models.CharField(max_length=30)
    part = models.CharField(max_length=60, blank=True)
    sheet = models.PositiveIntegerField(default=0)
    column = models.PositiveIntegerField(default=0)
    rows = models.JSONField(default=list)
    count = models.PositiveIntegerField(default=1)
    evidence = models.CharField(max_length=64, blank=True)
    consequence = models.PositiveSmallIntegerField(
        choices=[(level.value, level.name.lower()) for level in Consequence], help_text="As the policy said then"
    )

    class Meta:
        ordering = ("-consequence", "pk")
        indexes = [models.Index(fields=["code"], name="finding_code")]

    def __str__(self) -> str:
        return f"{self.code} in run {self.run_id}"

    @property
    def weight(self) -> str:
        """What it means for the request, in words."""
        return IN_WORDS[Consequence(self.consequence)]

    @property
    def meaning(self) -> Meaning:
        """What was noticed, and what can be done about it."""
        return meaning_of(self.code)

    @property
    def place(self) -> Place:
        """Where in the file it is; as text it is for people."""
        return Place(self.part, self.sheet, self.column, tuple(self.rows))


class Answer(models.Model):
    """What somebody says to one finding of one turn: the author explains it, a checker settles it."""

    class Side(models.TextChoices):
        AUTHOR = "author", "Author"
        CHECKER = "checker", "Checker"

    class Verdict(models.TextChoices):
        EXPLAINED = "explained", "Explained"
        ACCEPTED = "accepted", "Accepted"
        NO_PROBLEM = "no_problem", "Not a problem"
        PROBLEM = "problem", "A problem"

    request = models.ForeignKey(ExportRequest, on_delete=models.PROTECT, related_name="answers")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="answers")
    turn = models.PositiveSmallIntegerField()
    side = models.CharField(max_length=8, choices=Side.choices)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    text = models.CharField(max_length=500)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(side="author", verdict="explained") | Q(side="checker") & ~Q(verdict="explained"),
                name="answer_fits_its_side",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="answer_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.side} on finding {self.finding_id}"
