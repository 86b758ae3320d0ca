"""Reads a table of genes: tab-separated text, plain or gzipped, with the columns that HGNC and Ensembl give.

Required columns: hgnc_id, symbol. Optional: name, previous_symbols and alias_symbols (split by |), an Ensembl id
(ensembl_gene_id_38, ensembl_gene_id_37 or ensembl_gene_id), and places (chrom_38, start_38, end_38; the same with _37;
or chrom, start, end, which are on GRCh38). Pure: no database.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from panelapp.contigs import canonical_contig
from portal.kernel.refusals import InvalidInput

_FAULTS_SHOWN = 20
_HGNC_ID = re.compile(r"HGNC:\d+")
_PLACES = (("GRCh38", "_38"), ("GRCh37", "_37"), ("GRCh38", ""))
_LIMITS = {"symbol": 50, "name": 500, "previous_symbols": 60, "alias_symbols": 60}


@dataclass(frozen=True)
class Place:
    """A stretch of one assembly, 1-based, both ends inside."""

    assembly: str
    contig: str
    start_1based: int
    end_1based: int


@dataclass(frozen=True)
class GeneRow:
    """One gene of the table."""

    hgnc_id: str
    symbol: str
    name: str
    ensembl_id: str
    previous: tuple[str, ...]
    aliases: tuple[str, ...]
    places: tuple[Place, ...]


class GeneTableRefused(InvalidInput):
    """The table cannot be read; `faults` name file, line and reason."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        more = len(faults) - _FAULTS_SHOWN
        shown = [*faults[:_FAULTS_SHOWN], *([f"and {more:,} more"] if more > 0 else [])]
        super().__init__("\n".join(shown))


def read_gene_table(path: Path) -> list[GeneRow]:
    """All genes of a table in a file, or GeneTableRefused with every fault (the first 20 are printed)."""
    try:
        return read_gene_rows(path.name, path.read_bytes())
    except OSError as error:
        raise GeneTableRefused([f"{path.name}: the file cannot be read ({error})."]) from error


def read_gene_rows(name: str, raw: bytes) -> list[GeneRow]:
    """All genes of a table, plain or gzipped; `name` is what faults call it. GeneTableRefused."""
    faults: list[str] = []
    rows: list[GeneRow] = []
    seen: dict[str, int] = {}
    lines = _lines(name, raw)
    header = next(lines, "").split("\t")
    if missing := {"hgnc_id", "symbol"} - set(header):
        raise GeneTableRefused([f"{name}, line 1: the header lacks the column {' and '.join(sorted(missing))}."])
    for number, line in enumerate(lines, start=2):
        values = line.split("\t")
        try:
            if len(values) != len(header):
                raise ValueError(f"there are {len(values)} columns; the header has {len(header)}")
            row = _row(dict(zip(header, values, strict=True)))
            if row.hgnc_id in seen:
                raise ValueError(f"{row.hgnc_id} stands in line {seen[row.hgnc_id]} already")
        except ValueError as error:
            faults.append(f"{name}, line {number}: {error}.")
            continue
        seen[row.hgnc_id] = number
        rows.append(row)
    if not rows and not faults:
        faults.append(f"{name}: the table holds no genes.")
    if faults:
        raise GeneTableRefused(faults)
    return rows


def _lines(name: str, raw: bytes) -> Iterator[str]:
    try:
        data = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
        text = data.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise GeneTableRefused([f"{name}: the file cannot be read ({error})."]) from error
    except UnicodeDecodeError as error:
        raise GeneTableRefused([f"{name}: the file is not text in UTF-8."]) from error
    yield from (line for line in text.splitlines() if line.strip())


def _row(values: dict[str, str]) -> GeneRow:
    hgnc_id, symbol = values["hgnc_id"].strip(), values["symbol"].strip()
    if not _HGNC_ID.fullmatch(hgnc_id):
        raise ValueError("the HGNC id is not written as HGNC:1884")
    if not symbol:
        raise ValueError("the symbol is missing")
    ensembl = [values.get(f"ensembl_gene_id{suffix}", "").strip() for suffix in ("_38", "_37", "")]
    row = GeneRow(
        hgnc_id=hgnc_id,
        symbol=symbol,
        name=values.get("name", "").strip(),
        ensembl_id=next(filter(None, ensembl), ""),
        previous=_words(values.get("previous_symbols", "")),
        aliases=_words(values.get("alias_symbols", "")),
        places=_places(values),
    )
    for column, words in (("symbol", (symbol,)), ("name", (row.name,)), ("alias_symbols", row.previous + row.aliases)):
        if any(len(word) > _LIMITS[column] for word in words):
            raise ValueError(f"the column {column} holds more than {_LIMITS[column]} characters in one name")
    return row


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in text.split("|") if word.strip()))


def _places(values: dict[str, str]) -> tuple[Place, ...]:
    found: dict[str, Place] = {}
    for assembly, suffix in _PLACES:
        chrom = values.get(f"chrom{suffix}", "").strip()
        if not chrom:
            continue
        contig = canonical_contig(chrom)
        if contig is None:
            raise ValueError(f"the column chrom{suffix} holds no human chromosome")
        start, end = (_position(values.get(f"{edge}{suffix}", ""), f"{edge}{suffix}") for edge in ("start", "end"))
        if end < start:
            raise ValueError(f"the gene ends before it starts (columns start{suffix} and end{suffix})")
        found.setdefault(assembly, Place(assembly, contig, start, end))
    return tuple(found.values())


def _position(text: str, column: str) -> int:
    if not text.strip().isdecimal() or int(text) < 1:
        raise ValueError(f"the column {column} holds no position")
    return int(text)
