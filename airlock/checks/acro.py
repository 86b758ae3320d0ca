"""ACRO's results.json: what the researcher's own tool said. Read as a stranger's file; it never raises trust.

Names in it are confined to plain base names, sizes and depths are bounded, checksums are compared with our own, and a
"pass" beside a count that our rules find small is a finding.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from airlock.checks.findings import Finding, Place
from airlock.checks.names import safe_name
from airlock.checks.policy import Policy

MAX_BYTES = 5 * 1024 * 1024
_MAX_RESULTS = 1000
_MAX_FILES = 200
_MAX_CELLS = 5000
_MAX_DEPTH = 12
_NEVER_PASS = frozenset({"small_count", "person_rows", "id_exact", "genotype"})
_CODES = {
    "dof": "dof",
    "minimumdof": "dof",
    "nk": "dominance",
    "ppercent": "dominance",
    "nk-rule": "dominance",
    "p-ratio": "dominance",
}


class NotAcro(ValueError):
    """Bytes that are no record of an ACRO session."""


class TooMuch(ValueError):
    """Bytes that may be a record, and are larger or deeper than any that a person would make."""


@dataclass(frozen=True)
class AcroFile:
    """One file of a session. `flagged`: cells of the table's body, (row, column) from 0, by the name of the check."""

    name: str
    status: str
    kind: str
    flagged: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    exception: str = ""


@dataclass(frozen=True)
class AcroSession:
    """What a results.json says. `unsafe_names` counts names that lead elsewhere; they are not kept."""

    version: str
    files: tuple[AcroFile, ...]
    unsafe_names: int = 0


def read_session(data: bytes) -> AcroSession:
    """Read a results.json of any version of ACRO. Raises NotAcro or TooMuch."""
    if len(data) > MAX_BYTES:
        raise TooMuch("too large")
    if _depth(data) > _MAX_DEPTH:
        raise TooMuch("too deep")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotAcro("no JSON") from error
    if not is_record(document):
        raise NotAcro("no results of ACRO")
    files: list[AcroFile] = []
    unsafe = 0
    for result in list(document["results"].values())[:_MAX_RESULTS]:
        for file in _files_of(result):
            if safe_name(file.name):
                files.append(file)
            else:
                unsafe += 1
    return AcroSession(document["version"][:20], tuple(files), unsafe)


def is_record(document: Any) -> bool:
    """Whether parsed JSON has the form of a results.json: a version, and results that are known by their ids."""
    results = document.get("results") if isinstance(document, dict) else None
    return (
        isinstance(results, dict)
        and isinstance(document.get("version"), str)
        and all(isinstance(each, dict) and isinstance(each.get("files"), list) for each in results.values())
    )


