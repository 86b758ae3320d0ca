"""The spreadsheet of 36 columns that panels have been exchanged in for years. Pure: the API's JSON to text and back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from panelapp.vocabularies import CHROMOSOMES, VariantType

COLUMNS = (
    "Entity Name",
    "Entity type",
    "Gene Symbol",
    "Sources(; separated)",
    "Level4",
    "Level3",
    "Level2",
    "Model_Of_Inheritance",
    "Phenotypes",
    "Omim",
    "Orphanet",
    "HPO",
    "Publications",
    "Description",
    "Flagged",
    "GEL_Status",
    "UserRatings_Green_amber_red",
    "version",
    "ready",
    "Mode of pathogenicity",
    "EnsemblId(GRch37)",
    "EnsemblId(GRch38)",
    "HGNC",
    "Position Chromosome",
    "Position GRCh37 Start",
    "Position GRCh37 End",
    "Position GRCh38 Start",
    "Position GRCh38 End",
    "STR Repeated Sequence",
    "STR Normal Repeats",
    "STR Pathogenic Repeats",
    "Region Haploinsufficiency Score",
    "Region Triplosensitivity Score",
    "Region Required Overlap Percentage",
    "Region Variant Type",
    "Region Verbose Name",
)
FEWEST_CELLS = {"gene": 15, "str": 31, "region": 35}
_LEADING = ("=", "+", "-", "@")


@dataclass(frozen=True)
class PanelWords:
    """What every line says of the panel."""

    name: str
    group: str = ""
    sub_group: str = ""
    description: str = ""
    version: str = ""
    omim: Sequence[str] = ()
    orphanet: Sequence[str] = ()
    hpo: Sequence[str] = ()


@dataclass(frozen=True)
class EntityStanding:
    """What the API does not tell of an entity: whether it is ready, and the share of green, amber and red reviews."""

    ready: bool = False
    ratings: str = ""


@dataclass(frozen=True)
class SheetLine:
    """One line that was understood. `number` is its place in the file, the header being 1."""

    number: int
    kind: str
    name: str
    symbol: str
    panel: PanelWords
    sources: list[str]
    phenotypes: list[str]
    publications: list[str]
    inheritance: str
    pathogenicity: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """Why a line was not understood."""

    number: int
    sentence: str

    def __str__(self) -> str:
        return f"Line {self.number}: {self.sentence}"


def write_sheet(
    panel: PanelWords,
    entities: Iterable[Mapping[str, Any]],
    standing: Mapping[tuple[str, str], EntityStanding],
    levels: Sequence[int] = (0, 1, 2, 3),
) -> str:
    """The header and a line for each entity of these levels, in the order given."""
    out = io.StringIO()
    writer = csv.writer(out, dialect="excel-tab", lineterminator="\n")
    writer.writerow(COLUMNS)
    for entity in entities:
        if min(int(entity["confidence_level"] or 0), 3) in levels:
            key = (entity["entity_type"], entity["entity_name"])
            writer.writerow(_cells(panel, entity, standing.get(key, EntityStanding())))
    return out.getvalue()


def _cells(panel: PanelWords, entity: Mapping[str, Any], standing: EntityStanding) -> list[str]:
    gene = entity.get("gene_data") or {}
    level = min(int(entity["confidence_level"] or 0), 3)
    cells = [
        entity["entity_name"],
        entity["entity_type"],
        gene.get("gene_symbol"),
        joined(entity.get("evidence")),
        panel.name,
        panel.sub_group,
        panel.group,
        entity.get("mode_of_inheritance"),
        joined(entity.get("phenotypes")),
        joined(panel.omim),
        joined(panel.orphanet),
        joined(panel.hpo),
        joined(entity.get("publications")),
        panel.description,
        "true" if level == 0 else "false",
        level,
        standing.ratings,
        panel.version,
        "true" if standing.ready else "false",
        entity.get("mode_of_pathogenicity"),
        ensembl_id(gene, "GRch37"),
        ensembl_id(gene, "GRch38"),
        gene.get("hgnc_id"),
        entity.get("chromosome"),
        *(entity.get("grch37_coordinates") or ("", "")),
        *(entity.get("grch38_coordinates") or ("", "")),
        entity.get("repeated_sequence"),
        entity.get("normal_repeats"),
        entity.get("pathogenic_repeats"),
        entity.get("haploinsufficiency_score"),
        entity.get("triplosensitivity_score"),
        entity.get("required_overlap_percentage"),
        entity.get("type_of_variants"),
        entity.get("verbose_name"),
    ]
    return ["" if cell is None else safe_cell(str(cell)) for cell in cells]


def safe_cell(text: str) -> str:
    """A text that a spreadsheet program does not take for a formula."""
    return f"'{text}" if text.startswith(_LEADING) and not text.lstrip("-+").replace(".", "").isdigit() else text


def _plain(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_LEADING) else text


def joined(words: Sequence[str] | None) -> str:
    """Words in one cell, without those that are empty."""
    return ";".join(word for word in words or () if word)


def ensembl_id(gene: Mapping[str, Any], assembly: str, fact: str = "ensembl_id") -> str:
    """What Ensembl's first release says of a gene on an assembly, spelt as the API has it: its id, or its location."""
    releases = (gene.get("ensembl_genes") or {}).get(assembly) or {}
    return next((str(release.get(fact) or "") for release in releases.values()), "")


