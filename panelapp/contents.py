"""What a version holds, taken out of its JSON once: a version never changes, so its rows may be kept by its digest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from panelapp.models import PanelVersion, VersionContent
from panelapp.versions import LISTS
from panelapp.vocabularies import Level

# A panel of 2,500 genes takes some 4 MB as rows; most have a hundred.
_VERSIONS_KEPT = 64


@dataclass(frozen=True, slots=True)
class EntityRow:
    """An entity as a version tells it, ready for a table; `level` is 0 to 3, `place` its place in the version."""

    place: int
    kind: str
    name: str
    level: int
    gene_name: str
    hgnc_id: str
    inheritance: str
    phenotypes: Sequence[str]
    sources: Sequence[str]
    tags: Sequence[str]
    coordinates: str = ""
    child_id: int = 0
    child_name: str = ""
    child_version: str = ""
    reviews: int = 0

    @property
    def rating_order(self) -> int:
        """Greenest first."""
        return -self.level

    @property
    def name_order(self) -> str:
        """Names without regard to case."""
        return self.name.lower()


Rows = Mapping[str, Sequence[EntityRow]]


def content_of(version: PanelVersion | None) -> dict[str, Any] | None:
    """The whole of a version, or None where only its head is known."""
    found = VersionContent.objects.filter(version=version).first() if version else None
    return json.loads(found.json) if found else None


def rows_of(version: PanelVersion | None) -> Rows | None:
    """The entities of a version by kind, or None where only its head is known; read from the database once."""
    if version is None:
        return None
    digest = VersionContent.objects.filter(version=version).values_list("digest", flat=True).first()
    return None if digest is None else _rows_of_digest(digest)


@lru_cache(maxsize=_VERSIONS_KEPT)
def _rows_of_digest(digest: str) -> Rows:
    found = VersionContent.objects.filter(digest=digest).first()
    assert found is not None, "the digest was read a moment ago, and contents are never deleted"
    content = json.loads(found.json)
    return {
        kind: tuple(_row(place, kind, each) for place, each in enumerate(content.get(name, ())))
        for kind, name in LISTS.items()
    }


def forget_rows() -> None:
    """Let the next look at each version read it again, as in a process that has just begun."""
    _rows_of_digest.cache_clear()


def _row(place: int, kind: str, entity: Mapping[str, Any]) -> EntityRow:
    gene = entity.get("gene_data") or {}
    child = entity.get("panel") or {}
    return EntityRow(
        place=place,
        kind=kind,
        name=entity["entity_name"],
        level=level_shown(entity),
        gene_name=entity.get("verbose_name") or gene.get("gene_name") or "",
        hgnc_id=gene.get("hgnc_id") or "",
        inheritance=entity.get("mode_of_inheritance") or "",
        phenotypes=entity.get("phenotypes") or (),
        sources=[name for name in entity.get("evidence") or () if name],
        tags=entity.get("tags") or (),
        coordinates=coordinates(entity),
        child_id=child.get("id", 0),
        child_name=child.get("name", ""),
        child_version=child.get("version", ""),
    )


def level_shown(entity: Mapping[str, Any]) -> int:
    """0 to 3: the old level 4 is green."""
    return min(int(entity["confidence_level"] or 0), Level.GREEN)


def coordinates(entity: Mapping[str, Any]) -> str:
    """Where a repeat or region lies on GRCh38, such as 4:3074877-3074939."""
    ends = entity.get("grch38_coordinates")
    return f"{entity['chromosome']}:{ends[0]}-{ends[1]}" if ends else ""


def level_counts(rows: Rows | None, kind: str) -> dict[int, int]:
    """How many entities of a kind have each level, greenest first."""
    counted = Counter(row.level for row in (rows or {}).get(kind, ()))
    return {level.value: counted[level] for level in reversed(Level)}
