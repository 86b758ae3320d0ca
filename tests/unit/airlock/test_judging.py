"""Each file is judged in a child that has nothing, may do little and is ended in time; silence is a finding."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from airlock.checks import Consequence, Policy
from airlock.checks.children import ChildFailed, run_child
from airlock.checks.findings import Finding, Place
from airlock.checks.identifiers import KnownIdentifiers
from airlock.checks.judging import BesideOthers, Rules, compare_files, judge, side_by_side
from airlock.checks.kinds import Kind
from airlock.checks.policy import PolicyRefused
from tests.airlock_files import hostile
from tests.airlock_files.labelled import KNOWN, labelled_files

RULES = Rules(known=(KnownIdentifiers.of(b"key", [*KNOWN, hostile.IDENTIFIER]),))


OPEN: list[IO[bytes]] = []


def opened(data: bytes) -> IO[bytes]:
    kept = tempfile.TemporaryFile()  # noqa: SIM115 - closed after the test
    kept.write(data)
    kept.flush()
    OPEN.append(kept)
    return kept


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def test_file__is_judged_in_a_child_as_in_the_house() -> None:
    judged = judge(opened(b"region,n\nNorth,40\nSouth,3\n"), "t.csv", RULES)
    assert (judged.kind, judged.rows, judged.columns, judged.finished) == (Kind.TEXT, 2, 2, True)
    assert [finding.code for finding in judged.findings] == ["small_count"]


def test_identifier__is_found_by_its_hash_and_not_in_the_answer() -> None:
    judged = judge(opened(b"note,n\nHG00096,40\nother,50\n"), "t.csv", RULES)
    assert "id_exact" in {finding.code for finding in judged.findings}
    assert hostile.IDENTIFIER not in repr(judged)


def test_slow_file__is_ended_in_time_and_blocks() -> None:
    started = time.monotonic()
    judged = judge(opened(b"a,b\n" + b"1,2\n" * 900_000), "t.csv", RULES, seconds=0.3)
    assert time.monotonic() - started < 5
    assert judged.findings == (Finding("not_checked", Place("out of time")),)
    assert Policy().consequence("not_checked") is Consequence.BLOCK


def test_policy__cannot_let_an_unchecked_file_pass() -> None:
    with pytest.raises(PolicyRefused):
        Policy.from_json({"consequences": {"not_checked": "inform"}})


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("import os; os.kill(os.getpid(), 9)", "ended with -9"),
        ("raise SystemExit(3)", "ended with 3"),
        ("import time; time.sleep(60)", "out of time"),
        ("import sys\nwhile True: sys.stdout.write('x' * 65536)", "too much output"),
        ("import os, time\nif os.fork() == 0: time.sleep(60)\n", "out of time"),
    ],
)
def test_child__that_dies_hangs_or_floods_is_a_failure_with_a_name(
    what: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd_child.py").write_text(what, encoding="utf-8")
    monkeypatch.setattr("airlock.checks.children._CODE", tmp_path)
    with pytest.raises(ChildFailed, match=told):
        run_child("odd_child", {}, [], seconds=1.5, max_output=1 << 20)


def test_child__inherits_no_environment_and_no_other_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "told.py").write_text(
        "import json, os\nprint(json.dumps([sorted(os.environ), len(os.listdir('/proc/self/fd'))]))", encoding="utf-8"
    )
    monkeypatch.setenv("DATABASE_URL", "secret")
    monkeypatch.setattr("airlock.checks.children._CODE", tmp_path)
    with (tmp_path / "told.py").open("rb") as other:
        os.set_inheritable(other.fileno(), True)
        said = run_child("told", {}, [opened(b"")], seconds=10, max_output=10_000).decode()
    assert "DATABASE_URL" not in said
    assert said.strip().endswith(" 5]")  # input, output, errors, the file, and the listing itself


def test_child__cannot_reach_the_network_write_files_or_start_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "free.py").write_text(_ATTEMPTS.format(code=str(Path(__file__).resolve().parents[3])), encoding="utf-8")
    monkeypatch.setattr("airlock.checks.children._CODE", tmp_path)
    said = run_child("free", {}, [], seconds=20, max_output=10_000).decode().split()
    assert said == ["refused", "refused", "refused", "refused"]


_ATTEMPTS = """
import os, signal, socket, subprocess, sys, tempfile
sys.path.insert(0, {code!r})
from airlock.checks.confinement import confine
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
place = tempfile.TemporaryFile()
confine()
def attempt(what):
    try:
        what()
        print("done")
    except (OSError, MemoryError):
        print("refused")
attempt(lambda: socket.socket())
attempt(lambda: subprocess.run(["/bin/true"]))
attempt(lambda: os.write(place.fileno(), b"x"))
attempt(lambda: bytearray(3 * 1024**3))
"""


def test_many_files__are_judged_a_few_at_a_time_and_told_as_they_are_done() -> None:
    seen = side_by_side(lambda n: judge(opened(b"region,n\nNorth,40\n"), f"t{n}.csv", RULES), range(5))
    assert sorted(n for n, judged in seen if judged.finished) == [0, 1, 2, 3, 4]


def test_labelled_unsafe_files__are_stopped_by_the_child_too() -> None:
    files = [file for file in labelled_files() if file.unsafe][::4]
    policy = Policy()
    for file, judged in side_by_side(lambda file: judge(opened(file.data), file.name, RULES), files):
        assert any(policy.consequence(each.code) >= Consequence.ACKNOWLEDGE for each in judged.findings), file.name


def test_masked_cell__that_another_file_shows_is_found_beside_it() -> None:
    masked = BesideOthers("1", "a.csv", opened(b"region,n\nNorth,40\nSouth,<5\n"))
    shown = BesideOthers("2", "b.csv", opened(b"region,n\nNorth,40\nSouth,3\n"), released=True)
    found = compare_files([masked, shown], RULES)
    assert [finding.code for finding in found["1"]] == ["recoverable"]
    assert compare_files([masked], RULES) == {}
