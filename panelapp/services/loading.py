"""Loads panels from the API's own JSON: each panel whole or not at all, with everything unusual reported."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction

from panelapp import panel_files
from panelapp.events import Event
from panelapp.models import Panel, PanelType, PanelVersion, SignOff, VersionContent
from panelapp.models.panels import OPEN_STATUSES
from panelapp.panel_documents import Problem, ReadPanel, read_head, read_panel
from panelapp.policies import can_load_panels
from panelapp.services.catalogue import genes_for, records_for
from panelapp.services.history import load_history
from panelapp.services.loaded_entities import replace_entities, wires_of
from panelapp.services.panels import set_types
from panelapp.services.publishing import (
    point_to,
    stats_of,
    store_content,
    store_head,
    tell_changes,
)
from panelapp.services.webhooks import queue_deliveries
from panelapp.versions import EntityChange, Fragment, assemble, diff, encode, parse_number, with_panel
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require
from portal.kernel.refusals import Refusal

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('panelapp.panel number'))"


@dataclass
class LoadReport:
    """What became of each document, and what was unusual in it."""

    loaded: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def load_panels(*, actor: Actor, source: str, origin: str = "") -> LoadReport:
    """Load every panel that a folder, a file or a compatible server's API holds.

    One panel is one transaction: a panel that cannot be kept is reported and leaves no trace. Raises PermissionRefused,
    and InvalidInput where the source cannot be read.
    """
    require(can_load_panels, actor, None)
    report = LoadReport()
    for document in panel_files.read_documents(source):
        try:
            if document.kind == panel_files.PANEL:
                load_panel(actor=actor, data=document.data, origin=origin or "loaded", report=report)
            elif document.kind == panel_files.SIGNED_OFF:
                _load_sign_offs(actor, document.data, report)
            elif document.kind == panel_files.HISTORY:
                report.problems += load_history(actor=actor, rows=document.data, name=document.name)
            else:
                report.problems.append(Problem(document.name, "", f"is a {document.kind}; nothing is loaded from it"))
        except Refusal as refusal:
            report.refused.append(refusal.sentence)
    return report


@transaction.atomic
def load_panel(*, actor: Actor, data: Mapping[str, Any], origin: str, report: LoadReport) -> Panel:
    """Load one version of one panel; it becomes the current one if it is the newest. Raises InvalidInput."""
    require(can_load_panels, actor, None)
    read = read_panel(data)
    for child in read.children.values():
        _load_child(actor, child, origin, report)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
    panel = panel_of(read.head)
    label = f"panel {panel.pk} version {read.head['version']}"
    held = PanelVersion.objects.filter(panel=panel, major=read.number[0], minor=read.number[1]).first()
    if held is not None and VersionContent.objects.filter(pk=held.pk).exists():
        report.known.append(label)
        _compare(held, data, report)
        return panel
    report.problems += read.problems
    previous = panel.current
    is_newest = previous is None or read.number > (previous.major, previous.minor)
    if is_newest:
        _describe(panel, read.head)
    fragments = _write_entities(panel, read, report, is_newest=is_newest)
    version = held or head_only(panel=panel, head=read.head, actor=actor, origin=origin, stats=stats_of(fragments))
    store_content(version, assemble(version.head, fragments))
    _tell(actor, panel, version, previous if is_newest else None)
    if is_newest:
        point_to(panel, version)
        queue_deliveries(panel, version)
    report.loaded.append(label)
    return panel


def panel_of(head: Mapping[str, Any]) -> Panel:
    """The panel with this id, locked; made if nobody knows it yet."""
    found: Panel | None = Panel.objects.select_for_update(no_key=True).filter(pk=head["id"]).first()
    if found is not None:
        return found
    made: Panel = Panel.objects.create(**_columns(head), id=head["id"], status=head["status"])
    set_types(made, _types(head["types"] or ()))
    return made


def head_only(
    *, panel: Panel, head: Mapping[str, Any], actor: Actor, origin: str, stats: Sequence[int] | None = None
) -> PanelVersion:
    """A version whose head says what another server said."""
    _, number, created_at = read_head(head)
    counted = [head["stats"][f"number_of_{name}"] for name in ("genes", "strs", "regions")]
    return store_head(
        panel=panel,
        number=number,
        stats=stats or counted,
        at=created_at,
        actor=actor,
        origin=origin,
        head=encode(head),
    )


def _load_child(actor: Actor, child: dict[str, Any], origin: str, report: LoadReport) -> None:
    """A child that a super panel shows whole is loaded from there, if its version is not held yet."""
    number = parse_number(str(child.get("version", "")))
    counted = {f"number_of_{name}": len(child[name]) for name in ("genes", "strs", "regions")}
    if number is None or counted != child.get("stats"):
        report.problems.append(Problem(f"panel {child.get('id')}", "", "is shown in part only by a super panel"))
        return
    if not VersionContent.objects.filter(
        version__panel=child["id"], version__major=number[0], version__minor=number[1]
    ).exists():
        load_panel(actor=actor, data=child, origin=origin, report=report)


def _write_entities(panel: Panel, read: ReadPanel, report: LoadReport, *, is_newest: bool) -> list[Fragment]:
    genes = genes_for([each.gene_data for each in read.entities if each.gene_data])
    records = records_for([each.gene_data for each in read.entities if each.gene_data], genes)
    if is_newest and not read.is_super:
        replace_entities(panel, read.entities, genes, records)
    if is_newest and read.is_super:
        panel.is_super = True
        panel.children.set(Panel.objects.filter(pk__in=read.children))
        panel.save(update_fields=["is_super"])
    fragments = []
    for each, wire in zip(read.entities, wires_of(panel, read.entities), strict=True):
        _check_kept(each.raw, wire, f"panel {panel.pk}", report)
        shown = with_panel(wire, encode(read_head(each.child)[0])) if each.child else wire
        child = each.child["id"] if each.child else 0
        fragments.append(Fragment(each.kind, each.name, each.row["level"], shown, child))
    return fragments


def _check_kept(raw: Mapping[str, Any], wire: str, label: str, report: LoadReport) -> None:
    """Nothing is lost in silence: what the rows cannot say again is reported."""
    kept = json.loads(wire)
    for key in sorted(raw.keys() - {"panel"}):
        if kept.get(key) != raw[key] or key not in kept:
            report.problems.append(Problem(label, str(raw["entity_name"]), f"{key} is not kept as it was"))


def _compare(held: PanelVersion, data: Mapping[str, Any], report: LoadReport) -> None:
    changes = diff(json.loads(held.content.json), {**json.loads(held.head), **data})
    if changes:
        label = f"panel {held.panel_id} version {held.number}"
        report.problems.append(Problem(label, "", f"is held already, and differs in {len(changes)} places"))


def _describe(panel: Panel, head: Mapping[str, Any]) -> None:
    """Say of the panel what its newest version says. Its status stays its own once it is known here."""
    was_public = panel.was_public
    for name, value in _columns(head).items():
        setattr(panel, name, value)
    panel.was_public |= was_public
    panel.save()
    set_types(panel, _types(head["types"] or ()))


def _columns(head: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "hash_id": head["hash_id"] or None,
        "name": str(head["name"])[:255],
        "description": head["description"] or "",
        "disease_group": str(head["disease_group"] or "")[:255],
        "disease_sub_group": str(head["disease_sub_group"] or "")[:255],
        "relevant_disorders": [str(word) for word in head["relevant_disorders"]],
        "was_public": head["status"] in OPEN_STATUSES,
    }


def _types(said: Iterable[Mapping[str, Any]]) -> list[PanelType]:
    return [
        PanelType.objects.update_or_create(
            slug=each["slug"], defaults={"name": each["name"], "description": each.get("description") or ""}
        )[0]
        for each in said
    ]


def _tell(actor: Actor, panel: Panel, version: PanelVersion, previous: PanelVersion | None) -> None:
    changes = [EntityChange("panel_imported", after=version.number)]
    if previous is not None and VersionContent.objects.filter(pk=previous.pk).exists():
        changes += diff(json.loads(previous.content.json), json.loads(version.content.json))
    tell_changes(actor=actor, panel=panel, changes=changes, version=version)
    detail = {"version": version.number, "origin": version.origin}
    audit.record(Event.PANEL_LOADED, panel, actor, detail=detail)
    events.publish(Event.PANEL_LOADED, panel, actor, detail)


def _load_sign_offs(actor: Actor, rows: Sequence[Mapping[str, Any]], report: LoadReport) -> None:
    for row in rows:
        label = f"panel {row.get('id')} version {row.get('version')}"
        try:
            _load_sign_off(actor, row)
            report.loaded.append(f"{label}, signed off")
        except (Refusal, ValueError) as error:
            report.refused.append(f"{label}: {error}")


@transaction.atomic
def _load_sign_off(actor: Actor, row: Mapping[str, Any]) -> None:
    """A version that was signed off elsewhere; known by its head alone until somebody loads it."""
    head, (major, minor), _ = read_head(row)
    panel = panel_of(head)
    version = PanelVersion.objects.filter(panel=panel, major=major, minor=minor).first()
    if version is None:
        version = head_only(panel=panel, head=head, actor=actor, origin="signed-off list")
    day = date.fromisoformat(str(row["signed_off"]))
    SignOff.objects.get_or_create(
        version=version, defaults={"panel": panel, "signed_off_on": day, "created_at": clock.now()}
    )