def _depth(data: bytes) -> int:
    """How deep brackets nest, texts left aside; told before the parser has to."""
    deepest = depth = 0
    for match in re.finditer(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', data):
        sign = match[0][:1]
        depth += (sign in b"[{") - (sign in b"]}")
        deepest = max(deepest, depth)
        if deepest > _MAX_DEPTH:
            break
    return deepest


def _files_of(result: Any) -> list[AcroFile]:
    if not isinstance(result, dict) or not isinstance(result.get("files"), list):
        return []
    found = []
    for entry in result["files"][:_MAX_FILES]:
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            sdc = entry.get("sdc")
            cells = sdc.get("cells") if isinstance(sdc, dict) else None
            status, kind, why = (str(result.get(name, ""))[:400] for name in ("status", "type", "exception"))
            found.append(AcroFile(entry["name"], status[:20], kind[:40], _flagged(cells), why))
    return found


def _flagged(cells: Any) -> dict[str, list[tuple[int, int]]]:
    if not isinstance(cells, dict):
        return {}
    return {
        str(check)[:40]: [(pair[0], pair[1]) for pair in pairs[:_MAX_CELLS] if _is_pair(pair)]
        for check, pairs in cells.items()
        if isinstance(pairs, list) and pairs
    }


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(type(at) is int and 0 <= at < 10_000_000 for at in pair)


def session_findings(
    record: bytes,
    config: bytes,
    *,
    hashes: Mapping[str, str],
    outputs: frozenset[str],
    checksums: Mapping[str, str],
    found: Mapping[str, frozenset[str]],
    policy: Policy,
) -> dict[str, list[Finding]]:
    """`cross_check` over bytes as they were sent. A results.json of another program says nothing, and is let be."""
    try:
        session = read_session(record)
    except NotAcro:
        return {}
    except TooMuch as error:
        return {"": [Finding("acro_unsafe", Place(f"ACRO record: {error}"))]}
    settings = _settings(config)
    findings = cross_check(
        session, hashes=hashes, outputs=outputs, checksums=checksums, found=found, config=settings or {}, policy=policy
    )
    if settings is None:
        findings.setdefault("", []).append(Finding("acro_mismatch", Place("config.json cannot be read")))
    return findings


def _settings(config: bytes) -> dict[str, Any] | None:
    """The session's settings, or None for what cannot be read."""
    if len(config) > MAX_BYTES or _depth(config) > _MAX_DEPTH:
        return None
    try:
        document = json.loads(config)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def cross_check(
    session: AcroSession,
    *,
    hashes: Mapping[str, str],
    outputs: frozenset[str],
    checksums: Mapping[str, str],
    found: Mapping[str, frozenset[str]],
    config: Mapping[str, Any],
    policy: Policy,
) -> dict[str, list[Finding]]:
    """Compare a session with the request. Findings by the name of the file they are about; "" is the record itself.

    hashes: our SHA-256 of each file of the group; outputs: which of them are to leave; checksums: what the session's
    own files say; found: codes that our rules noted for each file; config: the session's config.json, {} where absent.
    """
    findings: dict[str, list[Finding]] = {}

    def add(name: str, code: str, part: str) -> None:
        findings.setdefault(name, []).append(Finding(code, Place(part)))

    _about_session(session, config, policy, add)
    for file in session.files:
        name = file.name
        if name not in hashes:
            add("", "acro_mismatch", "a file that is not in the request")
            continue
        if checksums.get(name, hashes[name]).strip().lower() != hashes[name]:
            add(name, "acro_mismatch", "checksum")
        if "DONT_RELEASE" in name and name in outputs:
            add(name, "acro_unsafe", "a file that ACRO keeps inside, as output")
        if file.status == "pass" and not _NEVER_PASS.isdisjoint(found.get(name, ())):
            add(name, "acro_mismatch", "“pass” beside our own findings")
        findings.setdefault(name, []).extend(_flags(file))
    return findings


def _about_session(
    session: AcroSession, config: Mapping[str, Any], policy: Policy, add: Callable[[str, str, str], None]
) -> None:
    if session.unsafe_names:
        add("", "acro_unsafe", "names that lead outside")
    if _weaker(config, policy):
        add("", "acro_weaker", "safe_threshold")


def _flags(file: AcroFile) -> list[Finding]:
    """What ACRO itself marked, as findings at the table's cells (one row of header, one column of labels)."""
    if file.status not in ("fail", "review"):
        return []
    listed = []
    for check, cells in file.flagged.items():
        code = _CODES.get(check.lower().removesuffix("check"), "acro_failed")
        rows = tuple(sorted({row + 2 for row, _ in cells})[:20])
        listed.append(Finding(code, Place(f"ACRO: {check}"[:60], 0, cells[0][1] + 2 if cells else 0, rows), len(cells)))
    return listed or [Finding("acro_failed", Place(f"ACRO: {file.status}"))]


def _weaker(config: Mapping[str, Any], policy: Policy) -> bool:
    threshold = config.get("safe_threshold")
    return isinstance(threshold, (int, float)) and threshold < policy.threshold
