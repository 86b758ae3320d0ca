"""Every workflow of the house, whatever app it is in: well-formed tables, honest buttons, and a record of each move."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
from django.db import models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.kernel.events import declared_events
from portal.kernel.models import AuditEvent
from portal.kernel.refusals import PermissionRefused, TransitionRefused
from portal.kernel.workflow import Transition, Workflow
from tests.personas import World
from tests.properties.walks import ACTORS, MAKERS, WORKFLOWS, actor_called, states_of

EACH = pytest.mark.parametrize("name", sorted(WORKFLOWS))
DRAWN = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@EACH
def test_table__names_states_that_there_are_and_events_that_were_declared(name: str) -> None:
    table, states = WORKFLOWS[name], set(states_of(name))
    assert str(table.initial) in states
    for row in table.transitions:
        assert {str(state) for state in row.sources} <= states
        assert row.sources, f"{row.action} begins nowhere"
        assert str(row.target) in states
        assert str(row.event) in declared_events()
        assert row.label
        assert row.allowed.sentence.endswith(".")


@EACH
def test_table__each_action_and_each_event_stands_in_one_row(name: str) -> None:
    rows = WORKFLOWS[name].transitions
    assert len({row.action for row in rows}) == len(rows)
    assert len({row.event for row in rows}) == len(rows)


@EACH
def test_table__every_state_can_be_reached_from_the_first(name: str) -> None:
    table = WORKFLOWS[name]
    reached = {str(table.initial)}
    for _ in table.transitions:
        reached |= {str(row.target) for row in table.transitions if reached & {str(state) for state in row.sources}}
    assert reached == set(states_of(name))


@EACH
def test_table__the_model_begins_in_the_first_state(name: str) -> None:
    table = WORKFLOWS[name]
    assert str(getattr(table.model(), table.field)) == str(table.initial)


@EACH
def test_every_guard__says_what_it_wants(name: str) -> None:
    assert all(guard.__doc__ for row in WORKFLOWS[name].transitions for guard in row.guards)


def test_every_workflow__is_walked_here() -> None:
    assert {table.model for table in WORKFLOWS.values()} <= set(MAKERS), "add the model to tests/properties/walks.py"


@EACH
@DRAWN
@given(draw=st.data())
def test_buttons_and_refusals__any_state_and_anybody__agree_with_what_perform_does(
    world: World, name: str, draw: st.DataObject
) -> None:
    table = WORKFLOWS[name]
    with _undone():
        thing = MAKERS[table.model].make(world, draw.draw(st.sampled_from(states_of(name))))
        actor = actor_called(world, draw.draw(st.sampled_from(ACTORS)))
        row = draw.draw(st.sampled_from(table.transitions))
        state, sentence = getattr(thing, table.field), table.refusal(thing, row.action, actor)
        assert (sentence is None) == (row in table.available(thing, actor))
        if sentence is None:
            assert getattr(_perform(table, thing, row, actor), table.field) == row.target
        else:
            with pytest.raises((PermissionRefused, TransitionRefused)) as refused:
                _perform(table, thing, row, actor)
            assert refused.value.sentence == sentence
            assert isinstance(refused.value, PermissionRefused) == (not row.allowed(actor, thing))
            thing.refresh_from_db()
            assert getattr(thing, table.field) == state


@EACH
@DRAWN
@given(draw=st.data())
def test_random_walk__audit_has_each_move_and_nothing_else(world: World, name: str, draw: st.DataObject) -> None:
    """Anybody presses anything, in any order: the record is an unbroken path from the first state to the last."""
    table = WORKFLOWS[name]
    with _undone():
        thing = MAKERS[table.model].make(world, str(table.initial))
        before = AuditEvent.objects.count()
        path = [str(table.initial)]
        for _ in range(draw.draw(st.integers(1, 12))):
            actor = actor_called(world, draw.draw(st.sampled_from((*ACTORS, *("ada", "ben", "hana", "system") * 5))))
            row = draw.draw(st.sampled_from(table.transitions))
            try:
                path.append(str(getattr(_perform(table, thing, row, actor), table.field)))
            except (PermissionRefused, TransitionRefused):
                continue
        thing.refresh_from_db()
        assert str(getattr(thing, table.field)) == path[-1]
        rows = AuditEvent.objects.order_by("id")[before:]
        moves = [(row.before, row.after) for row in rows if row.subject_type == thing._meta.label_lower and row.after]
        assert moves == list(pairwise(path))


def _perform(table: Workflow, thing: models.Model, row: Transition, actor: Any) -> Any:
    changes = MAKERS[table.model].written(thing, row.action)
    return table.perform(thing, row.action, actor, reason="For a test.", changes=changes)


@contextmanager
def _undone() -> Iterator[None]:
    """Each example leaves the database as it was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
