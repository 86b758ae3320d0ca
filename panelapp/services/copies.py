"""The same entity on other panels, with chosen reviews: all of these panels get their version, or none does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.db import transaction
from django.forms import model_to_dict

from panelapp.models import Panel, PanelEntity, Review
from panelapp.policies import can_edit_panel
from panelapp.services.edits import EntityFacts, detail_of, edit_panel, sources_of
from panelapp.services.publishing import lock_panels
from panelapp.services.reviews import copy_reviews
from portal.kernel.access import Actor, require
from portal.kernel.refusals import InvalidInput, TransitionRefused

_SAID = (
    *("name", "gene", "mode_of_inheritance", "mode_of_pathogenicity", "penetrance"),
    *("publications", "phenotypes", "transcripts", "tags"),
)


@transaction.atomic
def copy_entity(
    *, actor: Actor, entity: PanelEntity, targets: Sequence[Panel], reviews: Sequence[Review], reason: str = ""
) -> None:
    """Put an entity on these panels as it stands on its own, sources and rating included. InvalidInput."""
    require(can_edit_panel, actor, entity.panel)
    lock_panels(targets)
    said = reason.strip() or f"Copied from {entity.panel.name}, version {entity.panel.version}."
    facts = facts_of_entity(entity)
    for target in targets:
        try:
            with edit_panel(actor=actor, panel=target, reason=said) as edit:
                edit.add(kind=entity.kind, facts=facts, sources=sources_of(entity))
        except TransitionRefused as refusal:
            raise InvalidInput(f"{target.name} (panel {target.pk}): {refusal.sentence}", field="panels") from refusal
        if reviews:
            copy_reviews(actor=actor, source=entity.panel, target=target, reviews=reviews)


def facts_of_entity(entity: PanelEntity) -> EntityFacts:
    """All that is said of an entity beside its sources, as a service takes it."""
    facts: dict[str, Any] = {name: getattr(entity, name) for name in _SAID}
    detail = detail_of(entity)
    return cast(EntityFacts, facts | (model_to_dict(detail, exclude=["entity"]) if detail else {}))
