"""Reads an edition of the national test directory: JSON with `indications`, each with its code and targets. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.kernel.refusals import InvalidInput

_CODE = re.compile(r"[RM](\d{1,6})(?:\.\d{1,4})?[a-z]?", re.IGNORECASE)
_HGNC_ID = re.compile(r"HGNC:\d+")
_MOST_TOLD = 20


@dataclass(frozen=True)
class IndicationRow:
    """One test: its code (R67.1), what it is for, and the panels and genes that it asks for."""

    code: str
    clinical_number: int
    name: str
    test_method: str
    panel_numbers: list[int]
    hgnc_ids: list[str]
    targets: str


def read_directory(path: Path) -> tuple[str, list[IndicationRow]]:
    """The edition's name and its tests. InvalidInput names every entry that cannot be used (the first 20)."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InvalidInput(f"{path.name}: the file is not JSON ({error}).") from error
    entries = data.get("indications") if isinstance(data, Mapping) else None
    if not isinstance(entries, list) or not entries:
        raise InvalidInput(f"{path.name}: the file holds no list of indications.")
    rows: dict[str, IndicationRow] = {}
    faults: list[str] = []
    for number, entry in enumerate(entries, start=1):
        try:
            row = _row(entry)
            if row.code in rows:
                raise ValueError(f"the code {row.code} stands there twice")
            rows[row.code] = row
        except ValueError as error:
            faults.append(f"{path.name}, indication {number}: {error}.")
    if faults:
        more = [f"And {len(faults) - _MOST_TOLD} more."] if len(faults) > _MOST_TOLD else []
        raise InvalidInput("\n".join([*faults[:_MOST_TOLD], *more]))
    edition = str(data.get("td_source") or path.name)[:200]
    return edition, list(rows.values())


def _row(entry: Any) -> IndicationRow:
    if not isinstance(entry, Mapping):
        raise ValueError("it is no object")
    code, name = str(entry.get("code") or "").strip(), str(entry.get("name") or "").strip()
    match = _CODE.fullmatch(code)
    if match is None:
        raise ValueError(f"the code {code[:20]!r} is not written as R67.1")
    if not name:
        raise ValueError(f"{code} has no name")
    words = [str(word).strip() for word in entry.get("panels") or [] if word is not None]
    if wrong := [word for word in words if not (word.isascii() and word.isdigit()) and not _HGNC_ID.fullmatch(word)]:
        raise ValueError(f"{code} asks for {wrong[0][:20]!r}, which is neither a panel's number nor an HGNC id")
    return IndicationRow(
        code=code,
        clinical_number=int(match[1]),
        name=name[:300],
        test_method=str(entry.get("test_method") or "").strip()[:200],
        panel_numbers=[int(word) for word in words if word.isdigit()],
        hgnc_ids=[word for word in words if not word.isdigit()],
        targets=" ".join(str(entry.get("original_targets") or "").split()),
    )
