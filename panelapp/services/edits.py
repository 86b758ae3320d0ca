"""Several changes to one panel as one version: what pages, uploads and copies are all made of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypedDict

from django.db import transaction

from panelapp.models import Evidence, Gene, Panel, PanelEntity, RegionDetail, StrDetail, Tag
from panelapp.policies import can_edit_panel
from panelapp.ratings import FULL_RATING, Source, level_of, with_verdict
from panelapp.services.publishing import lock_panel, person, publish_version, tell_changes
from panelapp.versions import EntityChange, entity_changes
from panelapp.vocabularies import CHROMOSOMES, MITOCHONDRIAL, EntityKind, Level
from panelapp.wire import entity_wire, record_of_gene
from portal.kernel.access import Actor, require
from portal.kernel.refusals import InvalidInput, TransitionRefused

MODEL_OF_DETAIL: dict[str, type[StrDetail] | type[RegionDetail]] = {
    EntityKind.STR: StrDetail,
    EntityKind.REGION: RegionDetail,
}
# What the versions do not show: it is told, and makes no version.
UNSEEN = frozenset({"entity_refused", "marked_ready", "marked_not_ready"})
_OWN_FIELDS = (
    "name",
    "mode_of_inheritance",
    "mode_of_pathogenicity",
    "penetrance",
    "publications",
    "phenotypes",
    "transcripts",
    "tags",
    "ready",
    "flagged",
)


class EntityFacts(TypedDict, total=False):
    """What can be said of an entity; what is left out stays as it is. `sources` are names, the newest first."""

    name: str
    gene: Gene | None
    sources: Sequence[str]
    mode_of_inheritance: str | None
    mode_of_pathogenicity: str | None
    penetrance: str | None
    publications: list[str]
    phenotypes: list[str]
    transcripts: list[str] | None
    tags: list[str]
    ready: bool
    flagged: bool
    # STRs and regions
    chromosome: str
    start_37_1based: int | None
    end_37_1based: int | None
    start_38_1based: int | None
    end_38_1based: int | None
    repeated_sequence: str
    normal_repeats: int | None
    pathogenic_repeats: int | None
    verbose_name: str | None
    haploinsufficiency_score: str | None
    triplosensitivity_score: str | None
    required_overlap_percentage: int | None
    type_of_variants: str


class PanelEdit:
    """Changes to one locked panel, gathered until they become a version."""

    def __init__(self, *, actor: Actor, panel: Panel) -> None:
        self.actor = actor
        self.panel = panel
        self.changes: list[EntityChange] = []

    def add(
        self, *, kind: str, facts: EntityFacts, level: Level | None = None, sources: Sequence[Source] | None = None
    ) -> PanelEntity:
        """Put an entity on the panel. Its level follows from the sources, or from the curator's verdict.

        `sources` are those of another panel, with their weight, in place of names among the facts.
        """
        entity = new_entity(panel=self.panel, kind=kind, facts=facts, actor=self.actor, by_curator=True)
        if sources is not None:
            set_sources(entity, sources, self.actor)
        if level is not None:
            set_sources(entity, with_verdict(sources_of(entity), level), self.actor)
        refresh(entity)
        self._note(entity, "")
        return entity

    def update(self, entity: PanelEntity, facts: EntityFacts) -> PanelEntity:
        """Say something else of an entity."""
        before = _before(entity)
        _check_change(entity, facts)
        write_facts(entity, facts, self.actor, by_curator=True)
        refresh(entity)
        self._note(entity, before)
        return entity

    def rate(self, entity: PanelEntity, level: Level) -> PanelEntity:
        """The curator's verdict: one expert review in place of all others. It takes in what waited."""
        before = _before(entity)
        entity.flagged = level == Level.NONE
        entity.pending = False
        set_sources(entity, with_verdict(sources_of(entity), level), self.actor)
        refresh(entity)
        self._note(entity, before)
        return entity

    def mark(self, entity: PanelEntity, *, is_ready: bool) -> PanelEntity:
        """Note that an entity is ready, or is not any more."""
        if entity.ready != is_ready:
            entity.ready = is_ready
            entity.save(update_fields=["ready"])
            change = "marked_ready" if is_ready else "marked_not_ready"
            self.changes.append(EntityChange(change, entity_kind=entity.kind, entity_name=entity.name))
        return entity

    def remove(self, entity: PanelEntity) -> None:
        """Take an entity off the panel, with the reviews that hang on it."""
        before = _before(entity)
        kind, name = entity.kind, entity.name
        entity.delete()
        if before:
            self.changes += entity_changes(kind, _loaded(before), None)
        else:
            self.changes.append(EntityChange("entity_refused", entity_kind=kind, entity_name=name))

    def entities(self, kind: str) -> dict[str, PanelEntity]:
        """What stands on the panel, by name."""
        rows = PanelEntity.objects.filter(panel=self.panel, kind=kind).select_related("gene", "gene_record")
        return {entity.name: entity for entity in rows}

    def _note(self, entity: PanelEntity, before: str) -> None:
        if entity.wire != before:
            self.changes += entity_changes(entity.kind, _loaded(before), _loaded(entity.wire))