def read_sheet(text: str) -> tuple[list[SheetLine], list[Problem]]:
    """The lines of a file by the place of their columns, the header being skipped; and every problem with its line."""
    lines: list[SheetLine] = []
    problems: list[Problem] = []
    for number, cells in enumerate(csv.reader(io.StringIO(text), dialect="excel-tab"), start=1):
        if number == 1 or not any(cell.strip() for cell in cells):
            continue
        try:
            lines.append(_line(number, [_plain(cell.strip()) for cell in cells]))
        except ValueError as error:
            problems.append(Problem(number, str(error)))
    return lines, problems


def _line(number: int, cells: list[str]) -> SheetLine:
    kind = cells[1].lower() if len(cells) > 1 else ""
    if kind not in FEWEST_CELLS:
        raise ValueError("the second column says gene, str or region.")
    if len(cells) < FEWEST_CELLS[kind]:
        raise ValueError(f"a {kind} needs {FEWEST_CELLS[kind]} columns; here are {len(cells)}.")
    cells += [""] * (len(COLUMNS) - len(cells))
    if not cells[4]:
        raise ValueError("the fifth column, Level4, names the panel.")
    if not (cells[0] or cells[2]):
        raise ValueError("the first column names the entity.")
    return SheetLine(
        number=number,
        kind=kind,
        name=cells[0] or cells[2],
        symbol=cells[2] or (cells[0] if kind == "gene" else ""),
        panel=PanelWords(
            cells[4], cells[6], cells[5], cells[13], "", _split(cells[9]), _split(cells[10]), _split(cells[11])
        ),
        sources=_split(cells[3]),
        phenotypes=_split(cells[8]),
        publications=_split(cells[12]),
        inheritance=cells[7],
        pathogenicity=cells[19],
        detail={} if kind == "gene" else _detail(kind, cells),
    )


def _detail(kind: str, cells: Sequence[str]) -> dict[str, Any]:
    if cells[23] not in CHROMOSOMES:
        raise ValueError("the chromosome is 1 to 22, X or Y.")
    places = dict(zip(("start_37_1based", "end_37_1based"), _ends(cells[24], cells[25], "GRCh37"), strict=True))
    start, end = _ends(cells[26], cells[27], "GRCh38")
    if start is None:
        raise ValueError("give start and end on GRCh38.")
    found: dict[str, Any] = {"chromosome": cells[23], **places, "start_38_1based": start, "end_38_1based": end}
    if kind == "str":
        repeats = {"normal_repeats": _number(cells[29]), "pathogenic_repeats": _number(cells[30])}
        return {**found, "repeated_sequence": cells[28], **repeats}
    if cells[34] not in VariantType.values:
        raise ValueError(f"the type of variants is {', '.join(VariantType.values)}.")
    return {
        **found,
        "haploinsufficiency_score": cells[31],
        "triplosensitivity_score": cells[32],
        "required_overlap_percentage": _number(cells[33]),
        "type_of_variants": cells[34],
        "verbose_name": cells[35],
    }


def _ends(start: str, end: str, assembly: str) -> tuple[int | None, int | None]:
    found = (_number(start), _number(end))
    if None in found and found != (None, None):
        raise ValueError(f"give both start and end on {assembly}, or neither.")
    if found[0] is not None and found[1] is not None and found[0] >= found[1]:
        raise ValueError(f"the end on {assembly} lies before the start.")
    return found


def _number(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal():
        raise ValueError(f"{text[:20]} is not a whole number.")
    return int(text)


def _split(text: str) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in text.split(";") if word.strip()))
