"""A result of a million carriers is made, paged and handed over in bounded memory, and its last page is as near."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.architecture.tree import ROOT

pytestmark = pytest.mark.xdist_group("million")  # one process measures for all of them
MOST_MB = 160  # as Arrow the million rows are some 120 MB, as Python objects 700 MB


@pytest.fixture(scope="module")
def figures() -> dict[str, dict[str, Any]]:
    """Each task in a process of its own, told apart by what it adds to that process's peak."""
    command = [sys.executable, "benchmarks/results.py", "--json"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return {each["task"]: each for each in json.loads(ran.stdout)}


def test_memory__does_not_grow_with_the_rows(figures: dict[str, dict[str, Any]]) -> None:
    added = {name: each["memory_mb"] for name, each in figures.items() if "memory_mb" in each}
    assert {"pseudonyms", "merge", "CSV", "first page", "last page", "last page by depth", "one variant"} == set(added)
    assert {name: most for name, most in added.items() if most > MOST_MB} == {}


def test_the_last_page__reads_no_more_of_the_file_than_the_first(figures: dict[str, dict[str, Any]]) -> None:
    assert figures["last page"]["read_kb"] <= figures["first page"]["read_kb"] + figures["row group"]["read_kb"]
    assert figures["last page"]["read_kb"] < figures["CSV"]["read_kb"] / 8
