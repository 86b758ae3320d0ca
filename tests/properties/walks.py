"""How to make one of each thing that has a workflow, in any of its states, for tests that walk through all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Max

from ngrl.models import Release
from panelapp.models import Panel
from portal.kernel import clock
from portal.kernel.access import WORKER
from portal.kernel.reference_pages import declared_workflows
from research_env.models import Query, QueryStatus
from tests.integration.kernel.queries import make_query, make_release
from tests.personas import PERSONAS, World

WORKFLOWS = declared_workflows()
ACTORS = (*PERSONAS, "system")


@dataclass(frozen=True)
class Maker:
    """`make(world, state)` gives a thing in that state; `changes` are what its services write beside each new state."""

    make: Callable[[World, str], models.Model]
    changes: Callable[[], Mapping[str, Any]]


def _query(world: World, state: str) -> Query:
    return make_query(world.project, world.people["ben"], make_release(), QueryStatus(state))


def _panel(world: World, state: str) -> Panel:
    number = 1 + (Panel.objects.aggregate(last=Max("id"))["last"] or 0)
    return Panel.objects.create(id=number, name="Walked", status=state, deleted_at=clock.now())


MAKERS: dict[type[models.Model], Maker] = {
    Query: Maker(_query, lambda: {"submitted_at": clock.now(), "failure": "For a test."}),
    Panel: Maker(_panel, lambda: {"deleted_at": clock.now()}),
    Release: Maker(
        lambda world, state: make_release(Release.Status(state)),
        lambda: {"published_at": clock.now(), "withdrawn_at": clock.now(), "withdrawn_reason": "For a test."},
    ),
}


def actor_called(world: World, name: str) -> Any:
    """A persona, "anon", or "system" for a part of Lectern."""
    return {"anon": AnonymousUser(), "system": WORKER}.get(name) or world.people[name]


def states_of(workflow_name: str) -> list[str]:
    """Every state of a workflow, as the model's field has them."""
    table = WORKFLOWS[workflow_name]
    return [str(value) for value, _ in table.model._meta.get_field(table.field).flatchoices]  # type: ignore[union-attr]
