"""The table of genes is renewed in two steps: one person proposes and reads what changes, another approves.

Lectern then writes it (tasks.py), in one transaction. What versions of panels say of genes is kept in records of their
own, so that no version changes and none is made.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.policies import is_another_person
from panelapp.events import Event
from panelapp.gene_table import GeneRow, read_gene_rows
from panelapp.models import Gene, GeneLocation, GeneName, GeneRefresh, Panel, PanelEntity
from panelapp.policies import can_load_genes
from panelapp.services.genes import names_of_row, save_genes
from panelapp.services.publishing import person
from panelapp.workflows import GENE_REFRESH
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, SystemActor, require
from portal.kernel.refusals import InvalidInput, TransitionRefused

LARGEST_TABLE = 30 * 1024 * 1024
_WRITER = SystemActor("Gene refresh")
_MOST_REMARKS = 500


@transaction.atomic
def propose_refresh(*, actor: Actor, file_name: str, content: bytes) -> GeneRefresh:
    """Hand in a table of genes and find out what it would change. GeneTableRefused, InvalidInput, TransitionRefused."""
    require(can_load_genes, actor, None)
    assert isinstance(actor, User), "the policy asks for a person, and a part of Lectern proposes nothing"
    if len(content) > LARGEST_TABLE:
        raise InvalidInput("Choose a table of up to 30 MB.", field="file")
    rows = read_gene_rows(file_name, content)
    added, changed = _differences(rows)
    try:
        with transaction.atomic():
            refresh: GeneRefresh = GeneRefresh.objects.create(
                file_name=file_name[:200],
                digest=hashlib.sha256(content).hexdigest(),
                table_compressed=zlib.compress(content),
                added=added,
                changed=changed,
                unchanged=len(rows) - added - changed,
                remarks=remarks_on(rows),
                proposed_by=actor,
                created_at=clock.now(),
            )
    except IntegrityError as error:
        raise TransitionRefused("Another table waits for a decision. Decide about it first.") from error
    detail = {"added": added, "changed": changed}
    audit.record(Event.REFRESH_PROPOSED, refresh, actor, detail=detail)
    events.publish(Event.REFRESH_PROPOSED, refresh, actor, detail)
    return refresh


def _differences(rows: Sequence[GeneRow]) -> tuple[int, int]:
    """How many genes of the table are new, and how many are known in other words."""
    known = {gene.hgnc_id: gene for gene in Gene.objects.all()}
    names: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
    for key, name, kind in GeneName.objects.values_list("gene_id", "name", "kind"):
        names[key].add((name, kind))
    places = {
        (place.gene_id, place.assembly): (place.contig, place.start_1based, place.end_1based)
        for place in GeneLocation.objects.all()
    }
    changed = 0
    for row in rows:
        gene = known.get(row.hgnc_id)
        if gene is None:
            continue
        same = (gene.symbol, gene.name, gene.ensembl_id) == (row.symbol, row.name, row.ensembl_id)
        same = same and names[gene.pk] == {(name, kind.value) for name, kind in names_of_row(row)}
        changed += not (
            same
            and all(
                places.get((gene.pk, place.assembly)) == (place.contig, place.start_1based, place.end_1based)
                for place in row.places
            )
        )
    return sum(row.hgnc_id not in known for row in rows), changed


def remarks_on(rows: Iterable[GeneRow]) -> list[dict[str, object]]:
    """Genes on panels whose symbol would change, or that the table has no more, with the number of their panels."""
    said = {row.hgnc_id: row for row in rows}
    on_panels: defaultdict[int, set[int]] = defaultdict(set)
    standing = PanelEntity.objects.exclude(panel__status=Panel.Status.DELETED).filter(gene__isnull=False)
    for key, panel in standing.values_list("gene_id", "panel_id"):
        on_panels[key].add(panel)
    remarks: list[dict[str, object]] = []
    for gene in Gene.objects.filter(pk__in=on_panels).order_by("symbol"):
        row = said.get(gene.hgnc_id)
        if row is None or row.symbol != gene.symbol:
            after = row.symbol if row else ""
            remarks.append(
                {"hgnc_id": gene.hgnc_id, "before": gene.symbol, "after": after, "panels": len(on_panels[gene.pk])}
            )
    return remarks[:_MOST_REMARKS]


@transaction.atomic
def decide_refresh(*, actor: Actor, refresh: GeneRefresh, action: str, reason: str) -> GeneRefresh:
    """Approve or discard. An approved table is written by the next task; until then it can still be discarded."""
    require(is_another_person, actor, (refresh.proposed_by,))
    decided = {"decided_by": person(actor), "decided_at": clock.now(), "reason": reason}
    moved: GeneRefresh = GENE_REFRESH.perform(refresh, action, actor, reason=reason, changes=decided)
    return moved


def apply_refreshes() -> int:
    """Write the tables that were approved; returns how many. One that cannot be written stays, and raises."""
    done = 0
    for refresh in GeneRefresh.objects.filter(status=GeneRefresh.Status.APPROVED).order_by("pk"):
        with transaction.atomic():
            GENE_REFRESH.perform(refresh, "apply", _WRITER)
            save_genes(actor=_WRITER, rows=read_gene_rows(refresh.file_name, refresh.table))
        done += 1
    return done
