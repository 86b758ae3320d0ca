"""Judging files, each in a child of its own. A file whose child gives no whole answer has the finding `not_checked`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from typing import IO, Any, TypeVar

from airlock.checks.children import ChildFailed, run_child
from airlock.checks.findings import Finding, Place
from airlock.checks.identifiers import KnownIdentifiers
from airlock.checks.incoming import Declaration
from airlock.checks.kinds import Kind
from airlock.checks.notes import Declared
from airlock.checks.policy import Policy

FILE_SECONDS = 90  # of the clock; the rules inside have 60 s each, and 150 s of the processor together
SIDE_BY_SIDE = 2
Thing = TypeVar("Thing")
Seen = TypeVar("Seen")
_MAX_ANSWER_BYTES = 8 * 1024 * 1024
_MODULE = "airlock.checks"
_TOLD = ("out of time", "too much output", "an answer that could not be read")


@dataclass(frozen=True)
class Rules:
    """What all files of one request are judged by. `known` may be large; it is written for the pipe once."""

    policy: Policy = field(default_factory=Policy)
    known: tuple[KnownIdentifiers, ...] = ()
    key: bytes = b"no key"
    declared: Declared = field(default_factory=Declared)

    def job(self) -> dict[str, Any]:
        """The rules as plain data for a child."""
        return {
            "policy": self.policy.as_json(),
            "known": [each.as_json() for each in self.known],
            "key": self.key.hex(),
            "declared": asdict(self.declared),
        }


@dataclass(frozen=True)
class Judged:
    """What a child said of one file; `kind` is None where it died before it knew."""

    kind: Kind | None
    findings: tuple[Finding, ...]
    rows: int = 0
    columns: int = 0

    @property
    def finished(self) -> bool:
        """Whether the child looked at the whole file."""
        return not any(finding.code == "not_checked" for finding in self.findings)


def judge(
    stream: IO[bytes], name: str, rules: Rules, *, supporting: bool = False, seconds: float = FILE_SECONDS
) -> Judged:
    """Judge one real open file in a confined child. Raises nothing for what a file does to its child."""
    return _judged({**rules.job(), "name": name, "supporting": supporting}, stream, seconds)


def judge_incoming(stream: IO[bytes], name: str, declared: Declaration, *, seconds: float = FILE_SECONDS) -> Judged:
    """Judge one real open file on its way in, in a confined child."""
    return _judged({"incoming": asdict(declared), "name": name}, stream, seconds)


def _judged(job: dict[str, Any], stream: IO[bytes], seconds: float) -> Judged:
    try:
        answer = run_child(_MODULE, job, [stream], seconds=seconds, max_output=_MAX_ANSWER_BYTES)
        return _read(answer)
    except ChildFailed as failure:
        return Judged(None, (_not_checked(str(failure)),))
    except (ValueError, KeyError, TypeError):
        return Judged(None, (_not_checked("an answer that could not be read"),))


def _not_checked(why: str) -> Finding:
    return Finding("not_checked", Place(why if why in _TOLD else "the check broke off"))


def _read(answer: bytes) -> Judged:
    kind, findings, done = None, [], None
    for line in answer.splitlines():
        said = json.loads(line)
        if "kind" in said:
            kind = Kind(said["kind"])
        elif "finding" in said:
            findings.append(Finding.from_json(said["finding"]))
        elif "done" in said:
            done = said["done"]
    if done is None or kind is None:
        return Judged(kind, (*findings, _not_checked("")))
    return Judged(kind, tuple(findings), int(done["rows"]), int(done["columns"]))


def side_by_side(look: Callable[[Thing], Seen], things: Iterable[Thing]) -> Iterator[tuple[Thing, Seen]]:
    """(thing, what looking at it gave) as soon as it is known, a few at a time. `look` runs in threads."""
    with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="airlock-check") as pool:
        running = {pool.submit(look, thing): thing for thing in things}
        for ended in as_completed(running):
            yield running[ended], ended.result()


@dataclass(frozen=True)
class BesideOthers:
    """A table that is compared with others; `released` where it left with an earlier request."""

    key: str
    name: str
    stream: IO[bytes]
    released: bool = False


def compare_files(files: Sequence[BesideOthers], rules: Rules) -> dict[str, list[Finding]]:
    """What new files give away beside each other and beside released ones, by their keys."""
    new = [file.key for file in files if not file.released]
    if len(files) < 2 or not new:
        return {}
    streams = [file.stream for file in files]
    together = [
        {"fd": file.stream.fileno(), "name": file.name, "key": file.key, "released": file.released} for file in files
    ]
    try:
        return _by_file({**rules.job(), "together": together}, streams)
    except (ChildFailed, ValueError, KeyError, TypeError):
        return {key: [Finding("not_checked", Place("beside other files"))] for key in new}


@dataclass(frozen=True)
class SessionBesideFiles:
    """A results.json of ACRO with what stands beside it in its group, all by the names of files.

    hashes: our SHA-256 of every file; outputs: which are to leave; checksums: what ACRO's own files say; found: codes
    that our rules noted. `config` is the session's config.json.
    """

    record: IO[bytes]
    config: IO[bytes] | None
    hashes: Mapping[str, str]
    outputs: Sequence[str]
    checksums: Mapping[str, str]
    found: Mapping[str, Sequence[str]]


def check_session(session: SessionBesideFiles, rules: Rules) -> dict[str, list[Finding]]:
    """What a session's record says against its files, by their names; "" is the record itself."""
    streams = [each for each in (session.record, session.config) if each is not None]
    beside = {
        "fds": [stream.fileno() for stream in streams],
        "hashes": dict(session.hashes),
        "outputs": list(session.outputs),
        "checksums": dict(session.checksums),
        "found": {name: list(codes) for name, codes in session.found.items()},
    }
    try:
        return _by_file({**rules.job(), "known": [], "session": beside}, streams)
    except (ChildFailed, ValueError, KeyError, TypeError):
        return {"": [Finding("not_checked", Place("ACRO record"))]}


def _by_file(job: dict[str, Any], streams: Sequence[IO[bytes]]) -> dict[str, list[Finding]]:
    """What a child says of several files. Raises ChildFailed, or what its answer breaks."""
    found: dict[str, list[Finding]] = {}
    answer = run_child(_MODULE, job, streams, seconds=2 * FILE_SECONDS, max_output=_MAX_ANSWER_BYTES)
    lines = [json.loads(line) for line in answer.splitlines()]
    for said in lines:
        if "finding" in said:
            found.setdefault(said["file"], []).append(Finding.from_json(said["finding"]))
    if not any("done" in said for said in lines):
        raise ChildFailed("broke off")
    return found
