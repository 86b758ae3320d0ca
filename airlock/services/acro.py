"""Records of ACRO sessions in a request: found in each group, and compared with the files that stand beside them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from airlock.blobs import BlobDamaged, open_blob
from airlock.checks.acro import MAX_BYTES, NotAcro, TooMuch, read_session
from airlock.checks.findings import Finding as Noted
from airlock.checks.findings import Place
from airlock.checks.judging import SessionBesideFiles, check_session
from airlock.guards import latest_runs
from airlock.models import ExportRequest, Finding, RequestFile
from airlock.rulebooks import ProjectRules

RECORD, CONFIG = "results.json", "config.json"
_CHECKSUM_CHARACTERS = 200
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]{0,19}")
_OWN = frozenset({"acro_unsafe", "acro_mismatch", "acro_weaker", "acro_failed"})


def acro_findings(request: ExportRequest, rules: ProjectRules) -> dict[str, list[Noted]]:
    """What the sessions of all groups say against their files, by the keys of the files; {} where there is none."""
    groups: dict[int, list[RequestFile]] = defaultdict(list)
    for file in request.files.current().select_related("blob", "group"):
        groups[file.group_id].append(file)
    sessions = [files for files in groups.values() if any(file.name_folded == RECORD for file in files)]
    if not sessions:
        return {}
    codes = _codes_of(request)
    found: dict[str, list[Noted]] = {}
    for files in sessions:
        found |= _of_group(files, codes, rules)
    return found


def acro_versions(request: ExportRequest) -> list[str]:
    """The versions of ACRO that the records in a request name, each once; what is no version is "unknown"."""
    told = set()
    for file in request.files.current().filter(name_folded=RECORD).select_related("blob"):
        try:
            with open_blob(file.blob) as stream:
                version = read_session(stream.read(MAX_BYTES + 1)).version
        except (NotAcro, TooMuch, BlobDamaged):
            continue
        told.add(version if _VERSION.fullmatch(version) else "unknown")
    return sorted(told)


def _codes_of(request: ExportRequest) -> Mapping[int, set[str]]:
    """What our own rules noted in each file, apart from what ACRO's record made them say."""
    codes: dict[int, set[str]] = defaultdict(set)
    rows = Finding.objects.filter(run__in=latest_runs(request).values("pk"), file__isnull=False)
    for file, code in rows.exclude(code__in=_OWN).values_list("file", "code"):
        codes[file].add(code)
    return codes


def _of_group(
    files: Sequence[RequestFile], codes: Mapping[int, set[str]], rules: ProjectRules
) -> dict[str, list[Noted]]:
    by_name = {file.name: file for file in files}
    record = next(file for file in files if file.name_folded == RECORD)
    config = next((file for file in files if file.name_folded == CONFIG), None)
    try:
        with ExitStack() as opened:
            session = SessionBesideFiles(
                record=opened.enter_context(open_blob(record.blob)),
                config=opened.enter_context(open_blob(config.blob)) if config else None,
                hashes={file.name: file.blob_id for file in files},
                outputs=[file.name for file in files if file.leaves],
                checksums=_checksums(by_name),
                found={file.name: sorted(codes.get(file.pk, ())) for file in files},
            )
            said = check_session(session, rules.of(record.group))
    except BlobDamaged:
        said = {"": [Noted("not_checked", Place("ACRO record"))]}
    return {str((by_name[name] if name else record).pk): some for name, some in said.items() if some}


def _checksums(by_name: Mapping[str, RequestFile]) -> dict[str, str]:
    """What ACRO's own files of checksums say: `<name>.txt` beside `<name>`."""
    told = {}
    for name in by_name:
        beside = by_name.get(f"{name}.txt")
        if beside is not None:
            with open_blob(beside.blob) as stream:
                told[name] = stream.read(_CHECKSUM_CHARACTERS).decode("ascii", "replace")
    return told
