"""What waits to be brought in, and what is known of its files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Sum

from accounts.models import User
from airlock.models import CheckRun, Finding, ImportFile, ImportRequest, ImportReview, UploadTicket
from airlock.selectors.clocks import MINUTES_A_DAY
from portal.kernel import clock
from portal.kernel.working_days import working_minutes_between


@dataclass(frozen=True)
class ImportRow:
    """One import in the queue."""

    request: ImportRequest
    files: int
    bytes: int
    reviews_in: int
    is_mine: bool

    @property
    def age(self) -> str:
        """Working days since it was first submitted: "1.5"."""
        began = self.request.submitted_at or self.request.created_at
        return f"{working_minutes_between(began, clock.now()) / MINUTES_A_DAY:.1f}"


def import_queue_for(actor: User) -> list[ImportRow]:
    """What waits with the airlock on its way in, as far as the actor may judge or oversee it; three queries.

    The oldest of each project first, then the second of each, and so on.
    """
    waiting = ImportRequest.objects.checkable_by(actor).filter(status__in=ImportRequest.WAITS)
    waiting = waiting.select_related("project").prefetch_related("reviews").order_by("submitted_at", "pk")
    seen: Counter[int] = Counter()
    ranked = []
    for place, request in enumerate(waiting):
        ranked.append((seen[request.project_id], place, request))
        seen[request.project_id] += 1
    requests = [request for *_, request in sorted(ranked, key=lambda each: each[:2])]
    files = ImportFile.objects.current().filter(request__in=[each.pk for each in requests]).order_by()
    counted = files.values_list("request").annotate(Count("pk"), Sum("size_bytes"))
    sums = {key: (number, size) for key, number, size in counted}
    return [_row(each, actor, *sums.get(each.pk, (0, 0))) for each in requests]


def _row(request: ImportRequest, actor: User, files: int, size_bytes: int) -> ImportRow:
    reviews = [review for review in request.reviews.all() if review.turn == request.turn]
    mine = any(review.reviewer_id == actor.pk for review in reviews)
    return ImportRow(request, files, size_bytes, len(reviews), mine)


@dataclass(frozen=True)
class CheckedFile:
    """A file with the newest answer of the checks, if there is one, and what that found."""

    file: ImportFile
    run: CheckRun | None
    findings: list[Finding]


def checked_files(request: ImportRequest) -> list[CheckedFile]:
    """The files of an import, by name; three queries."""
    runs = Prefetch("runs", CheckRun.objects.order_by("-pk").prefetch_related("findings"))
    files = request.files.current().prefetch_related(runs)
    return [_checked(file) for file in files]


def _checked(file: Any) -> CheckedFile:
    run = next(iter(file.runs.all()), None)
    return CheckedFile(file, run, list(run.findings.all()) if run else [])


def open_ticket(request: ImportRequest) -> UploadTicket | None:
    """The link by which files can be sent now."""
    tickets = UploadTicket.objects.filter(request=request, closed_at=None, expires_at__gt=clock.now())
    return tickets.first() if request.is_writable else None


def reviews_for(actor: Any, request: ImportRequest) -> list[ImportReview]:
    """The reviews of this turn that a checker or an overseer may read now: while it is in review, one's own alone."""
    reviews = ImportReview.objects.filter(request=request, turn=request.turn).select_related("reviewer")
    if request.status == ImportRequest.Status.IN_REVIEW:
        reviews = reviews.filter(reviewer_id=actor.pk)
    return list(reviews.order_by("at", "pk"))
