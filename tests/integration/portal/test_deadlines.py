"""The public page of deadlines and limits shows the numbers that the portal works with, and their version."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from access_review.committee import APPEAL_DAYS, QUORUM
from portal.kernel import limits

TABLE = Path(__file__).resolve().parents[2] / "expected" / "limits.csv"


def rows() -> list[list[str]]:
    return [
        [limits.VERSION, group, each.rule, each.value] for group, found in limits.declared().items() for each in found
    ]


def test_number_that_changes__is_a_new_version_of_the_table() -> None:
    """Raise portal.kernel.limits.VERSION, and run this with LECTERN_WRITE=limits."""
    if os.environ.get("LECTERN_WRITE") == "limits":
        with TABLE.open("w", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(rows())
    with TABLE.open(newline="") as stream:
        assert rows() == list(csv.reader(stream))


@pytest.mark.django_db
def test_page__is_public_and_says_what_the_services_do() -> None:
    page = Client().get(reverse("deadlines")).content.decode()
    assert f"within {APPEAL_DAYS} working days" in page
    assert f"{QUORUM} at least" in page
    assert f"version {limits.VERSION}" in page
