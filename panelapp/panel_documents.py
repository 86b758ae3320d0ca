"""Reads one panel as the API gives it into typed parts, and says what in it is unusual. Pure: no database.

Real panels hold words that no form offers. They are taken as they are and reported; refused is only what cannot be
kept: no id, no version, the same entity twice, a place that ends before it begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from panelapp.ratings import Source, level_of, reconciled
from panelapp.versions import LISTS, encode, instant, parse_number
from panelapp.vocabularies import EXPERT_REVIEWS, MODES_OF_INHERITANCE, MODES_OF_PATHOGENICITY, PENETRANCES, Level
from portal.kernel.refusals import InvalidInput

_GREEN_OF_OLD = 4
_KNOWN_WORDS: dict[str, Iterable[str]] = {
    "mode_of_inheritance": MODES_OF_INHERITANCE,
    "mode_of_pathogenicity": MODES_OF_PATHOGENICITY,
    "penetrance": PENETRANCES,
}
_HEAD = (
    *("id", "hash_id", "name", "disease_group", "disease_sub_group", "description", "status", "version"),
    *("version_created", "relevant_disorders", "stats", "types", "child_panel_ids"),
)
_INTEGERS = {
    "str": {"normal_repeats": "normal_repeats", "pathogenic_repeats": "pathogenic_repeats"},
    "region": {"required_overlap_percentage": "required_overlap_percentage"},
}
_TEXTS = {
    "str": ("repeated_sequence",),
    "region": ("verbose_name", "haploinsufficiency_score", "triplosensitivity_score", "type_of_variants"),
}


@dataclass(frozen=True)
class Problem:
    """Something unusual or refused, with the panel and entity that it is about."""

    panel: str
    entity: str
    text: str

    def __str__(self) -> str:
        return ", ".join(part for part in (self.panel, self.entity) if part) + f": {self.text}"


@dataclass
class ReadEntity:
    """One entity in typed parts; `row` are columns of PanelEntity, `detail` those of its typed part."""

    kind: str
    name: str
    row: dict[str, Any]
    sources: list[Source]
    detail: dict[str, Any]
    gene_data: dict[str, Any] | None
    raw: Mapping[str, Any]
    child: Mapping[str, Any] | None = None


@dataclass
class ReadPanel:
    """One panel in typed parts. `children` are the panels whose entities a super panel shows, by id."""

    number: tuple[int, int]
    created_at: datetime
    head: dict[str, Any]
    entities: list[ReadEntity]
    problems: list[Problem]
    children: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def is_super(self) -> bool:
        return bool(self.children)


def read_panel(data: Mapping[str, Any]) -> ReadPanel:
    """A panel from the API's JSON. Raises InvalidInput, with the entity, for what cannot be kept."""
    head, number, created_at = read_head(data)
    label = f"panel {head['id']} ({head['name']})"
    problems: list[Problem] = []
    entities = [
        _read_entity(kind, raw, label, problems) for kind, name in LISTS.items() for raw in data.get(name) or ()
    ]
    seen: set[tuple[str, str, int]] = set()
    for each in entities:
        key = (each.kind, each.name, (each.child or {}).get("id", 0))
        if key in seen:
            raise InvalidInput(f"{label}, {each.name}: stands on the panel twice.")
        seen.add(key)
    return ReadPanel(number, created_at, head, entities, problems, _children(data))


def read_head(data: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[int, int], datetime]:
    """Head, number and date of a version. Raises InvalidInput."""
    number = parse_number(str(data.get("version", "")))
    if not isinstance(data.get("id"), int) or number is None or not str(data.get("name", "")).strip():
        raise InvalidInput(f"panel {data.get('id')}: has no id, no name, or no version such as 2.3.")
    try:
        # Some tools put spaces into times.
        created_at = datetime.fromisoformat(str(data["version_created"]).replace(" ", "")).astimezone(UTC)
    except (KeyError, ValueError) as error:
        raise InvalidInput(f"panel {data['id']}: has no date of its version.") from error
    empty: dict[str, Any] = {
        "description": "",
        "child_panel_ids": [],
        "disease_group": "",
        "disease_sub_group": "",
        "hash_id": None,
    }
    head = {key: data.get(key, empty.get(key)) for key in _HEAD}
    head["version_created"] = instant(created_at)
    head["relevant_disorders"] = [word for word in head["relevant_disorders"] or () if word]
    return head, number, created_at


