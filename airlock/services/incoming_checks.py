"""Checks what is to come in, and moves a submitted import by what was found. A scanner that is away moves nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from airlock.blobs import BlobDamaged, open_blob
from airlock.checks import INCOMING_VERSION, Finding, Place
from airlock.checks.incoming import INCOMING_POLICY, Declaration
from airlock.checks.judging import Judged, judge_incoming, side_by_side
from airlock.events import Event
from airlock.guards import blocking_import, import_is_checked, runs_of_import
from airlock.models import CheckRun, ImportFile, ImportRequest
from airlock.models import Finding as FindingRow
from airlock.services.bringing import locked_import
from airlock.services.checking import CHECKS
from airlock.services.locks import IMPORTS, held_by_this_worker
from airlock.services.together import finding_rows
from airlock.workflows import IMPORT
from portal.kernel import clock, malware
from portal.kernel.telling import tell

SCANNER_IS_AWAY = "The malware scanner does not answer. The checks go on by themselves when it does."


@dataclass(frozen=True)
class _Looked:
    began_at: datetime
    scan: malware.Scan | None
    judged: Judged


def check_imports_waiting() -> int:
    """Go on with every submitted import; returns how many were looked at."""
    waiting = ImportRequest.objects.filter(status=ImportRequest.Status.CHECKING).order_by("submitted_at", "pk")
    for request in waiting:
        check_import(request)
    return len(waiting)


def check_import(request: ImportRequest) -> None:
    """Look at the files of a submitted import, unless another worker does, and move it by what was found."""
    with held_by_this_worker(IMPORTS, request.pk) as mine:
        if not mine or request.status != ImportRequest.Status.CHECKING:
            return
        declared = Declaration(request.holds_code, settings.AIRLOCK_IMPORT_UNPACKED_BYTES)
        rules = hashlib.sha256(f"{INCOMING_VERSION}:{declared}".encode()).hexdigest()
        for file, looked in side_by_side(lambda each: _look(each, declared), _unseen(request, rules)):
            _keep(file, rules, looked)
        _conclude(request)


def _unseen(request: ImportRequest, rules: str) -> list[ImportFile]:
    """Files without an answer of the present rules, or that the scanner has not looked at."""
    done = CheckRun.objects.filter(import_file__request=request, rules_sha256=rules)
    done = done.exclude(malware=CheckRun.Malware.UNKNOWN)
    return list(request.files.current().exclude(pk__in=done.values("import_file")))


def _look(file: ImportFile, declared: Declaration) -> _Looked:
    """In a thread, without the database: the scanner first, then a child."""
    began_at = clock.now()
    try:
        with open_blob(file) as stream:
            try:
                scan = malware.scan(stream)
            except malware.ScannerUnavailable:
                scan = None
            return _Looked(began_at, scan, judge_incoming(stream, file.name, declared))
    except BlobDamaged:
        return _Looked(began_at, None, Judged(None, (Finding("not_checked", Place("stored bytes")),)))


@transaction.atomic
def _keep(file: ImportFile, rules: str, looked: _Looked) -> None:
    """Write down what came out for one file, in the place of an answer that had no scanner."""
    scan, judged = looked.scan, looked.judged
    told = {
        "policy_version": INCOMING_POLICY.version,
        "state": CheckRun.State.DONE,
        "started_at": looked.began_at,
        "finished_at": clock.now(),
        "content_kind": judged.kind.value if judged.kind else "",
        "malware": scan.outcome.value if scan else CheckRun.Malware.UNKNOWN,
        "scanner": scan.scanner[:120] if scan else "",
        "signatures_at": scan.signatures_at if scan else None,
    }
    run, _ = CheckRun.objects.update_or_create(import_file=file, rules_sha256=rules, defaults=told)
    found = list(judged.findings)
    if code := {"infected": "malware", "not_scanned": "malware_not_scanned"}.get(run.malware):
        found.append(Finding(code))
    FindingRow.objects.filter(run=run).delete()
    FindingRow.objects.bulk_create(finding_rows(run, None, found, INCOMING_POLICY))


@transaction.atomic
def _conclude(request: ImportRequest) -> None:
    fresh = locked_import(request)
    if fresh.status != ImportRequest.Status.CHECKING:
        return
    detail: dict[str, Any] = {"turn": fresh.turn}
    if runs_of_import(fresh).filter(malware=CheckRun.Malware.INFECTED).exists():
        reason = "The malware scanner knows one of the files as harmful."
        IMPORT.perform(fresh, "quarantine", CHECKS, reason=reason, detail=detail, changes={"note": reason})
    elif codes := sorted(set(blocking_import(fresh).values_list("code", flat=True))):
        note = "The checks found something that cannot come in. See below what to change."
        IMPORT.perform(fresh, "send-back", CHECKS, detail={**detail, "codes": codes}, changes={"note": note})
    elif import_is_checked(fresh) is None:
        IMPORT.perform(fresh, "pass-checks", CHECKS, detail=detail, changes={"note": ""})
    elif fresh.note != SCANNER_IS_AWAY:  # managers are told once a turn, not every few seconds
        fresh.note = SCANNER_IS_AWAY
        fresh.save(update_fields=["note"])
        tell(Event.IMPORT_CHECKS_WAIT, fresh, CHECKS, **detail)


def forget_verdicts(request: ImportRequest) -> None:
    """Ask the scanner and the rules anew about every file, because somebody found the cause of a quarantine."""
    CheckRun.objects.filter(import_file__request=request).update(malware=CheckRun.Malware.UNKNOWN)
