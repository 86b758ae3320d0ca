"""Runs the automatic checks over the files of a request, and moves a submitted request by what they found.

Each file is scanned for malware and judged in a confined child, two at a time. What is done is kept: a killed worker
goes on where it was, and the same bytes under the same rules are judged once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from airlock.blobs import BlobDamaged, open_blob
from airlock.checks import Finding, Place, Policy
from airlock.checks.judging import Judged, judge, side_by_side
from airlock.events import Event
from airlock.guards import blocking, every_file_checked, latest_runs, working_turn
from airlock.models import CheckRun, ExportRequest, RequestFile
from airlock.models import Finding as FindingRow
from airlock.rulebooks import ProjectRules, rules_of
from airlock.services.locks import EXPORTS, held_by_this_worker
from airlock.services.together import bytes_together, check_together, finding_rows
from airlock.workflows import EXPORT
from portal.kernel import clock, malware
from portal.kernel.access import SystemActor
from portal.kernel.telling import tell

CHECKS = SystemActor("Airlock checks")
AT_ONCE = 2  # files that are judged while the page waits; the worker does the others
TOGETHER_AT_ONCE_BYTES = 8 * 1024 * 1024  # of tables that are compared while the page waits; the worker does more
_MOST = 10_000
_EVERYTHING = 0


@dataclass(frozen=True)
class Looked:
    """What came out for one file: the scanner's word (None where it is away) and the child's."""

    began_at: datetime
    scan: malware.Scan | None
    judged: Judged


def run_checks(request: ExportRequest, *, at_most: int = AT_ONCE) -> ProjectRules:
    """See to it that files of the request, and all of them together, have a run of the present rules.

    A file that has one keeps it; of the others `at_most` are judged now. A file that cannot be judged has a finding
    that blocks; a scanner that is away leaves `malware` unknown, and the next call asks it again.
    """
    rules = rules_of(request.project)
    todo = _unchecked(request, rules)

    def look(file: RequestFile) -> Looked:
        return _look(file, rules)

    for file, looked in side_by_side(look, todo[:at_most]):
        _keep(file, rules, looked)
    for run in CheckRun.objects.filter(file__in=request.files.current(), malware=CheckRun.Malware.UNKNOWN)[:at_most]:
        _scan_again(run, rules.policy)
    if len(todo) <= at_most and (at_most > AT_ONCE or bytes_together(request) <= TOGETHER_AT_ONCE_BYTES):
        check_together(request, rules)
    return rules


def check_arrived(request: ExportRequest) -> None:
    """Judge what just arrived while its sender waits; where another file of the request is being judged, the worker
    does it. A pipeline that sends many files at once would otherwise have each judged several times."""
    with held_by_this_worker(EXPORTS, request.pk) as mine:
        if mine:
            run_checks(request)


def _check_draft(request: ExportRequest) -> None:
    with held_by_this_worker(EXPORTS, request.pk) as mine:
        if mine:
            run_checks(request, at_most=_MOST)


def _unchecked(request: ExportRequest, rules: ProjectRules) -> list[RequestFile]:
    files = request.files.current().select_related("blob", "group", "request").order_by("blob__size_bytes", "pk")
    done = set(CheckRun.objects.filter(file__request=request).values_list("file", "rules_sha256"))
    return [file for file in files if (file.pk, rules.sha256_of(file.group)) not in done]


def _look(file: RequestFile, rules: ProjectRules) -> Looked:
    """In a thread, without the database: the scanner first, then a child."""
    began_at = clock.now()
    try:
        with open_blob(file.blob) as stream:
            try:
                scan = malware.scan(stream)
            except malware.ScannerUnavailable:
                scan = None
            judged = judge(stream, file.name, rules.of(file.group), supporting=not file.leaves)
            return Looked(began_at, scan, judged)
    except BlobDamaged:
        return Looked(began_at, None, Judged(None, (Finding("not_checked", Place("stored bytes")),)))


@transaction.atomic
def _keep(file: RequestFile, rules: ProjectRules, looked: Looked) -> None:
    """Write down what came out for one file, unless somebody else just did."""
    judged = looked.judged
    run, is_new = CheckRun.objects.get_or_create(
        file=file,
        rules_sha256=rules.sha256_of(file.group),
        defaults={
            "turn": working_turn(file.request),
            "policy_version": rules.policy.version[:100],
            "state": CheckRun.State.DONE,
            "started_at": looked.began_at,
            "finished_at": clock.now(),
            "content_kind": judged.kind.value if judged.kind else "",
            "rows": judged.rows,
            "columns": judged.columns,
        },
    )
    if is_new:
        FindingRow.objects.bulk_create(finding_rows(run, file.pk, judged.findings, rules.policy))
        _note_scan(run, looked.scan, rules.policy)


def _note_scan(run: CheckRun, scan: malware.Scan | None, policy: Policy) -> None:
    if scan is None:
        return
    run.malware, run.scanner, run.signatures_at = scan.outcome.value, scan.scanner[:120], scan.signatures_at
    run.save(update_fields=["malware", "scanner", "signatures_at"])
    code = {"infected": "malware", "not_scanned": "malware_not_scanned"}.get(scan.outcome.value)
    if code:
        FindingRow.objects.bulk_create(finding_rows(run, run.file_id, [Finding(code)], policy))


@transaction.atomic
def _scan_again(run: CheckRun, policy: Policy) -> None:
    assert run.file is not None, "only runs over files are scanned"
    try:
        with open_blob(run.file.blob) as stream:
            _note_scan(run, malware.scan(stream), policy)
    except (BlobDamaged, malware.ScannerUnavailable):
        return


def check_submitted(request: ExportRequest) -> None:
    """Check a submitted request, and give it to the checkers, send it back, or put it in quarantine.

    Where the scanner is away the request stays as it is and says why; the next call goes on. Does nothing while
    another worker checks the same request.
    """
    with held_by_this_worker(EXPORTS, request.pk) as mine:
        if mine and request.status == ExportRequest.Status.CHECKING:
            _conclude(request, run_checks(request, at_most=_MOST))


@transaction.atomic
def _conclude(request: ExportRequest, rules: ProjectRules) -> None:
    fresh = ExportRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
    if fresh.status != ExportRequest.Status.CHECKING:
        return
    detail: dict[str, Any] = {"turn": fresh.turn}
    if latest_runs(fresh).filter(malware=CheckRun.Malware.INFECTED).exists():
        reason = "The malware scanner knows one of the files as harmful."
        EXPORT.perform(fresh, "quarantine", CHECKS, reason=reason, detail=detail)
    elif codes := sorted(set(blocking(fresh).values_list("code", flat=True))):
        EXPORT.perform(fresh, "block", CHECKS, detail={**detail, "codes": codes}, changes={"check_note": ""})
    elif every_file_checked(fresh) is None:
        EXPORT.perform(
            fresh, "pass-checks", CHECKS, detail={**detail, "rules": rules.sha256}, changes={"check_note": ""}
        )
    else:
        fresh.check_note = "The malware scanner does not answer. The checks go on by themselves when it does."
        fresh.check_failures += 1
        fresh.save(update_fields=["check_note", "check_failures"])
        if fresh.check_failures == 1:  # managers are told once a turn, not every few seconds
            tell(Event.CHECKS_WAIT, fresh, CHECKS, **detail)


def check_waiting() -> int:
    """Go on with whatever is not checked: submitted requests, and drafts with files that no page waited for.

    Returns how many requests were looked at; 0 while another worker does this, so that checks never take all workers.
    """
    with held_by_this_worker(EXPORTS, _EVERYTHING) as mine:
        if not mine:
            return 0
        looked_at = 0
        for request in ExportRequest.objects.filter(_waits(), held_at=None).order_by("changed_at")[:_MOST]:
            looked_at += 1
            if request.status == ExportRequest.Status.CHECKING:
                check_submitted(request)
            else:
                _check_draft(request)
        return looked_at


def _waits() -> Q:
    judged = CheckRun.objects.filter(file=OuterRef("pk"))
    files = RequestFile.objects.current().filter(~Exists(judged), request=OuterRef("pk"))
    return Q(status=ExportRequest.Status.CHECKING) | Q(status__in=ExportRequest.WRITABLE) & Q(Exists(files))
