"""What curators do to one entity, each as a version of its own, and what reviewers suggest."""

from __future__ import annotations

from django.db import transaction

from panelapp.events import Event
from panelapp.models import Panel, PanelEntity
from panelapp.policies import can_edit_panel, can_review_panel
from panelapp.services.edits import EntityFacts, edit_panel, new_entity, refresh, refuse_closed
from panelapp.services.publishing import lock_panel, tell_changes
from panelapp.versions import EntityChange
from panelapp.vocabularies import EXPERT_REVIEWS, Level
from portal.kernel import audit, events
from portal.kernel.access import Actor, require
from portal.kernel.refusals import InvalidInput, TransitionRefused


def add_entity(
    *, actor: Actor, panel: Panel, kind: str, facts: EntityFacts, level: Level | None = None, reason: str = ""
) -> PanelEntity:
    """Put a gene, repeat or region on a panel: a curator's makes a version, a reviewer's waits for a curator.

    Raises PermissionRefused, InvalidInput, and TransitionRefused where it is on the panel already.
    """
    if not can_edit_panel(actor, panel):
        return _suggest_entity(actor=actor, panel=panel, kind=kind, facts=facts, reason=reason)
    with edit_panel(actor=actor, panel=panel, reason=reason) as edit:
        return edit.add(kind=kind, facts=facts, level=level)


@transaction.atomic
def _suggest_entity(*, actor: Actor, panel: Panel, kind: str, facts: EntityFacts, reason: str) -> PanelEntity:
    require(can_review_panel, actor, panel)
    if reserved := [name for name in facts.get("sources", ()) if name in EXPERT_REVIEWS]:
        raise InvalidInput(f"Only curators give the source {reserved[0]}.", field="sources")
    panel = lock_panel(panel)
    refuse_closed(panel)
    entity = new_entity(panel=panel, kind=kind, facts=facts, actor=actor, by_curator=False)
    entity.pending = entity.flagged = True
    refresh(entity)
    told = EntityChange("entity_suggested", entity_kind=kind, entity_name=entity.name)
    tell_changes(actor=actor, panel=panel, changes=[told], reason=reason)
    detail = {"entity": entity.name, "panel": panel.pk}
    audit.record(Event.ENTITY_SUGGESTED, entity, actor, reason=reason, detail=detail)
    events.publish(Event.ENTITY_SUGGESTED, entity, actor, detail)
    return entity


def update_entity(*, actor: Actor, entity: PanelEntity, facts: EntityFacts, reason: str = "") -> PanelEntity:
    """Say something else of an entity. Raises PermissionRefused, InvalidInput or TransitionRefused."""
    with edit_panel(actor=actor, panel=entity.panel, reason=reason) as edit:
        return edit.update(fresh(entity), facts)


def set_rating(*, actor: Actor, entity: PanelEntity, level: Level, reason: str = "") -> PanelEntity:
    """The curator's verdict. "No list" keeps the entity on the panel, without a colour."""
    with edit_panel(actor=actor, panel=entity.panel, reason=reason) as edit:
        return edit.rate(fresh(entity), level)


def remove_entity(*, actor: Actor, entity: PanelEntity, reason: str = "") -> None:
    """Take an entity off its panel."""
    with edit_panel(actor=actor, panel=entity.panel, reason=reason) as edit:
        edit.remove(fresh(entity))


def accept_entity(*, actor: Actor, entity: PanelEntity, level: Level, reason: str = "") -> PanelEntity:
    """Take in what a reviewer suggested, at a level. TransitionRefused for what does not wait."""
    _refuse_settled(entity)
    return set_rating(actor=actor, entity=entity, level=level, reason=reason)


@transaction.atomic
def refuse_entity(*, actor: Actor, entity: PanelEntity, reason: str) -> None:
    """Do not take in what a reviewer suggested; no version changes. InvalidInput without a reason."""
    require(can_edit_panel, actor, entity.panel)
    _refuse_settled(entity)
    if not reason.strip():
        raise InvalidInput("Give a reason.", field="reason")
    panel = lock_panel(entity.panel)
    entity = fresh(entity)
    told = EntityChange("entity_refused", entity_kind=entity.kind, entity_name=entity.name)
    tell_changes(actor=actor, panel=panel, changes=[told], reason=reason)
    detail = {"entity": entity.name, "panel": panel.pk}
    audit.record(Event.ENTITY_REFUSED, entity, actor, reason=reason, detail=detail)
    events.publish(Event.ENTITY_REFUSED, entity, actor, detail)
    entity.delete()


def mark_ready(*, actor: Actor, entity: PanelEntity, reason: str = "") -> PanelEntity:
    """Confirm the present level by an expert review. A version is made only if that changes what everybody sees."""
    with edit_panel(actor=actor, panel=entity.panel, reason=reason) as edit:
        found = fresh(entity)
        edit.rate(found, Level(min(found.level, Level.GREEN)))
        return edit.mark(found, is_ready=True)


def mark_not_ready(*, actor: Actor, entity: PanelEntity) -> PanelEntity:
    """Put an entity back into the curators' work."""
    with edit_panel(actor=actor, panel=entity.panel) as edit:
        return edit.mark(fresh(entity), is_ready=False)


def mark_all_not_ready(*, actor: Actor, panel: Panel) -> None:
    """Put everything on a panel back into the curators' work."""
    with edit_panel(actor=actor, panel=panel) as edit:
        for entity in PanelEntity.objects.filter(panel=edit.panel, ready=True).order_by("pk"):
            edit.mark(entity, is_ready=False)


def set_tags(*, actor: Actor, entity: PanelEntity, tags: list[str], reason: str = "") -> PanelEntity:
    """Hang these tags on an entity, and no others."""
    return update_entity(actor=actor, entity=entity, facts={"tags": list(dict.fromkeys(tags))}, reason=reason)


def fresh(entity: PanelEntity) -> PanelEntity:
    """The row as it is under the panel's lock. TransitionRefused where it is gone."""
    found = PanelEntity.objects.select_related("panel", "gene", "gene_record").filter(pk=entity.pk).first()
    if found is None:
        raise TransitionRefused(f"{entity.name} is not on this panel any more.")
    return found


def _refuse_settled(entity: PanelEntity) -> None:
    if not entity.pending:
        raise TransitionRefused(f"{entity.name} does not wait for a curator any more.")
