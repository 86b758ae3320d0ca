"""Puts the entities of a loaded panel into rows, all at once; reviews of those that stay are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from panelapp.models import Evidence, Gene, GeneRecord, Panel, PanelEntity, RegionDetail, StrDetail, Tag
from panelapp.panel_documents import ReadEntity
from panelapp.services.catalogue import record_wire
from panelapp.services.edits import MODEL_OF_DETAIL
from panelapp.wire import entity_wire

_BATCH = 1_000


def replace_entities(
    panel: Panel, entities: Sequence[ReadEntity], genes: Mapping[str, Gene], records: Mapping[str, GeneRecord]
) -> None:
    """Make these the entities of the panel. What waits for a curator stays, unless it is among them."""
    current = {(row.kind, row.name): row for row in PanelEntity.objects.filter(panel=panel)}
    wanted = {(each.kind, each.name) for each in entities}
    gone = [row.pk for key, row in current.items() if key not in wanted and not row.pending]
    PanelEntity.objects.filter(pk__in=gone).delete()
    rows = [_row(panel, each, current.get((each.kind, each.name)), genes, records) for each in entities]
    PanelEntity.objects.bulk_create([row for row in rows if row.pk is None], batch_size=_BATCH)
    stay = [row for row in rows if (row.kind, row.name) in current]
    columns = [field.name for field in PanelEntity._meta.concrete_fields if field.name not in ("id", "created_at")]
    PanelEntity.objects.bulk_update(stay, columns, batch_size=_BATCH)
    _replace_parts(rows, entities)
    tags = {tag for each in entities for tag in each.row["tags"]}
    Tag.objects.bulk_create([Tag(name=tag) for tag in sorted(tags)], ignore_conflicts=True)


def wires_of(panel: Panel, entities: Sequence[ReadEntity]) -> list[str]:
    """The entities in JSON, rendered from their typed parts."""
    return [_wire(PanelEntity(panel=panel, kind=each.kind, name=each.name, **each.row), each) for each in entities]


def _row(
    panel: Panel,
    each: ReadEntity,
    known: PanelEntity | None,
    genes: Mapping[str, Gene],
    records: Mapping[str, GeneRecord],
) -> PanelEntity:
    row = known or PanelEntity(panel=panel, kind=each.kind, name=each.name)
    values: dict[str, Any] = {**each.row, "pending": False}
    for column, value in values.items():
        setattr(row, column, value)
    row.gene = genes.get(str(each.gene_data.get("hgnc_id"))) if each.gene_data else None
    row.gene_record = records[record_wire(each.gene_data)] if each.gene_data else None
    row.wire = _wire(row, each)
    return row


def _wire(row: PanelEntity, each: ReadEntity) -> str:
    model = MODEL_OF_DETAIL.get(each.kind)
    detail: StrDetail | RegionDetail | None = model(**each.detail) if model else None
    gene_data = record_wire(each.gene_data) if each.gene_data else None
    return entity_wire(row, gene_data, [source.name for source in each.sources], detail)


def _replace_parts(rows: Sequence[PanelEntity], entities: Sequence[ReadEntity]) -> None:
    keys = [row.pk for row in rows]
    Evidence.objects.filter(entity__in=keys).delete()
    Evidence.objects.bulk_create(
        [
            Evidence(entity=row, name=source.name[:255], by_curator=source.by_curator, position=position)
            for row, each in zip(rows, entities, strict=True)
            for position, source in enumerate(each.sources)
        ],
        batch_size=_BATCH,
    )
    for kind, model in MODEL_OF_DETAIL.items():
        model.objects.filter(pk__in=keys).delete()
        pairs = zip(rows, entities, strict=True)
        parts: list[Any] = [model(entity=row, **each.detail) for row, each in pairs if each.kind == kind]
        model.objects.bulk_create(parts)
