"""The child: `python -m airlock.checks`. A job on standard input names an open file; findings go to standard output.

Lines of JSON: {"kind": …} as soon as it is known, {"finding": …} for each, {"done": {"rows": …}} at the end. A child
that ends without "done" has failed, whatever it said before.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from airlock.checks.acro import MAX_BYTES, session_findings
from airlock.checks.confinement import confine
from airlock.checks.findings import Finding
from airlock.checks.identifiers import KnownIdentifiers
from airlock.checks.incoming import Declaration, check_incoming
from airlock.checks.inspection import inspect, tables_in
from airlock.checks.notes import Declared, Notes
from airlock.checks.policy import Policy
from airlock.checks.together import NamedTables, compare, is_compared


def main() -> int:
    """Read the job, give up everything else, look at the files."""
    job = json.load(sys.stdin)
    if "incoming" in job:
        confine()
        return _incoming(job)
    known = tuple(KnownIdentifiers.from_json(each) for each in job["known"])
    policy, key = Policy.from_json(job["policy"]), bytes.fromhex(job["key"])
    confine()

    def notes() -> Notes:
        return Notes(policy, known, Declared(**job.get("declared", {})), key)

    if "together" in job:
        return _say_of_each(_compared(job["together"], notes))
    if "session" in job:
        return _say_of_each(_session(job["session"], policy))
    with os.fdopen(job["fd"], "rb") as stream:
        inspected = inspect(stream, job["name"], notes(), supporting=job.get("supporting", False))
    _say({"kind": inspected.kind.value})
    for finding in inspected.findings:
        _say({"finding": finding.as_json()})
    _say({"done": {"rows": inspected.rows, "columns": inspected.columns}})
    return 0


def _incoming(job: dict[str, Any]) -> int:
    """Look at one file on its way in."""
    with os.fdopen(job["fd"], "rb") as stream:
        kind, findings = check_incoming(stream, job["name"], Declaration(**job["incoming"]))
    _say({"kind": kind.value})
    for finding in findings:
        _say({"finding": finding.as_json()})
    _say({"done": {"rows": 0, "columns": 0}})
    return 0


def _compared(files: list[dict[str, Any]], notes: Any) -> dict[str, list[Finding]]:
    """Read the tables of several files again, and compare them with each other. Only those that are compared are
    kept, so that memory does not grow with long lists."""
    read: list[NamedTables] = []
    for file in files:
        with os.fdopen(file["fd"], "rb") as stream:
            tables = [each for each in tables_in(stream, file["name"], notes()) if is_compared(each)]
        read.append(NamedTables(file["key"], tables, bool(file["released"])))
    return compare(read, {file.name: notes() for file in read if not file.released})


def _session(job: dict[str, Any], policy: Policy) -> dict[str, list[Finding]]:
    """Read the record of an ACRO session, and its config where there is one."""
    texts = []
    for number in job["fds"]:
        with os.fdopen(number, "rb") as stream:
            texts.append(stream.read(MAX_BYTES + 1))
    return session_findings(
        texts[0],
        texts[1] if len(texts) > 1 else b"{}",
        hashes=job["hashes"],
        outputs=frozenset(job["outputs"]),
        checksums=job["checksums"],
        found={name: frozenset(codes) for name, codes in job["found"].items()},
        policy=policy,
    )


def _say_of_each(found: dict[str, list[Finding]]) -> int:
    for name, findings in found.items():
        for finding in findings:
            _say({"finding": finding.as_json(), "file": name})
    _say({"done": {}})
    return 0


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
