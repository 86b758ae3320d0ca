"""Panels under random hands: versions never change, the traffic light is the rule, a super panel is a union."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from panelapp.models import Panel, PanelEntity, PanelVersion
from panelapp.ratings import Source, level_of, reconciled, with_verdict
from panelapp.services import (
    change_panel,
    create_panel,
    edit_panel,
    mark_ready,
    promote_panel,
    remove_entity,
    set_rating,
    update_entity,
)
from panelapp.services.edits import UNSEEN
from panelapp.versions import bumped, diff
from panelapp.vocabularies import EXPERT_REVIEWS, HIGH_CONFIDENCE_SOURCES, SOURCES, Level
from tests.factories.panels import CURATION, fresh, make_gene

NAMES = ("GENA", "GENB", "GENC")
SOME_SOURCES = st.lists(st.sampled_from((*SOURCES, "", "Panel of another place")), max_size=5, unique=True)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("add", "rate", "sources", "remove", "promote", "describe", "ready")),
        st.integers(0, 1),
        st.sampled_from(NAMES),
        st.sampled_from(list(Level)),
        SOME_SOURCES,
    ),
    min_size=1,
    max_size=12,
)
SOURCE = st.builds(Source, st.sampled_from(SOURCES), st.integers(0, 5), st.booleans())


@given(st.lists(SOURCE, max_size=8), st.booleans())
def test_level__is_what_the_rule_says(sources: list[Source], flagged: bool) -> None:
    """The rule of section 2.1, written a second time as one reads it."""
    by_curators = [each for each in sources if each.by_curator]
    verdicts = [each.name for each in by_curators if each.name in EXPERT_REVIEWS]
    if flagged or not by_curators:
        expected = 0
    elif verdicts:
        expected = {"Green": 3, "Amber": 2, "Red": 1, "Removed": 0}[verdicts[0].rsplit(" ", 1)[-1]]
    else:
        high = len([each for each in by_curators if each.name in HIGH_CONFIDENCE_SOURCES and each.rating > 3])
        expected = min(high, 3) or 1
    assert level_of(sources, flagged=flagged) == expected


@given(st.lists(SOURCE, max_size=8), st.sampled_from(list(Level)))
def test_verdict__decides_and_stands_alone(sources: list[Source], level: Level) -> None:
    after = with_verdict(sources, level)
    assert level_of(after) == level
    assert sum(each.name in EXPERT_REVIEWS for each in after) == 1
    assert {each for each in sources if each.name not in EXPERT_REVIEWS} <= set(after)


@given(st.lists(SOURCE, max_size=8), st.sampled_from(list(Level)))
def test_reconciled_sources__give_the_level_or_are_none(sources: list[Source], level: Level) -> None:
    after = reconciled(sources, level)
    assert after is None or (level_of(after) == level and [e.name for e in after] == [e.name for e in sources])


@given(st.lists(st.booleans(), max_size=30))
def test_numbers__only_grow(promotions: list[bool]) -> None:
    numbers = [bumped(None)]
    for is_major in promotions:
        numbers.append(bumped(numbers[-1], is_major=is_major))
    assert numbers == sorted(set(numbers))


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_random_edits__leave_every_published_version_as_it_was(db: None, steps: list[Any]) -> None:
    with transaction.atomic():
        children = [create_panel(actor=CURATION, facts={"name": f"Child {number}"}) for number in (1, 2)]
        above = create_panel(actor=CURATION, facts={"name": "Above", "children": children})
        seen: dict[int, bytes] = {}
        for step, which, name, level, sources in steps:
            _step(children[which], step, name, level, sources)
            for version in PanelVersion.objects.select_related("content"):
                kept = seen.setdefault(version.pk, version.content.json)
                assert version.content.json == kept, "a published version changed"
                assert hashlib.sha256(kept).hexdigest() == version.content.digest
        for entity in PanelEntity.objects.prefetch_related("evidence"):
            rows = [Source(row.name, row.rating, row.by_curator) for row in entity.evidence.all()]
            assert entity.level == level_of(rows, flagged=entity.flagged)
        _assert_union(above, children)
        for panel in children:
            _assert_events_are_the_diffs(panel)
        transaction.set_rollback(True)


def _step(panel: Panel, step: str, name: str, level: Level, sources: list[str]) -> None:
    entity = PanelEntity.objects.filter(panel=panel, name=name).select_related("panel").first()
    if step == "promote":
        promote_panel(actor=CURATION, panel=panel, reason="For a test")
    elif step == "describe":
        change_panel(actor=CURATION, panel=panel, facts={"description": ", ".join(sources)})
    elif entity is None:
        with edit_panel(actor=CURATION, panel=panel) as edit:
            gene = make_gene(name, 900_100 + NAMES.index(name))
            edit.add(kind="gene", facts={"gene": gene, "sources": sources}, level=level if step == "add" else None)
    elif step == "remove":
        remove_entity(actor=CURATION, entity=entity)
    elif step == "rate":
        set_rating(actor=CURATION, entity=entity, level=level)
    elif step == "ready":
        mark_ready(actor=CURATION, entity=entity)
    else:
        update_entity(actor=CURATION, entity=entity, facts={"sources": sources})


def _assert_union(above: Panel, children: list[Panel]) -> None:
    shown = json.loads(fresh(above).current.content.json)["genes"]
    expected = [
        {**gene, "panel": json.loads(fresh(child).current.head)}
        for child in children
        for gene in json.loads(fresh(child).current.content.json)["genes"]
    ]
    order = {"key": lambda gene: (gene["entity_name"], gene["panel"]["id"])}
    assert sorted(shown, **order) == sorted(expected, **order)


def _assert_events_are_the_diffs(panel: Panel) -> None:
    versions = list(PanelVersion.objects.filter(panel=panel).order_by("major", "minor").select_related("content"))
    for old, new in pairwise(versions):
        found = diff(json.loads(old.content.json), json.loads(new.content.json))
        told = {(event.change, event.entity_name, event.field, event.after) for event in new.events.all()}
        entity_changes = {(e.change, e.entity_name, e.field, e.after) for e in found if e.entity_kind}
        assert entity_changes == {each for each in told if each[1] and each[0] not in UNSEEN}
