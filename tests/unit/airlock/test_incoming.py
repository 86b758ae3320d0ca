"""Files on their way in: archives without surprises, content that is what its name says, code that was declared."""

from __future__ import annotations

import io

import pytest

from airlock.checks import Consequence
from airlock.checks.archives import incoming_archive
from airlock.checks.incoming import INCOMING_POLICY, Declaration, check_incoming
from tests.airlock_files import hostile, incoming

LIMIT = 10_000_000


def found_in(name: str, data: bytes, *, holds_code: bool = False, limit: int = LIMIT) -> set[tuple[str, str]]:
    _, findings = check_incoming(io.BytesIO(data), name, Declaration(holds_code, limit))
    return {(finding.code, finding.place.part) for finding in findings}


@pytest.mark.parametrize("name", incoming.SURPRISES)
def test_archive_with_a_surprise__has_its_word_and_blocks(name: str) -> None:
    found = found_in(name, incoming.SURPRISES[name], holds_code=True)
    assert ("incoming_archive", incoming.PLACES[name]) in found
    assert INCOMING_POLICY.consequence("incoming_archive") is Consequence.BLOCK


@pytest.mark.parametrize("name", incoming.FINE)
def test_archive_of_plain_files__comes_in(name: str) -> None:
    assert found_in(name, incoming.FINE[name]) == set()


@pytest.mark.parametrize("name", ["plain.tar.gz", "table.csv.gz"])
def test_packed_stream__that_grows_beyond_the_limit__is_left_at_the_limit(name: str) -> None:
    assert ("incoming_archive", "too large when unpacked") in found_in(name, incoming.FINE[name], limit=0)


def test_zip_bomb_that_lies__is_found_however_large_it_claims_to_be() -> None:
    problems = {
        each.place.part for each in incoming_archive(io.BytesIO(incoming.SURPRISES["lying.zip"]), max_total_bytes=100)
    }
    assert problems == {"sizes that are not true"}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("run.py", b"print(1)\n"),
        ("run", b"#!/bin/sh\nls\n"),
        ("notes.txt", b"\x7fELF\x02"),
        ("weights.bin", b"\x80\x04\x95"),
        ("tools.zip", hostile.zip_of(**{"a/run.sh": b"ls"})),
        ("book.ipynb", b'{"cells": [], "nbformat": 4}'),
    ],
)
def test_code__comes_in_only_where_it_is_declared(name: str, data: bytes) -> None:
    assert ("incoming_code", "file format") in found_in(name, data)
    assert "incoming_code" not in {code for code, _ in found_in(name, data, holds_code=True)}


def test_content_that_is_not_what_its_name_says__is_told_and_does_not_block() -> None:
    assert found_in("genes.csv", hostile.png()) == {("incoming_type", "file format")}
    assert INCOMING_POLICY.consequence("incoming_type") is Consequence.INFORM
