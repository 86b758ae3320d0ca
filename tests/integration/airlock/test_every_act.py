"""Every move and every verb of the airlock, by everybody, in every state, against a table that people have read.

`LECTERN_WRITE=acts ./test --no-gates -n 1 tests/integration/airlock/test_every_act.py` writes the table anew; then read
its lines critically.
"""

from __future__ import annotations

import csv
import io
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
from airlock.models import ExportRequest
from airlock.services.releasing import RELEASER
from airlock.workflows import EXPORT
from tests.factories import exports
from tests.factories.exports import Desk
from tests.personas import World

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).parents[2] / "expected" / "airlock_acts.csv"
NEVER = {"author", "colleague", "near checker", "other researcher", "superuser", "anonymous"}
VERBS: dict[str, Callable[[Any, ExportRequest], bool]] = {
    "see as team": lambda actor, request: ExportRequest.objects.of_team(actor).filter(pk=request.pk).exists(),
    "see as checker": lambda actor, request: ExportRequest.objects.checkable_by(actor).filter(pk=request.pk).exists(),
    "write": lambda actor, request: request.is_writable and policies.can_write_export(actor, request),
    "vote": lambda actor, request: request.status == "in_review" and policies.can_check_export(actor, request),
    "remark": lambda actor, request: policies.can_remark(actor, request),
    "hold": lambda actor, request: request.status in ExportRequest.OPEN and policies.can_hold_export(actor, request),
}


def test_every_act__is_open_to_those_whom_the_reviewed_table_names(world: World, desk: Desk) -> None:
    near = exports.checker("Ned Near")
    add_member(actor=desk.author, project=desk.project, person=near)
    superuser = User.objects.create_superuser("su@tests.example", display_name="Sue")
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
        "superuser": superuser,
        "anonymous": AnonymousUser(),
        "system": RELEASER,
    }
    found = written(_rows(desk, actors))
    if "acts" in os.environ.get("LECTERN_WRITE", ""):
        TABLE.write_text(found, encoding="utf-8")
    assert found == TABLE.read_text(encoding="utf-8")


def test_the_table__lets_no_author_colleague_or_superuser_judge() -> None:
    with TABLE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    judging = {"vote", "approve", "return", "reject", "refer", "complete-reviews", "see as checker", "advise", "stop"}
    wrong = [row for row in rows if row["act"] in judging and NEVER & set(row["who"].split(" + "))]
    assert wrong == []
    assert not [row for row in rows if "superuser" in row["who"] or "anonymous" in row["who"]]


def _rows(desk: Desk, actors: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for state in exports.WAYS:
        with transaction.atomic():
            request = exports.WAYS[state](desk)
            told = [*_moves(request, actors), *((verb, who_may(actors, may, request)) for verb, may in VERBS.items())]
            transaction.set_rollback(True)
        yield from ((state, act, who) for act, who in told)


def _moves(request: ExportRequest, actors: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for row in EXPORT.transitions:
        if request.status in row.sources:
            yield row.action, who_may(actors, row.allowed, request)


def who_may(actors: dict[str, Any], may: Callable[[Any, Any], bool], request: Any) -> str:
    return " + ".join(name for name, actor in actors.items() if may(actor, request)) or "nobody"


def written(rows: Iterator[tuple[str, str, str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("state", "act", "who"))
    writer.writerows(rows)
    return text.getvalue()
