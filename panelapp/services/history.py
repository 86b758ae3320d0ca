"""Loads monthly records (one line for each gene of each panel) as versions from before this portal's time."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from panelapp.models import Gene, Panel, PanelVersion
from panelapp.panel_documents import Problem
from panelapp.services.publishing import stats_of, store_content, store_head, tell_changes
from panelapp.versions import EntityChange, Fragment, assemble, encode, parse_number
from panelapp.vocabularies import INHERITANCE_BY_SHORT_NAME, Level
from panelapp.wire import GENE_KEYS
from portal.kernel.access import Actor

_LEVELS = {"Green": Level.GREEN, "Amber": Level.AMBER, "Red": Level.RED}
Row = Mapping[str, str]


def load_history(*, actor: Actor, rows: Sequence[Row], name: str) -> list[Problem]:
    """Keep each version that a monthly record names, for panels known here by hash id or name. Returns what is odd.

    The record says gene, level and inheritance, and nothing else: the version says where it comes from.
    """
    groups: defaultdict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["Panel ID"], row["Panel Name"], row["Version Number"]].append(row)
    by_hash = {panel.hash_id: panel for panel in Panel.objects.exclude(hash_id=None)}
    by_name = {panel.name: panel for panel in Panel.objects.all()}
    wires = _gene_wires({row["Gene Name"] for row in rows})
    problems: list[Problem] = []
    for (hash_id, panel_name, number), lines in groups.items():
        panel = by_hash.get(hash_id) or by_name.get(panel_name)
        if panel is None or parse_number(number) is None:
            problems.append(Problem(name, panel_name, "no such panel here; its past is not loaded"))
            continue
        problems += _load_version(actor, panel, number, lines=lines, wires=wires, origin=name)
    return problems


@transaction.atomic
def _load_version(
    actor: Actor, panel: Panel, number: str, *, lines: Sequence[Row], wires: Mapping[str, str], origin: str
) -> list[Problem]:
    major, minor = parse_number(number) or (0, 0)
    if PanelVersion.objects.filter(panel=panel, major=major, minor=minor).exists():
        return []
    problems = []
    fragments: dict[str, Fragment] = {}
    for line in lines:
        symbol, level = line["Gene Name"], _LEVELS.get(line["Gene Status"])
        if level is None or symbol in fragments:
            problems.append(Problem(f"{origin}, {panel.name}", symbol, "stands there twice, or without a level"))
            continue
        fragments[symbol] = Fragment("gene", symbol, level, _wire(line, level, wires[symbol]))
    at = min([_instant(line["Date Recorded"]) for line in lines if line["Date Recorded"][:2].isdigit()], default=None)
    if at is None:
        return [Problem(origin, panel.name, f"version {number} has no date; it is not loaded")]
    shown = list(fragments.values())
    version = store_head(
        panel=panel, number=(major, minor), stats=stats_of(shown), at=at, actor=actor, origin=f"monthly record {origin}"
    )
    store_content(version, assemble(version.head, shown))
    told = EntityChange("panel_imported", after=version.number)
    tell_changes(actor=actor, panel=panel, changes=[told], version=version)
    return problems


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _wire(line: Row, level: Level, gene_data: str) -> str:
    short = line["MOI"]
    record: dict[str, Any] = {
        "entity_type": "gene",
        "entity_name": line["Gene Name"],
        "confidence_level": str(int(level)),
        "penetrance": None,
        "mode_of_pathogenicity": None,
        "publications": [],
        "evidence": [],
        "phenotypes": [],
        "mode_of_inheritance": INHERITANCE_BY_SHORT_NAME.get(short, short),
        "tags": [],
        "transcript": None,
    }
    return f'{{"gene_data":{gene_data},{encode(record)[1:]}'


def _gene_wires(symbols: set[str]) -> dict[str, str]:
    """What is said of each gene: what was said last, or its symbol alone."""
    found: dict[str, str] = {}
    for gene in Gene.objects.filter(records__isnull=False).distinct().prefetch_related("records"):
        for record in gene.records.all():
            found[str(json.loads(record.wire).get("gene_symbol"))] = record.wire
    empty: dict[str, Any] = {
        **dict.fromkeys(GENE_KEYS),
        "alias": [],
        "omim_gene": [],
        "alias_name": [],
        "ensembl_genes": {},
    }
    bare = {symbol: encode({**empty, "gene_symbol": symbol, "hgnc_symbol": symbol}) for symbol in symbols}
    return {symbol: found.get(symbol, bare[symbol]) for symbol in symbols}