@contextmanager
def edit_panel(*, actor: Actor, panel: Panel, reason: str = "") -> Iterator[PanelEdit]:
    """A curator's edit: all changes made in the block become one version when it ends, or none of them is made.

    Raises PermissionRefused, and TransitionRefused for super panels and panels that are not there any more.
    """
    require(can_edit_panel, actor, panel)
    with transaction.atomic():
        locked = lock_panel(panel)
        refuse_closed(locked)
        edit = PanelEdit(actor=actor, panel=locked)
        yield edit
        if any(change.change not in UNSEEN for change in edit.changes):
            publish_version(actor=actor, panel=locked, changes=edit.changes, reason=reason)
        elif edit.changes:
            tell_changes(actor=actor, panel=locked, changes=edit.changes, reason=reason)
    panel.current = locked.current


def refuse_closed(panel: Panel) -> None:
    """Raise TransitionRefused where nothing can be put on the panel."""
    if panel.status == Panel.Status.DELETED:
        raise TransitionRefused("This panel is deleted. Take it back first.")
    if panel.is_super:
        raise TransitionRefused("A super panel shows its child panels. Change the child panel instead.")


def new_entity(*, panel: Panel, kind: str, facts: EntityFacts, actor: Actor, by_curator: bool) -> PanelEntity:
    """A row for an entity, with its sources and details. Raises InvalidInput; the caller calls `refresh`."""
    gene = facts.get("gene")
    name = (facts.get("name") or (gene.symbol if gene else "")).strip()
    if not name or len(name) > 255:
        raise InvalidInput("Give the entity a name of up to 255 characters.", field="name")
    if kind == EntityKind.GENE and gene is None:
        raise InvalidInput("Say which gene it is.", field="gene")
    if PanelEntity.objects.filter(panel=panel, kind=kind, name=name).exists():
        raise TransitionRefused(f"{name} is on this panel already.")
    entity = PanelEntity.objects.create(
        panel=panel, kind=kind, name=name, added_by=person(actor), mode_of_inheritance="", mode_of_pathogenicity=""
    )
    if kind in MODEL_OF_DETAIL:
        values = _detail_values(kind, facts)
        missing = [field for field in ("chromosome", "start_38_1based", "end_38_1based") if not values.get(field)]
        if missing:
            raise InvalidInput("Give the chromosome, the start and the end on GRCh38.", field=missing[0])
        refuse_bad_place(values)
        MODEL_OF_DETAIL[kind].objects.create(entity=entity, **values)
    write_facts(entity, {**facts, "name": name}, actor, by_curator=by_curator)
    return entity


def write_facts(entity: PanelEntity, facts: EntityFacts, actor: Actor, *, by_curator: bool) -> None:
    """Set what is said of an entity, without rendering it."""
    given: Mapping[str, Any] = facts
    for name in given.keys() & set(_OWN_FIELDS):
        setattr(entity, name, given[name])
    if "gene" in facts:
        _set_gene(entity, facts["gene"])
    if entity.kind == EntityKind.GENE and entity.name.startswith("MT-"):
        entity.mode_of_inheritance = MITOCHONDRIAL
    if "tags" in facts:
        _know_tags(facts["tags"])
    if "sources" in facts:
        set_sources(entity, _named(sources_of(entity), facts["sources"], by_curator=by_curator), actor)
    values = _detail_values(entity.kind, facts)
    if values and (detail := detail_of(entity)):
        for field, value in values.items():
            setattr(detail, field, value)
        refuse_bad_place(vars(detail))
        detail.save()


