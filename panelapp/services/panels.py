"""What curators do to a panel as a whole: make it, describe it, show it, promote it, delete it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from django.db import connection, transaction
from django.db.models import Max

from panelapp.events import Event
from panelapp.models import Panel, PanelEntity, PanelType, PanelVersion
from panelapp.models.panels import OPEN_STATUSES
from panelapp.policies import can_create_panel, can_edit_panel
from panelapp.services.publishing import lock_panel, lock_panels, publish_version
from panelapp.versions import EntityChange, encode
from panelapp.workflows import PANEL, shows_only_open_panels
from portal.kernel import clock
from portal.kernel.access import Actor, require
from portal.kernel.refusals import InvalidInput, TransitionRefused

_NUMBER_LOCK = "SELECT pg_advisory_xact_lock(hashtext('panelapp.panel number'))"
_TEXTS = ("name", "description", "disease_group", "disease_sub_group")
_WORDS = ("relevant_disorders", "omim", "orphanet", "hpo")


class PanelFacts(TypedDict, total=False):
    """What can be said of a panel; what is left out stays as it is. `children` make it a super panel."""

    name: str
    description: str
    disease_group: str
    disease_sub_group: str
    relevant_disorders: list[str]
    omim: list[str]
    orphanet: list[str]
    hpo: list[str]
    types: Sequence[PanelType]
    children: Sequence[Panel]


@transaction.atomic
def create_panel(*, actor: Actor, facts: PanelFacts, reason: str = "") -> Panel:
    """A new panel, internal, at version 0.0; a super panel at the highest major of its children. InvalidInput."""
    require(can_create_panel, actor, None)
    if not facts.get("name", "").strip():
        raise InvalidInput("Give the panel a name.", field="name")
    panel = Panel.objects.create(id=next_panel_id(), name=facts["name"].strip())
    _write_facts(panel, facts)
    told = EntityChange("panel_created", after=panel.name)
    publish_version(actor=actor, panel=panel, changes=[told], reason=reason, event=Event.PANEL_CREATED)
    return panel


def next_panel_id() -> int:
    """An id that no panel has had; others wait until the caller commits."""
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER_LOCK)
    return 1 + (Panel.objects.aggregate(last=Max("id"))["last"] or 0)


@transaction.atomic
def change_panel(*, actor: Actor, panel: Panel, facts: PanelFacts, reason: str = "") -> Panel:
    """Describe a panel anew: one minor version, or none where nothing changed. InvalidInput, TransitionRefused."""
    require(can_edit_panel, actor, panel)
    # The children too: none of them becomes internal between the question and the commit.
    panel = lock_panels([panel, *facts.get("children", ())])[panel.pk]
    if panel.status == Panel.Status.DELETED:
        raise TransitionRefused("This panel is deleted. Take it back first.")
    before = _described(panel)
    _write_facts(panel, facts)
    after = _described(panel)
    changes = [
        EntityChange("panel_changed", field=field, before=before[field], after=after[field])
        for field in before
        if before[field] != after[field]
    ]
    if changes:
        publish_version(actor=actor, panel=panel, changes=changes, reason=reason)
    return panel


@transaction.atomic
def promote_panel(*, actor: Actor, panel: Panel, reason: str) -> PanelVersion:
    """The next major version. Needs a comment: InvalidInput without."""
    require(can_edit_panel, actor, panel)
    if not reason.strip():
        raise InvalidInput("Say in a comment why the panel is promoted.", field="reason")
    panel = lock_panel(panel)
    if panel.status == Panel.Status.DELETED:
        raise TransitionRefused("This panel is deleted. Take it back first.")
    told = EntityChange("panel_promoted", before=panel.version)
    return publish_version(
        actor=actor, panel=panel, changes=[told], reason=reason, is_major=True, event=Event.PANEL_PROMOTED
    )


@transaction.atomic
def change_panel_status(*, actor: Actor, panel: Panel, action: str, reason: str = "") -> Panel:
    """Move a panel as panelapp/workflows.py allows, and make the version that says so."""
    if action == "delete":
        return delete_panel(actor=actor, panel=panel, reason=reason)
    return _move(actor=actor, panel=panel, action=action, reason=reason, values={})


@transaction.atomic
def delete_panel(*, actor: Actor, panel: Panel, reason: str, successor: Panel | None = None) -> Panel:
    """Take a panel away. Those who ask for it are told why and where to go on; its open versions stay readable."""
    if successor is not None and successor.pk == panel.pk:
        raise InvalidInput("A panel cannot be its own successor.", field="successor")
    if panel.parents.exists():
        raise TransitionRefused("A super panel shows this panel. Take it out there first.")
    values = {"deleted_at": clock.now(), "deleted_reason": reason, "successor": successor}
    return _move(actor=actor, panel=panel, action="delete", reason=reason, values=values)


def _move(*, actor: Actor, panel: Panel, action: str, reason: str, values: dict[str, Any]) -> Panel:
    before = lock_panel(panel).status
    if PANEL.transition(action).target in OPEN_STATUSES:
        values = {**values, "was_public": True}
    PANEL.perform(panel, action, actor, reason=reason, changes=values)
    moved = lock_panel(panel)
    told = EntityChange("panel_status_changed", field="status", before=before, after=moved.status)
    publish_version(actor=actor, panel=moved, changes=[told], reason=reason)
    return moved


def _write_facts(panel: Panel, facts: PanelFacts) -> None:
    for field in _TEXTS:
        if field in facts:
            setattr(panel, field, facts[field].strip())  # type: ignore[literal-required]
    for field in _WORDS:
        if field in facts:
            setattr(panel, field, [word.strip() for word in facts[field] if word.strip()])  # type: ignore[literal-required]
    if not panel.name or len(panel.name) > 255:
        raise InvalidInput("Give the panel a name of up to 255 characters.", field="name")
    if "types" in facts:
        set_types(panel, facts["types"])
    if "children" in facts:
        _set_children(panel, facts["children"])
    panel.save()


def set_types(panel: Panel, types: Sequence[PanelType]) -> None:
    """Give a panel these types, in this order."""
    if list(Panel.types.through.objects.filter(panel=panel).order_by("pk").values_list("paneltype", flat=True)) != [
        kind.pk for kind in types
    ]:
        panel.types.clear()
        panel.types.add(*types)


def _set_children(panel: Panel, children: Sequence[Panel]) -> None:
    if any(child.is_super or child.pk == panel.pk for child in children):
        raise InvalidInput("A super panel is made of plain panels, not of super panels.", field="children")
    if children and (panel.parents.exists() or PanelEntity.objects.filter(panel=panel).exists()):
        sentence = "Only a panel without entities, and inside no other, can become a super panel."
        raise TransitionRefused(sentence)
    panel.is_super = bool(children)
    panel.children.set(children)
    if panel.is_open and (refusal := shows_only_open_panels(panel)):
        raise InvalidInput(refusal, field="children")


def _described(panel: Panel) -> dict[str, str]:
    types = Panel.types.through.objects.filter(panel=panel).order_by("pk").values_list("paneltype__slug", flat=True)
    lists = {"types": list(types), "children": sorted(panel.children.values_list("pk", flat=True))}
    lists |= {field: getattr(panel, field) for field in _WORDS}
    return {field: getattr(panel, field) for field in _TEXTS} | {key: encode(value) for key, value in lists.items()}
