"""Runs the automatic checks over the files of a request, and moves a submitted request by what they found."""

from __future__ import annotations

import hashlib
import hmac
import io

from django.conf import settings
from django.db import transaction

from airlock.checks import RULES_VERSION, Finding, Place, Policy
from airlock.checks.inspection import inspect
from airlock.checks.notes import Declared, Notes
from airlock.checks.texts import typed_texts
from airlock.guards import blocking, every_file_checked, latest_runs, working_turn
from airlock.models import CheckRun, ExportRequest, RequestFile
from airlock.models import Finding as FindingRow
from airlock.services.storing import BytesDiffer, verified_copy
from airlock.workflows import EXPORT
from portal.kernel import clock, malware
from portal.kernel.access import SystemActor

CHECKS = SystemActor("Airlock checks")


def policy_for(request: ExportRequest) -> Policy:
    """The strictest of the policies of the project's datasets."""
    return Policy()


def rules_digest(policy: Policy) -> str:
    """What a run is held against: the policy and the version of the rules."""
    return hashlib.sha256(f"{RULES_VERSION}:{policy.digest}".encode()).hexdigest()


def run_checks(request: ExportRequest) -> None:
    """See to it that each file of the request, and all of them together, have a run of the present rules.

    A file that has one keeps it. What a rule cannot finish is a finding; a scanner that is away leaves `malware`
    unknown, and the next call asks it again.
    """
    policy = policy_for(request)
    digest = rules_digest(policy)
    for file in request.files.current().select_related("blob", "group"):
        run = CheckRun.objects.filter(file=file, rules_sha256=digest).first()
        if run is None:
            _check_file(file, policy, digest)
        elif run.malware == CheckRun.Malware.UNKNOWN:
            _scan_again(run)
    _check_together(request, policy, digest)


def _notes(policy: Policy, file: RequestFile | None = None) -> Notes:
    declared = Declared(file.group.people, file.group.rounding_base) if file else Declared()
    key = hmac.digest(settings.SECRET_KEY.encode(), b"airlock evidence", hashlib.sha256)
    return Notes(policy, (), declared, key)


def _check_file(file: RequestFile, policy: Policy, digest: str) -> None:
    started, held = clock.now(), io.BytesIO()
    try:
        verified_copy(file.blob, held)
        seen = inspect(held, file.name, _notes(policy, file), supporting=not file.leaves)
        found, kind, rows, columns = list(seen.findings), seen.kind.value, seen.rows, seen.columns
    except BytesDiffer:
        found, kind, rows, columns = [Finding("check_failed", Place("stored bytes"))], "", 0, 0
    scan = _scan(held)
    with transaction.atomic():
        run = CheckRun.objects.create(
            file=file,
            turn=working_turn(file.request),
            rules_sha256=digest,
            policy_version=policy.version,
            state=CheckRun.State.DONE,
            started_at=started,
            finished_at=clock.now(),
            content_kind=kind,
            rows=rows,
            columns=columns,
        )
        keep_findings(run, found, policy, file)
        _note_scan(run, scan, policy)


def _scan(stream: io.BytesIO) -> malware.Scan | None:
    stream.seek(0)
    try:
        return malware.scan(stream)
    except malware.ScannerUnavailable:
        return None


def _note_scan(run: CheckRun, scan: malware.Scan | None, policy: Policy) -> None:
    if scan is None:
        return
    run.malware, run.scanner, run.signatures_at = scan.outcome.value, scan.scanner[:120], scan.signatures_at
    run.save(update_fields=["malware", "scanner", "signatures_at"])
    code = {"infected": "malware", "not_scanned": "malware_not_scanned"}.get(scan.outcome.value)
    if code:
        keep_findings(run, [Finding(code)], policy, run.file)


@transaction.atomic
def _scan_again(run: CheckRun) -> None:
    assert run.file is not None, "only runs over files are scanned"
    held = io.BytesIO()
    try:
        verified_copy(run.file.blob, held)
    except BytesDiffer:
        return
    _note_scan(run, _scan(held), policy_for(run.file.request))


def keep_findings(run: CheckRun, found: list[Finding], policy: Policy, file: RequestFile | None) -> None:
    """Write findings to a run, each with what the policy says of it now."""
    FindingRow.objects.bulk_create(
        FindingRow(
            run=run,
            file=file,
            code=each.code,
            part=each.place.part,
            sheet=each.place.sheet,
            column=each.place.column,
            rows=list(each.place.rows),
            count=each.count,
            evidence=each.evidence,
            consequence=policy.consequence(each.code),
        )
        for each in found
    )


@transaction.atomic
def _check_together(request: ExportRequest, policy: Policy, digest: str) -> None:
    """What was typed into the request; a new run only when it finds something else than the last one."""
    texts = {"title": request.title}
    for number, group in enumerate(request.groups.all(), 1):
        texts |= {f"group {number} {name}": getattr(group, name) for name in ("name", "context", "controls")}
    found = typed_texts(texts, _notes(policy))
    last = latest_runs(request).filter(request=request, rules_sha256=digest).first()
    if last is not None and [row.evidence for row in last.findings.order_by("pk")] == [each.evidence for each in found]:
        return
    at, turn = clock.now(), working_turn(request)
    run = CheckRun.objects.create(
        request=request,
        turn=turn,
        rules_sha256=digest,
        policy_version=policy.version,
        state=CheckRun.State.DONE,
        started_at=at,
        finished_at=at,
    )
    keep_findings(run, found, policy, None)


def check_submitted(request: ExportRequest) -> None:
    """Check a submitted request, and give it to the checkers, send it back, or put it in quarantine.

    Where the scanner is away the request stays as it is and says why; the next call goes on.
    """
    if request.status != ExportRequest.Status.CHECKING:
        return
    run_checks(request)
    with transaction.atomic():
        fresh = ExportRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
        if fresh.status != ExportRequest.Status.CHECKING:
            return
        detail = {"turn": fresh.turn}
        if latest_runs(fresh).filter(malware=CheckRun.Malware.INFECTED).exists():
            reason = "The malware scanner knows one of the files as harmful."
            EXPORT.perform(fresh, "quarantine", CHECKS, reason=reason, detail=detail)
        elif codes := sorted(set(blocking(fresh).values_list("code", flat=True))):
            EXPORT.perform(fresh, "block", CHECKS, detail={**detail, "codes": codes}, changes={"check_note": ""})
        elif every_file_checked(fresh) is None:
            rules = rules_digest(policy_for(fresh))
            EXPORT.perform(fresh, "pass-checks", CHECKS, detail={**detail, "rules": rules}, changes={"check_note": ""})
        else:
            fresh.check_note = "The malware scanner does not answer. The checks go on by themselves when it does."
            fresh.check_failures += 1
            fresh.save(update_fields=["check_note", "check_failures"])


def check_waiting() -> int:
    """Go on with every submitted request whose checks are not finished; returns how many were looked at."""
    waiting = list(ExportRequest.objects.filter(status=ExportRequest.Status.CHECKING, held_at=None))
    for request in waiting:
        check_submitted(request)
    return len(waiting)