def _set_gene(entity: PanelEntity, gene: Gene | None) -> None:
    """Tie an entity to a gene, and take down what is said of that gene now; the same gene keeps its record."""
    if gene is None or entity.gene_record is None or entity.gene_id != gene.pk:
        entity.gene = gene
        entity.gene_record = record_of_gene(gene) if gene else None


def refresh(entity: PanelEntity) -> None:
    """Bring the traffic light and the rendered JSON in line with the row, and save it."""
    sources = sources_of(entity)
    entity.level = level_of(sources, flagged=entity.flagged)
    record = entity.gene_record
    entity.wire = entity_wire(
        entity, record.wire if record else None, [source.name for source in sources], detail_of(entity)
    )
    entity.save()


def sources_of(entity: PanelEntity) -> list[Source]:
    """An entity's sources, the newest first."""
    rows = entity.evidence.order_by("position", "pk").values_list("name", "rating", "by_curator")
    return [Source(*row) for row in rows]


def set_sources(entity: PanelEntity, sources: Sequence[Source], actor: Actor | None) -> None:
    """Make these the entity's sources; comments and authors of those that stay are kept."""
    known = {row.name: row for row in entity.evidence.all()}
    fresh = []
    for position, source in enumerate(sources):
        old = known.get(source.name)
        row = Evidence(
            entity=entity, name=source.name, rating=source.rating, by_curator=source.by_curator, position=position
        )
        row.author = old.author if old else (person(actor) if actor else None)
        row.comment = old.comment if old else ""
        if old:
            row.created_at = old.created_at
        fresh.append(row)
    entity.evidence.all().delete()
    Evidence.objects.bulk_create(fresh)


def detail_of(entity: PanelEntity) -> StrDetail | RegionDetail | None:
    """The typed part of an STR or a region."""
    model = MODEL_OF_DETAIL.get(entity.kind)
    return None if model is None else model.objects.filter(pk=entity.pk).first()


def _named(current: Sequence[Source], names: Sequence[str], *, by_curator: bool) -> list[Source]:
    """Sources by name: those that stay keep their rating and who stands behind them."""
    known = {source.name: source for source in current}
    fresh = {name: known.get(name, Source(name, FULL_RATING, by_curator)) for name in names}
    return list(fresh.values())


def _detail_values(kind: str, facts: EntityFacts) -> dict[str, Any]:
    model = MODEL_OF_DETAIL.get(kind)
    if model is None:
        return {}
    names = {field.name for field in model._meta.concrete_fields} - {"entity"}
    given: Mapping[str, Any] = facts
    return {name: value for name, value in given.items() if name in names}


def refuse_bad_place(values: Mapping[str, Any]) -> None:
    """InvalidInput for a chromosome that there is not, an end before its start, or one end without the other."""
    if values["chromosome"] not in CHROMOSOMES:
        raise InvalidInput("The chromosome is 1 to 22, X or Y.", field="chromosome")
    for assembly in ("37", "38"):
        start, end = values.get(f"start_{assembly}_1based"), values.get(f"end_{assembly}_1based")
        if (start is None) != (end is None):
            raise InvalidInput(f"Give both start and end on GRCh{assembly}.", field=f"end_{assembly}_1based")
        if start is not None and end is not None and end < start:
            raise InvalidInput(f"The end on GRCh{assembly} is before the start.", field=f"end_{assembly}_1based")
    if (values.get("required_overlap_percentage") or 0) > 100:
        raise InvalidInput("The required overlap is at most 100 %.", field="required_overlap_percentage")


def _check_change(entity: PanelEntity, facts: EntityFacts) -> None:
    name = facts.get("name", entity.name)
    taken = PanelEntity.objects.filter(panel=entity.panel_id, kind=entity.kind, name=name).exclude(pk=entity.pk)
    if name != entity.name and taken.exists():
        raise TransitionRefused(f"{name} is on this panel already.")


def _know_tags(names: Sequence[str]) -> None:
    Tag.objects.bulk_create([Tag(name=name[:100]) for name in names], ignore_conflicts=True)


def _before(entity: PanelEntity) -> str:
    """What everybody saw of it: nothing, while it waited."""
    return "" if entity.pending else entity.wire


def _loaded(wire: str) -> dict[str, Any] | None:
    return json.loads(wire) if wire else None
