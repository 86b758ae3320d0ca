"""The rules on files as researchers make them: no unsafe file passes, and safe files are let be."""

from __future__ import annotations

import io

import pytest

from airlock.checks import Consequence, Finding, Policy
from airlock.checks.identifiers import KnownIdentifiers
from airlock.checks.inspection import inspect
from airlock.checks.notes import Declared, Notes
from tests.airlock_files.labelled import KNOWN, Labelled, labelled_files

POLICY = Policy()
FILES = labelled_files()
IDENTIFIERS = (KnownIdentifiers.of(b"key of these tests", KNOWN),)


def stopped_by(file: Labelled) -> list[Finding]:
    """The findings that ask somebody to do something."""
    notes = Notes(POLICY, IDENTIFIERS, Declared(file.people))
    found = inspect(io.BytesIO(file.data), file.name, notes).findings
    return [finding for finding in found if POLICY.consequence(finding.code) >= Consequence.ACKNOWLEDGE]


def test_set__is_large_and_even() -> None:
    unsafe = sum(file.unsafe for file in FILES)
    assert len(FILES) >= 60
    assert abs(2 * unsafe - len(FILES)) <= len(FILES) // 4
    assert len({file.name for file in FILES}) == len(FILES)


@pytest.mark.parametrize("file", [file for file in FILES if file.unsafe], ids=lambda file: file.name)
def test_unsafe_file__never_passes_without_a_finding(file: Labelled) -> None:
    assert stopped_by(file), file.why


@pytest.mark.parametrize("file", [file for file in FILES if not file.unsafe], ids=lambda file: file.name)
def test_safe_file__is_let_be(file: Labelled) -> None:
    assert stopped_by(file) == [], file.why
