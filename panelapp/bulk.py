"""All public panels in a few files, so that nobody needs to page through them: JSONL, TSV and BED, with a manifest."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from panelapp.models import Panel, PanelEntity, VersionContent
from panelapp.versions import encode, instant
from panelapp.vocabularies import ENSEMBL_KEYS
from portal.kernel import clock

FOLDER = "panel_bulk"
MANIFEST = "manifest.json"
_COLUMNS = (
    *("panel_id", "panel_name", "panel_version", "panel_status", "entity_type", "entity_name", "hgnc_id"),
    *("confidence_level", "mode_of_inheritance", "mode_of_pathogenicity", "penetrance", "phenotypes", "publications"),
    *("evidence", "tags"),
)


def write_panel_bulk() -> dict[str, Any]:
    """Write today's files and the manifest that names them, with size and sha256 each. Returns the manifest."""
    at = clock.now()
    day = at.date().isoformat()
    makers: dict[str, Callable[[], Iterator[str]]] = {
        f"panels-{day}.jsonl.gz": _json_lines,
        f"entities-{day}.tsv.gz": _table,
        f"entities-GRCh37-{day}.bed.gz": lambda: _bed("GRCh37"),
        f"entities-GRCh38-{day}.bed.gz": lambda: _bed("GRCh38"),
    }
    files = []
    for name, lines in makers.items():
        # No date inside, so that the same panels give the same bytes.
        data = gzip.compress("".join(f"{line}\n" for line in lines()).encode(), 6, mtime=0)
        _replace(name, data)
        files.append({"name": name, "size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    panels = Panel.objects.published().filter(current__content__isnull=False).count()
    manifest = {"created": instant(at), "panels": panels, "files": files}
    _replace(MANIFEST, encode(manifest).encode())
    return manifest


def read_file(name: str) -> bytes | None:
    """A file of the bulk, or None. Only names that a manifest could hold are looked for."""
    if "/" in name or ".." in name or not default_storage.exists(f"{FOLDER}/{name}"):
        return None
    with default_storage.open(f"{FOLDER}/{name}", "rb") as file:
        data: bytes = file.read()
        return data


def _replace(name: str, data: bytes) -> None:
    path = f"{FOLDER}/{name}"
    if default_storage.exists(path):
        default_storage.delete(path)
    default_storage.save(path, ContentFile(data))


def _json_lines() -> Iterator[str]:
    shown = VersionContent.objects.filter(version__current_of__in=Panel.objects.published())
    for content in shown.order_by("version__panel").iterator(chunk_size=10):
        yield content.json.decode()


def _entities() -> Any:
    shown = PanelEntity.objects.filter(panel__in=Panel.objects.published()).published()
    return shown.order_by("panel", "kind", "name").values_list("wire", "panel__current__head").iterator(chunk_size=500)


def _table() -> Iterator[str]:
    yield "\t".join(_COLUMNS)
    for wire, head in _entities():
        entity, panel = json.loads(wire), json.loads(head)
        known = {f"panel_{key}": panel[key] for key in ("id", "name", "version", "status")}
        known |= {"hgnc_id": (entity["gene_data"] or {}).get("hgnc_id")}
        yield "\t".join(_cell(known[key] if key in known else entity.get(key)) for key in _COLUMNS)


def _bed(assembly: str) -> Iterator[str]:
    """Places with the start counted from 0, as BED has it: name, and level times 250 as score."""
    for wire, head in _entities():
        entity = json.loads(wire)
        place = _place(entity, assembly)
        if place is not None:
            contig, start, end = place
            score = min(int(entity["confidence_level"]), 3) * 250
            name = f"{entity['entity_name']}|{json.loads(head)['id']}"
            yield f"chr{contig}\t{start - 1}\t{end}\t{_cell(name)}\t{score}"


def _place(entity: dict[str, Any], assembly: str) -> tuple[str, int, int] | None:
    ends = entity.get(f"{assembly.lower()}_coordinates")
    if ends:
        return entity["chromosome"], max(ends[0], 1), ends[1]
    key, _ = ENSEMBL_KEYS[assembly]
    releases = ((entity["gene_data"] or {}).get("ensembl_genes") or {}).get(key) or {}
    location = str(next((each.get("location") for each in releases.values()), "") or "")
    contig, _, span = location.partition(":")
    start, _, end = span.partition("-")
    return (contig.replace("MT", "M"), int(start), int(end)) if start.isdigit() and end.isdigit() else None


def _cell(value: Any) -> str:
    text = ";".join(map(str, value)) if isinstance(value, list) else str("" if value is None else value)
    return " ".join(text.split())
