"""What is found only when all of a request is read: files beside each other, beside what left before and beside the
record of an ACRO session, and typed texts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import ExitStack

from django.db import transaction

from airlock.blobs import BlobDamaged, open_blob
from airlock.checks.findings import Finding as Noted
from airlock.checks.findings import Place
from airlock.checks.judging import BesideOthers, compare_files
from airlock.checks.kinds import Kind
from airlock.checks.notes import Notes
from airlock.checks.policy import Policy
from airlock.checks.texts import typed_texts
from airlock.guards import working_turn
from airlock.manifests import manifest_of
from airlock.models import CheckRun, Comment, ExportRequest, Finding, ReleaseFile, RequestFile
from airlock.rulebooks import ProjectRules
from airlock.services.acro import acro_findings
from portal.kernel import clock

_TABULAR = (Kind.TEXT.value, Kind.JSON.value, Kind.XLSX.value)
MOST_FILES = 60  # compared at once: of the request first, then of what left before, the newest first


def check_together(request: ExportRequest, rules: ProjectRules) -> None:
    """Compare all files and read all texts, unless exactly this was done already."""
    turn, sha256 = working_turn(request), _sha256(request, rules)
    last = CheckRun.objects.filter(request=request, turn=turn, state=CheckRun.State.DONE).order_by("-pk").first()
    if last is not None and last.rules_sha256 == sha256:
        return
    began_at = clock.now()
    found = _merged(_beside_others(request, rules), acro_findings(request, rules))
    texts = typed_texts(_typed(request), Notes(rules.policy, rules.rules.known, key=rules.rules.key))
    if last is not None and _same(last, texts, found):
        last.rules_sha256 = sha256
        last.save(update_fields=["rules_sha256"])
        return
    with transaction.atomic():
        run = CheckRun.objects.create(
            **{"request": request, "turn": turn, "rules_sha256": sha256, "state": CheckRun.State.DONE},
            **{"policy_version": rules.policy.version[:100], "started_at": began_at, "finished_at": clock.now()},
        )
        rows = finding_rows(run, None, texts, rules.policy)
        for key, some in found.items():
            rows += finding_rows(run, int(key), some, rules.policy)
        Finding.objects.bulk_create(rows)


def bytes_together(request: ExportRequest) -> int:
    """How much is read to compare the files of a request with each other and with what left before."""
    files = [*request.files.leaving().select_related("blob"), *_released(request)]
    return sum(file.blob.size_bytes for file in files)


def _merged(*said: dict[str, list[Noted]]) -> dict[str, list[Noted]]:
    """What several comparisons said of each file."""
    found: dict[str, list[Noted]] = {}
    for each in said:
        for key, some in each.items():
            found.setdefault(key, []).extend(some)
    return found


def _same(last: CheckRun, texts: Iterable[Noted], found: dict[str, list[Noted]]) -> bool:
    """Whether the same was found as the last time: then the rows stay, and with them what was answered to them."""
    before = sorted((row.code, row.file_id or 0, row.part, row.evidence) for row in last.findings.all())
    now = [(each.code, 0, each.place.part, each.evidence) for each in texts]
    now += [(each.code, int(key), each.place.part, each.evidence) for key, some in found.items() for each in some]
    return before == sorted(now)


def finding_rows(run: CheckRun, file: int | None, noted: Iterable[Noted], policy: Policy) -> list[Finding]:
    """What rules noticed as rows to be written, each with what the policy says of it now."""
    return [
        Finding(
            run=run,
            file_id=file,
            code=each.code,
            part=each.place.part,
            sheet=each.place.sheet,
            column=each.place.column,
            rows=list(each.place.rows),
            count=each.count,
            evidence=each.evidence,
            consequence=policy.consequence(each.code),
        )
        for each in noted
    ]


def _sha256(request: ExportRequest, rules: ProjectRules) -> str:
    texts = sorted(_typed(request).items())
    told = f"{rules.sha256}:{manifest_of(request).sha256}:{texts!r}:{len(_released(request))}"
    return hashlib.sha256(told.encode()).hexdigest()


def _typed(request: ExportRequest) -> dict[str, str]:
    """What the author's side typed, by the place that a finding names."""
    texts = {"title of the request": request.title}
    for number, group in enumerate(request.groups.all(), 1):
        texts[f"name of group {number}"] = group.name
        texts[f"context of group {number}"] = group.context
        texts[f"controls of group {number}"] = group.controls
    said = Comment.objects.filter(request=request, is_of_checker=False, discarded_at=None)
    for number, body in enumerate(said.values_list("body", flat=True), 1):
        texts[f"comment {number}"] = body
    return texts


def _released(request: ExportRequest) -> list[RequestFile]:
    left = ReleaseFile.objects.filter(release__request__project=request.project_id, release__stopped_at=None)
    left = left.exclude(release__request=request).exclude(release__finished_at=None)
    known = RequestFile.objects.filter(pk__in=left.values("file"), runs__content_kind__in=_TABULAR)
    return list(known.select_related("blob").distinct().order_by("-pk")[:MOST_FILES])


def _beside_others(request: ExportRequest, rules: ProjectRules) -> dict[str, list[Noted]]:
    mine = request.files.leaving().filter(runs__content_kind__in=_TABULAR)
    new = list(mine.select_related("blob").distinct()[:MOST_FILES])
    files = [*((file, False) for file in new), *((file, True) for file in _released(request))][:MOST_FILES]
    try:
        with ExitStack() as opened:
            beside = [
                BesideOthers(str(file.pk), file.name, opened.enter_context(open_blob(file.blob)), left)
                for file, left in files
            ]
            return compare_files(beside, rules.rules)
    except BlobDamaged:
        return {str(file.pk): [Noted("not_checked", Place("beside other files"))] for file in new}
