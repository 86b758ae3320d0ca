"""Every move and every verb on an import, by everybody, in every state, against a table that people have read.

`LECTERN_WRITE=acts ./test --no-gates -n 1 tests/integration/airlock/test_every_act_on_imports.py` writes the table
anew; then read its lines critically.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from access_review.services import add_member
from accounts.models import User
from airlock import policies
from airlock.models import ImportRequest
from airlock.services.delivering import PORTER
from airlock.workflows import IMPORT
from tests.factories import exports, imports
from tests.factories.exports import Desk
from tests.integration.airlock.test_every_act import NEVER, who_may, written
from tests.personas import World

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).parents[2] / "expected" / "airlock_import_acts.csv"
VERBS: dict[str, Callable[[Any, ImportRequest], bool]] = {
    "see as team": lambda actor, request: ImportRequest.objects.of_team(actor).filter(pk=request.pk).exists(),
    "see as checker": lambda actor, request: ImportRequest.objects.checkable_by(actor).filter(pk=request.pk).exists(),
    "write": lambda actor, request: request.is_writable and policies.can_write_import(actor, request),
    "look into": lambda actor, request: policies.can_look_at_import(actor, request.files.get()),
    "take": lambda actor, request: policies.can_take_import(actor, request),
}


def test_every_act_on_an_import__is_open_to_those_whom_the_reviewed_table_names(world: World, desk: Desk) -> None:
    near = exports.checker("Ned Near")
    add_member(actor=desk.author, project=desk.project, person=near)
    actors = {
        "author": desk.author,
        "colleague": world.people["ben"],
        "other researcher": world.people["eve"],
        "reviewer": desk.first,
        "other checker": desk.third,
        "near checker": near,
        "manager": desk.manager,
        "committee": desk.member,
        "auditor": world.people["aud"],
        "superuser": User.objects.create_superuser("su@tests.example", display_name="Sue"),
        "anonymous": AnonymousUser(),
        "system": PORTER,
    }
    found = written(_rows(desk, actors))
    if "acts" in os.environ.get("LECTERN_WRITE", ""):
        TABLE.write_text(found, encoding="utf-8")
    assert found == TABLE.read_text(encoding="utf-8")


def test_the_table__lets_no_author_colleague_or_superuser_judge() -> None:
    with TABLE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    judging = {"approve", "return", "reject", "revoke", "unquarantine", "condemn", "see as checker", "look into"}
    assert not [row for row in rows if row["act"] in judging and NEVER & set(row["who"].split(" + "))]
    assert not [row for row in rows if "superuser" in row["who"] or "anonymous" in row["who"]]
    assert {row["who"] for row in rows if row["act"] == "deliver"} == {"system"}


def _rows(desk: Desk, actors: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for state in imports.WAYS:
        with transaction.atomic():
            request = imports.WAYS[state](desk)
            assert request.status == state
            told = [*_moves(request, actors), *((verb, who_may(actors, may, request)) for verb, may in VERBS.items())]
            transaction.set_rollback(True)
        yield from ((state, act, who) for act, who in told)


def _moves(request: ImportRequest, actors: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for row in IMPORT.transitions:
        if request.status in row.sources:
            yield row.action, who_may(actors, row.allowed, request)
