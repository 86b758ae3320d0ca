"""A wide spreadsheet with one line a person, such as a biobank's extract: types are read from the cells themselves.

Columns that name people beside the one that is the participant's id are left out, as are columns without any value.
Line numbers stay those of the source, so that what is reported of a cell is found there.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from ngrl.clinical_rows import BROKEN, NOTHING
from ngrl.conversions.folder import ClinicalFolder, Converted, refused

_PARTICIPANT = ("participant", "participant_id", "subject id", "individual id", "eid")
_IDENTIFIERS = re.compile(
    r"(sample|subject|accession|identifier|nhs|name|postcode|address|phone|mail|birth date)|\b(e?id)\b", re.IGNORECASE
)
_MOST_CODES = 200


def convert_sheet(source: Path, target: Path, dataset: str) -> Converted:
    """A TSV or CSV (perhaps gzipped) into one table, with the spoilt cells reported. Raises ReleaseRefused."""
    header = next(_lines(source), [])
    lowered = [name.strip().lower() for name in header]
    key = next((lowered.index(name) for name in _PARTICIPANT if name in lowered), None)
    if key is None:
        raise refused(source, f"no column names the participants. Call one of them {_PARTICIPANT[0]}.", 1)
    kept = [place for place, name in enumerate(lowered) if place != key and not _IDENTIFIERS.search(name)]
    described = _describe(source, header, kept)
    places = [place for place, column in zip(kept, described, strict=True) if column]
    columns = [column for column in described if column]
    with ClinicalFolder(target, dataset) as folder:
        folder.declare("sheet", columns, title="Extract", source=source.name, broken_cells="report")
        for line, cells in enumerate(_lines(source), start=1):
            if line > 1:
                if len(cells) != len(header):
                    raise refused(source, f"the row has {len(cells)} cells; the header has {len(header)}.", line)
                folder.add("sheet", cells[key].strip(), (cells[place] for place in places))
        left_out = len(header) - 1 - len(places)
        return folder.done(f"{left_out} columns that name people or are empty were left out.")


def _lines(source: Path) -> Iterator[list[str]]:
    opener: Any = gzip.open if source.suffix == ".gz" else open
    is_csv = source.name.removesuffix(".gz").endswith(".csv")
    try:
        file: TextIO
        with opener(source, "rt", encoding="utf-8-sig", newline="") as file:
            if is_csv:
                yield from csv.reader(file)
            else:
                yield from csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
    except (OSError, UnicodeDecodeError, EOFError, csv.Error) as error:
        raise refused(source, "the file cannot be read as a table in UTF-8.") from error


def _describe(source: Path, header: Sequence[str], kept: Sequence[int]) -> list[dict[str, Any] | None]:
    """A column of the dictionary for each that is kept; None for one without any value."""
    values: list[set[str] | None] = [set() for _ in kept]
    is_number, has_value = [True] * len(kept), [False] * len(kept)
    for number, cells in enumerate(_lines(source)):
        if not number or len(cells) != len(header):
            continue
        for column, place in enumerate(kept):
            text = cells[place].strip()
            if text.lower() in NOTHING or text in BROKEN:
                # A column of nothing but spoilt cells stays, so that they are reported.
                has_value[column] |= text in BROKEN
                continue
            has_value[column] = True
            is_number[column] = is_number[column] and _is_number(text)
            seen = values[column]
            if seen is not None:
                seen.add(text)
                values[column] = seen if len(seen) <= _MOST_CODES and len(text) <= 60 else None
    names = _names([header[place] for place in kept])
    return [
        {"name": name, "title": header[place].strip()[:120], "type": _type(numeric, seen)} if full else None
        for name, place, numeric, seen, full in zip(names, kept, is_number, values, has_value, strict=True)
    ]


def _type(is_number: bool, values: set[str] | None) -> str:
    if is_number and values != set():
        return "number"
    return "code" if values else "text"


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < float("inf")
    except ValueError:
        return False


def _names(titles: Sequence[str]) -> list[str]:
    """Names as the dictionary wants them, all different."""
    names: list[str] = []
    for title in titles:
        name = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:50] or "column"
        name = name if name[0].isalpha() else f"c_{name}"
        number = 1 + sum(1 for each in names if each == name or each.startswith(f"{name}_n"))
        names.append(name if number == 1 else f"{name}_n{number}")
    return names
