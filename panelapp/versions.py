"""Versions as documents: how they are written, numbered and compared. Pure: dictionaries and JSON in, values out."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

LISTS = {"gene": "genes", "str": "strs", "region": "regions"}
_GZIP = 31  # zlib's code for gzip framing
_NUMBER = re.compile(r"(\d{1,9})\.(\d{1,9})")
_SORTED_BY = re.compile(r"[^a-z0-9]")
# The fields that are told apart in a diff, by the name of the change; every other field is a detail.
_CHANGE_OF_FIELD = {
    "confidence_level": "level_changed",
    "evidence": "sources_changed",
    "mode_of_inheritance": "inheritance_changed",
    "mode_of_pathogenicity": "pathogenicity_changed",
    "penetrance": "penetrance_changed",
    "publications": "publications_changed",
    "phenotypes": "phenotypes_changed",
    "transcript": "transcripts_changed",
    "tags": "tags_changed",
    "gene_data": "gene_changed",
}
_PANEL_FIELDS = ("name", "description", "disease_group", "disease_sub_group", "status", "relevant_disorders", "types")


@dataclass(frozen=True)
class EntityChange:
    """One typed difference. `before` and `after` are texts: JSON for lists and objects, "" for nothing."""

    change: str
    entity_kind: str = ""
    entity_name: str = ""
    field: str = ""
    before: str = ""
    after: str = ""
    hgnc_id: str = ""


@dataclass(frozen=True)
class Rendered:
    """A version as bytes: the JSON's digest and size, and the JSON gzipped."""

    digest: str
    size_bytes: int
    gzipped: bytes


@dataclass(frozen=True)
class Fragment:
    """An entity ready to be put into a version: its kind, what it is sorted by, and its JSON."""

    kind: str
    name: str
    level: int
    wire: str
    child: int = 0
    sort_key: tuple[Any, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sort_key", (-self.level, *name_key(self.name), self.child))


def level_word(level: str) -> str:
    """The colour of a level: green, amber, red, or grey for none."""
    return ("grey", "red", "amber", "green")[min(int(level or 0), 3)]


def name_key(name: str) -> tuple[str, int, str]:
    """Names as a dictionary has them: without regard to case and to what stands between the letters."""
    return (_SORTED_BY.sub("", name.lower()), len(name), name)


def encode(value: Any) -> str:
    """JSON without superfluous spaces, in plain UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def instant(at: datetime) -> str:
    """2026-02-03T10:11:12.131415Z: always in UTC, always with six digits, because clients cut by place."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_number(text: str) -> tuple[int, int] | None:
    """(major, minor) of a text such as "2.3", or None."""
    match = _NUMBER.fullmatch(text.strip())
    return (int(match[1]), int(match[2])) if match else None


def bumped(current: tuple[int, int] | None, *, is_major: bool = False) -> tuple[int, int]:
    """The number after this one. The first is 0.0; a promotion begins the next major."""
    if current is None:
        return (0, 0)
    major, minor = current
    return (major + 1, 0) if is_major else (major, minor + 1)


def with_panel(wire: str, head: str) -> str:
    """An entity's JSON with the panel it stands on."""
    return f'{wire[:-1]},"panel":{head}}}'


def assemble(head: str, fragments: Iterable[Fragment]) -> bytes:
    """The whole version: the panel's head, then its entities, greenest first, then by name."""
    by_kind: dict[str, list[Fragment]] = {kind: [] for kind in LISTS}
    for fragment in fragments:
        by_kind[fragment.kind].append(fragment)
    lists = []
    for kind, name in LISTS.items():
        ordered = sorted(by_kind[kind], key=lambda each: each.sort_key)
        lists.append(f'"{name}":[{",".join(each.wire for each in ordered)}]')
    return f"{head[:-1]},{','.join(lists)}}}".encode()


def render(content: bytes) -> Rendered:
    """Digest, size and gzip of a version. Level 1: a gene is added to a panel of thousands in a moment."""
    packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    return Rendered(hashlib.sha256(content).hexdigest(), len(content), packer.compress(content) + packer.flush())


def diff(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[EntityChange]:
    """What changed between two versions as the API gives them, field by field; everything is new to None."""
    changes = [] if old is None else list(_panel_changes(old, new))
    for kind, name in LISTS.items():
        before, after = _by_key((old or {}).get(name, ())), _by_key(new.get(name, ()))
        for key in sorted(before.keys() | after.keys()):
            changes += entity_changes(kind, before.get(key), after.get(key))
    return changes


def _panel_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[EntityChange]:
    for name in _PANEL_FIELDS:
        if old.get(name) != new.get(name) and name in old:
            yield EntityChange("panel_changed", field=name, before=_text(old.get(name)), after=_text(new.get(name)))


def _by_key(entities: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int], Mapping[str, Any]]:
    return {(each["entity_name"], (each.get("panel") or {}).get("id", 0)): each for each in entities}


def entity_changes(kind: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Iterable[EntityChange]:
    entity = new or old or {}
    gene = entity.get("gene_data") or {}
    about = {"entity_kind": kind, "entity_name": entity["entity_name"], "hgnc_id": gene.get("hgnc_id") or ""}
    if old is None or new is None:
        change, edge = ("entity_added", "after") if old is None else ("entity_removed", "before")
        yield EntityChange(change, field="confidence_level", **about, **{edge: str(entity["confidence_level"])})
        return
    for name in sorted((old.keys() | new.keys()) - {"panel", "entity_name", "entity_type"}):
        if old.get(name) != new.get(name):
            change = _CHANGE_OF_FIELD.get(name, "detail_changed")
            yield EntityChange(change, field=name, before=_text(old.get(name)), after=_text(new.get(name)), **about)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else encode(value)