def _children(data: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """The child panels of a super panel, whole, as far as its rows show them."""
    found: dict[int, dict[str, Any]] = {}
    for name in LISTS.values():
        for raw in data.get(name) or ():
            if "panel" in raw:
                blank = {**raw["panel"], **{each: [] for each in LISTS.values()}}
                child = found.setdefault(raw["panel"]["id"], blank)
                child[name].append({key: value for key, value in raw.items() if key != "panel"})
    return found


def _read_entity(kind: str, raw: Mapping[str, Any], label: str, problems: list[Problem]) -> ReadEntity:
    name = raw.get("entity_name")
    if not isinstance(name, str) or not 0 < len(name) <= 255:
        raise InvalidInput(f"{label}: one entity has no name.")
    level = str(raw.get("confidence_level", ""))
    if level not in {"0", "1", "2", "3", "4"}:
        raise InvalidInput(f"{label}, {name}: the level {level!r} is none.")
    try:
        row = _row(raw, int(level))
        detail = _detail(kind, raw)
    except (TypeError, ValueError, KeyError) as error:
        raise InvalidInput(f"{label}, {name}: {error}.") from error
    sources = _sources(raw, int(level), row)
    for text in (*_remarks(raw), *(["its level does not follow from its sources"] if sources is None else [])):
        problems.append(Problem(label, name, text))
    plain = [Source(str(each)) for each in raw.get("evidence") or ()]
    gene_data = raw.get("gene_data")
    return ReadEntity(
        kind,
        name,
        row,
        plain if sources is None else sources,
        detail,
        dict(gene_data) if gene_data else None,
        raw,
        raw.get("panel"),
    )


def _row(raw: Mapping[str, Any], level: int) -> dict[str, Any]:
    transcript = raw.get("transcript")
    return {
        "level": level,
        # Whether a curator flagged it is not said; without a colour and without a verdict it must have been.
        "flagged": level == Level.NONE and "Expert Review Removed" not in (raw.get("evidence") or ()),
        "mode_of_inheritance": raw.get("mode_of_inheritance"),
        "mode_of_pathogenicity": raw.get("mode_of_pathogenicity"),
        "penetrance": raw.get("penetrance"),
        "publications": [str(each) for each in raw.get("publications") or ()],
        "phenotypes": [str(each) for each in raw.get("phenotypes") or ()],
        "transcripts": None if transcript is None else [str(each) for each in transcript],
        "tags": [str(each)[:100] for each in raw.get("tags") or ()],
    }


def _detail(kind: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "gene":
        return {}
    detail: dict[str, Any] = {"chromosome": str(raw["chromosome"])}
    for assembly in ("37", "38"):
        ends = raw.get(f"grch{assembly}_coordinates")
        start, end = (int(ends[0]), int(ends[1])) if ends else (None, None)
        if start is not None and end is not None and end < start:
            raise ValueError("it ends before it begins")
        detail |= {f"start_{assembly}_1based": start, f"end_{assembly}_1based": end}
    for name in _INTEGERS[kind]:
        detail[name] = None if raw.get(name) is None else int(raw[name])
    return detail | {name: raw.get(name) for name in _TEXTS[kind]}


def _sources(raw: Mapping[str, Any], level: int, row: Mapping[str, Any]) -> list[Source] | None:
    """The sources with those of curators told apart, such that the level follows; None where it cannot."""
    sources = [Source(str(each)) for each in raw.get("evidence") or ()]
    wanted = Level(min(level, Level.GREEN))
    if row["flagged"]:
        return sources if level_of(sources, flagged=True) == wanted else None
    return reconciled(sources, wanted)


def _remarks(raw: Mapping[str, Any]) -> Iterator[str]:
    if raw.get("confidence_level") == str(_GREEN_OF_OLD):
        yield "level 4 is an old word for green"
    for key, words in _KNOWN_WORDS.items():
        if raw.get(key) and raw[key] not in words:
            yield f"unknown {key.replace('_', ' ')} {raw[key]!r}"
    evidence = raw.get("evidence") or ()
    if "" in evidence:
        yield "a source without a name"
    if len(set(evidence) & set(EXPERT_REVIEWS)) > 1:
        yield "expert reviews of several levels"
    if odd := [each for each in raw.get("tags") or () if each != each.strip()]:
        yield f"tags with spaces around them: {encode(odd)}"
    if gene_data := raw.get("gene_data"):
        yield from _remarks_on_gene(gene_data)


def _remarks_on_gene(gene_data: Mapping[str, Any]) -> Iterator[str]:
    if not gene_data.get("hgnc_id"):
        yield "a gene without an HGNC id"
    if not (gene_data.get("ensembl_genes") or {}).get("GRch38"):
        yield "a gene without a place on GRCh38"
