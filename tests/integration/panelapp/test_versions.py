"""Versions of panels: every visible change makes one, and none of them ever changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import pytest
from django.db import DatabaseError, transaction

from accounts.models import User
from panelapp.models import Panel, PanelEntity, PanelEvent, PanelVersion, VersionContent
from panelapp.services import (
    accept_entity,
    add_comment,
    add_entity,
    add_review,
    change_panel,
    change_panel_status,
    create_panel,
    delete_review,
    edit_panel,
    issue_erratum,
    mark_not_ready,
    mark_ready,
    promote_panel,
    refuse_entity,
    remove_entity,
    set_rating,
    set_tags,
    sign_off,
    update_entity,
    update_review,
)
from panelapp.vocabularies import EntityKind, Level
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused
from tests.factories.panels import CURATION, add_gene, add_region, add_str, fresh, make_gene, make_panel

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(world: object, people: Mapping[str, User]) -> Mapping[str, User]:
    from accounts.models import RoleGrant
    from accounts.roles import Role
    from portal.kernel import clock

    for key, role in (("eve", Role.PANEL_REVIEWER), ("ben", Role.PANEL_REVIEWER), ("hana", Role.PANEL_CURATOR)):
        RoleGrant.objects.create(person=people[key], role=role, starts_at=clock.now(), reason="For a test.")
        people[key].__dict__.pop("_current_roles", None)
    return people


def content(panel: Panel) -> dict[str, object]:
    found: dict[str, object] = json.loads(fresh(panel).current.content.json)
    return found


def names(panel: Panel) -> list[str]:
    return [each["entity_name"] for each in content(panel)["genes"]]  # type: ignore[attr-defined]


def test_new_panel__is_internal_at_0_0() -> None:
    panel = create_panel(actor=CURATION, facts={"name": "New"})
    assert (panel.version, panel.status, content(panel)["genes"]) == ("0.0", "internal", [])


def test_adding__makes_a_minor_version_with_one_event() -> None:
    panel = make_panel()
    before = panel.current
    add_gene(panel, "GENA", 900_001)
    panel = fresh(panel)
    assert (panel.current.major, panel.current.minor) == (before.major, before.minor + 1)
    assert names(panel) == ["GENA"]
    event = PanelEvent.objects.get(version=panel.current)
    assert (event.change, event.entity_name, event.hgnc_id, event.after) == ("entity_added", "GENA", "HGNC:900001", "3")


def test_content__is_what_its_digest_says() -> None:
    kept = fresh(make_panel(genes=["GENA", "GENB"])).current.content
    assert hashlib.sha256(kept.json).hexdigest() == kept.digest
    assert len(kept.json) == kept.size_bytes


@pytest.mark.parametrize("deed", ["update", "delete"])
@pytest.mark.parametrize("model", [PanelVersion, VersionContent, PanelEvent])
def test_what_was_published__cannot_be_changed_in_the_database(model: type, deed: str) -> None:
    make_panel(genes=["GENA"])
    rows = model.objects.all()  # type: ignore[attr-defined]
    field = {"PanelVersion": "reason", "VersionContent": "digest", "PanelEvent": "after"}[model.__name__]
    with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
        {"update": lambda: rows.update(**{field: "x"}), "delete": lambda: rows._raw_delete(rows.db)}[deed]()


def test_several_changes_in_one_edit__make_one_version() -> None:
    panel = make_panel(genes=["GENA"])
    with edit_panel(actor=CURATION, panel=panel, reason="Twice") as edit:
        edit.add(kind=EntityKind.GENE, facts={"gene": make_gene("GENX", 900_010)}, level=Level.AMBER)
        edit.update(edit.entities("gene")["GENA"], {"phenotypes": ["Other"]})
    assert panel.current.minor == 3
    assert {event.change for event in panel.current.events.all()} == {"entity_added", "phenotypes_changed"}


def test_an_edit_that_fails__leaves_no_trace() -> None:
    panel = make_panel(genes=["GENA"])
    with pytest.raises(TransitionRefused), edit_panel(actor=CURATION, panel=panel) as edit:  # noqa: PT012 (the block is the edit)
        edit.update(edit.entities("gene")["GENA"], {"phenotypes": ["Other"]})
        edit.add(kind=EntityKind.GENE, facts={"gene": make_gene("GENA", 900_000)})
    assert fresh(panel).version == panel.version
    assert PanelEntity.objects.get(panel=panel).phenotypes != ["Other"]


def test_saying_the_same_again__makes_no_version() -> None:
    panel = make_panel(genes=["GENA"])
    entity = PanelEntity.objects.get(panel=panel)
    update_entity(actor=CURATION, entity=entity, facts={"phenotypes": list(entity.phenotypes)})
    change_panel(actor=CURATION, panel=panel, facts={"name": panel.name})
    assert fresh(panel).version == panel.version


def test_what_a_reviewer_adds__waits_and_is_in_no_version(people: Mapping[str, User]) -> None:
    panel = make_panel(genes=["GENA"])
    facts = {"gene": make_gene("GENS", 900_020), "sources": ["Literature"]}
    entity = add_entity(actor=people["eve"], panel=panel, kind="gene", facts=facts)  # type: ignore[arg-type]
    assert (entity.pending, entity.level, fresh(panel).version) == (True, 0, panel.version)
    accept_entity(actor=people["gus"], entity=entity, level=Level.AMBER, reason="Convincing")
    assert names(panel) == ["GENA", "GENS"]
    assert fresh(panel).current.events.get().change == "entity_added"
    with pytest.raises(TransitionRefused):
        accept_entity(actor=people["gus"], entity=PanelEntity.objects.get(pk=entity.pk), level=Level.AMBER)


def test_what_a_reviewer_adds__can_be_refused_with_a_reason(people: Mapping[str, User]) -> None:
    panel = make_panel()
    entity = add_entity(actor=people["eve"], panel=panel, kind="gene", facts={"gene": make_gene("GENS", 900_020)})
    with pytest.raises(InvalidInput):
        refuse_entity(actor=people["gus"], entity=entity, reason=" ")
    refuse_entity(actor=people["gus"], entity=entity, reason="No evidence")
    assert fresh(panel).version == panel.version
    assert not PanelEntity.objects.filter(pk=entity.pk).exists()


def test_a_reviewer__gives_no_verdict_and_edits_nothing(people: Mapping[str, User]) -> None:
    panel = make_panel(genes=["GENA"])
    entity = PanelEntity.objects.get(panel=panel)
    gene = make_gene("GENS", 900_020)
    with pytest.raises(InvalidInput):
        add_entity(
            actor=people["eve"], panel=panel, kind="gene", facts={"gene": gene, "sources": ["Expert Review Green"]}
        )
    for deed in (
        lambda actor: set_rating(actor=actor, entity=entity, level=Level.RED),
        lambda actor: remove_entity(actor=actor, entity=entity),
        lambda actor: promote_panel(actor=actor, panel=panel, reason="x"),
        lambda actor: change_panel(actor=actor, panel=panel, facts={"name": "x"}),
        lambda actor: change_panel_status(actor=actor, panel=panel, action="retire", reason="x"),
    ):
        with pytest.raises(PermissionRefused):
            deed(people["eve"])
    with pytest.raises(PermissionRefused):
        add_entity(actor=people["ada"], panel=panel, kind="gene", facts={"gene": gene})


def test_rating__none_flags_and_green_clears(people: Mapping[str, User]) -> None:
    panel = make_panel(genes=["GENA"])
    entity = set_rating(actor=people["gus"], entity=PanelEntity.objects.get(panel=panel), level=Level.NONE)
    assert (entity.level, entity.flagged) == (0, True)
    entity = set_rating(actor=people["gus"], entity=entity, level=Level.GREEN, reason="New families")
    assert (entity.level, entity.flagged) == (3, False)
    assert [row.name for row in entity.evidence.all()] == ["Expert Review Green", "Literature"]


def test_mark_ready__makes_no_version_where_everybody_sees_the_same() -> None:
    panel = make_panel(genes=["GENA"])
    entity = mark_ready(actor=CURATION, entity=PanelEntity.objects.get(panel=panel))
    assert entity.ready
    assert not mark_not_ready(actor=CURATION, entity=entity).ready
    assert fresh(panel).version == panel.version


def test_tags__are_seen_and_make_a_version() -> None:
    panel = make_panel(genes=["GENA"])
    set_tags(actor=CURATION, entity=PanelEntity.objects.get(panel=panel), tags=["treatable", "treatable"])
    assert content(panel)["genes"][0]["tags"] == ["treatable"]  # type: ignore[index]
    assert fresh(panel).version != panel.version


def test_promote__begins_a_major_version_and_wants_a_comment() -> None:
    panel = make_panel(genes=["GENA"])
    with pytest.raises(InvalidInput):
        promote_panel(actor=CURATION, panel=panel, reason="")
    assert promote_panel(actor=CURATION, panel=panel, reason="Reviewed").number == "1.0"


def test_mitochondrial_genes__always_have_that_inheritance() -> None:
    panel = make_panel()
    entity = add_gene(panel, "MT-ND1", 900_030)
    assert entity.mode_of_inheritance == "MITOCHONDRIAL"


def test_super_panel__is_the_union_of_its_children_and_follows_them() -> None:
    first, second = make_panel("First", genes=["GENA", "GENB"]), make_panel("Second", genes=["GENA"])
    add_str(second)
    above = create_panel(actor=CURATION, facts={"name": "Above", "children": [first, second]})
    seen = content(above)
    rows = [(each["entity_name"], each["panel"]["id"]) for each in seen["genes"]]  # type: ignore[attr-defined]
    assert rows == [("GENA", first.pk), ("GENA", second.pk), ("GENB", first.pk)]
    assert seen["child_panel_ids"] == [first.pk, second.pk]
    before = fresh(above).current
    add_region(first)
    after = fresh(above).current
    assert (after.major, after.minor) == (before.major, before.minor + 1)
    assert content(above)["regions"][0]["panel"]["version"] == fresh(first).version  # type: ignore[index]
    promote_panel(actor=CURATION, panel=first, reason="Reviewed")
    assert fresh(above).version == "1.0"
    with pytest.raises(TransitionRefused):
        add_gene(above, "GENC", 900_040)


def test_sign_off__is_a_second_persons_and_happens_once(people: Mapping[str, User]) -> None:
    panel = make_panel(genes=["GENA"])
    version = promote_panel(actor=people["gus"], panel=panel, reason="Reviewed")
    with pytest.raises(PermissionRefused):
        sign_off(actor=people["gus"], version=version)
    with pytest.raises(PermissionRefused):
        sign_off(actor=people["eve"], version=version)
    sign_off(actor=people["hana"], version=version, note="Seen")
    with pytest.raises(TransitionRefused):
        sign_off(actor=people["hana"], version=version)


def test_erratum__covers_a_range_and_changes_no_version() -> None:
    panel = make_panel(genes=["GENA", "GENB"])
    first, last = panel.versions.order_by("major", "minor")[0], panel.current
    erratum = issue_erratum(actor=CURATION, first=first, last=last, text="GENA was meant to be GENC.")
    assert erratum.covers(0, 1)
    assert not erratum.covers(1, 0)
    with pytest.raises(InvalidInput):
        issue_erratum(actor=CURATION, first=last, last=first, text="x")
    assert fresh(panel).version == panel.version


def test_reviews__belong_to_their_authors_and_make_no_version(people: Mapping[str, User]) -> None:
    panel = make_panel(genes=["GENA"])
    entity = PanelEntity.objects.get(panel=panel)
    review = add_review(actor=people["eve"], entity=entity, facts={"rating": "RED"}, comment="Not convinced.")
    with pytest.raises(TransitionRefused):
        add_review(actor=people["eve"], entity=entity, facts={"rating": "GREEN"})
    with pytest.raises(PermissionRefused):
        update_review(actor=people["ben"], review=review, facts={"rating": "GREEN"})
    with pytest.raises(PermissionRefused):
        delete_review(actor=people["ben"], review=review)
    with pytest.raises(PermissionRefused):
        add_comment(actor=people["ada"], entity=entity, text="Hello")
    update_review(actor=people["eve"], review=review, facts={"rating": "AMBER"})
    delete_review(actor=people["gus"], review=review)
    entity.refresh_from_db()
    assert (entity.level, fresh(panel).version) == (3, panel.version)


def test_deleted_panel__takes_no_changes_and_a_child_is_not_deleted() -> None:
    child = make_panel("Child", genes=["GENA"])
    above = create_panel(actor=CURATION, facts={"name": "Above", "children": [child]})
    with pytest.raises(TransitionRefused):
        change_panel_status(actor=CURATION, panel=child, action="delete", reason="x")
    change_panel_status(actor=CURATION, panel=above, action="delete", reason="Not needed")
    with pytest.raises(TransitionRefused):
        change_panel(actor=CURATION, panel=above, facts={"name": "x"})
