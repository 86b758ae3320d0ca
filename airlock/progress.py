"""How far the checks of a request are, and what they found in one file."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from airlock.guards import latest_runs
from airlock.models import CheckRun, ExportRequest, Finding, RequestFile


@dataclass(frozen=True)
class CheckProgress:
    """How many of a request's files are checked; `waits` says why nothing moves, where something is in the way."""

    done: int
    whole: int
    waits: str = ""

    @property
    def is_finished(self) -> bool:
        """Whether each file has its answer."""
        return self.done >= self.whole

    @property
    def sentence(self) -> str:
        """For people, also those who only hear it."""
        if self.waits:
            return f"{self.done} of {self.whole} files checked. {self.waits}"
        return f"{self.done} of {self.whole} files checked."


def check_progress(request: ExportRequest) -> CheckProgress:
    """How far the checks are; one query."""
    done = CheckRun.objects.filter(file=OuterRef("pk")).exclude(malware=CheckRun.Malware.UNKNOWN)
    files = request.files.current().annotate(is_checked=Exists(done)).values_list("is_checked", flat=True)
    checked = list(files)
    return CheckProgress(sum(checked), len(checked), request.check_note)


def findings_in(file: RequestFile) -> list[Finding]:
    """What the newest runs found in one file, the gravest first; one query."""
    runs = latest_runs(file.request).values("pk")
    return list(Finding.objects.filter(run__in=runs, file=file).order_by("-consequence", "pk"))
