"""What a column of a table is about, told by header and cells: people counted, percentages, labels, persons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Flag, auto
from functools import lru_cache

from airlock.checks.tables import Table, is_number
from airlock.checks.vocabulary import NOT_PEOPLE, PEOPLE_COUNTED, SHARES

_WORDS = re.compile(r"[A-Za-z]+|\d+|%")
_TOTAL_LABELS = re.compile(r"\W*(?:grand |sub ?)?(?:total|all|overall|sum|everyone|any|both(?: sexes)?)\b.{0,20}", re.I)
_PERSON_HEADERS = re.compile(
    r"(?:participant|person|patient|subject|proband|individual|sample|plate|family|member|donor|pseudonym|nhs|"
    r"hospital|record|eid|iid|fid|case)[_\s-]*(?:id|ids|key|number|no|ref|reference|identifier|name|code)?|"
    r"iid|fid|eid|nhs|nhs[_\s-]?(?:number|no)|dob|date[_\s-]of[_\s-]\w+|lp[_\s-]?id|mrn|name|surname|forename|"
    r"first[_\s-]?name|last[_\s-]?name|postcode|address|e-?mail|pseudonyms?|dna[_\s-]?id|barcode",
    re.I,
)
_PLURAL_OR_NUMERIC = re.compile(r"(?:n_|num|count|total|mean)", re.I)
MASK = re.compile(
    r"\s*(?:(?:<|≤|<=|&lt;|fewer than|less than|under|up to)\s*(\d+)|\*+|\[c\]|masked|redacted|suppressed|hidden|"
    r"not shown|\[redacted\]|\[low\])\s*",
    re.I,
)
_COUNT_CELL = re.compile(
    r"\s*(?:n\s*=\s*)?(\d{1,3}(?:[, ]\d{3})+|\d+)(?:\.0+)?\s*"
    r"(?:[(\[]\s*<?\s*\d+(?:\.\d+)?\s*%?\s*[)\]]|/\s*[\d,]+)?\s*",
    re.I,
)
_PERCENT_CELL = re.compile(r"\s*(?:\d[\d, ]*\s*\(\s*)?(\d+(?:\.\d+)?)\s*%\s*\)?\s*")
_EMPTY = re.compile(r"\s*(?:na|nan|n/a|none|null|[-–—:.]*)\s*", re.I)
NUMBER_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4}


class Role(Flag):
    """What a column holds; a column can be several things."""

    NONE = 0
    COUNT = auto()
    PERCENT = auto()
    TOTAL = auto()
    LABEL = auto()
    PERSON = auto()
    EXEMPT = auto()  # numbers, but not of people


@dataclass(frozen=True)
class Column:
    """One column: its place (from 0) and what it holds."""

    index: int
    role: Role


@lru_cache(maxsize=4096)
def words_of(header: str) -> frozenset[str]:
    """The words of a header: "nCases_female" is n, cases, female."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    return frozenset(word.lower() for word in _WORDS.findall(split))


def is_person_header(header: str) -> bool:
    """Whether a header names people one by one, such as "participant_id", not how many there are."""
    return _PERSON_HEADERS.fullmatch(header.strip()) is not None and not _PLURAL_OR_NUMERIC.match(header.strip())


def count_in(cell: str) -> int | None:
    """The number of people a cell tells: 12 in "12", "1,204", "12 (3.4%)", "12/400", "four"; None for anything else."""
    match = _COUNT_CELL.fullmatch(cell)
    if match:
        return int(match[1].replace(",", "").replace(" ", ""))
    return NUMBER_WORDS.get(cell.strip().lower())


def percent_in(cell: str) -> float | None:
    """The percentage that a cell tells with its sign: 3.4 in "3.4%" and "12 (3.4%)"."""
    match = _PERCENT_CELL.fullmatch(cell)
    return float(match[1]) if match else None


def is_mask(cell: str) -> bool:
    """Whether a number stands masked here: "<5", "fewer than 5", "*", "suppressed"."""
    return MASK.fullmatch(cell) is not None


def mask_limit(cell: str) -> int | None:
    """The k of "<k" or "≤k" as "fewer than k"; None where a mask names no number."""
    match = MASK.fullmatch(cell)
    if match is None or match[1] is None:
        return None
    return int(match[1]) + (1 if cell.strip().startswith(("≤", "<=", "up to")) else 0)


def is_total_label(cell: str) -> bool:
    """Whether a row or column label speaks of all."""
    return _TOTAL_LABELS.fullmatch(cell.strip()) is not None


def roles_of(table: Table) -> list[Column]:
    """What each column of a table holds."""
    columns = [Column(at, _role(table, at)) for at in range(table.width)]
    if _is_crosstab(table, columns):
        columns = [
            Column(column.index, column.role | Role.COUNT if _counts(table.column(column.index)) else column.role)
            if not column.role & (Role.LABEL | Role.EXEMPT | Role.PERCENT)
            else column
            for column in columns
        ]
    return columns


def _role(table: Table, index: int) -> Role:
    cells = table.column(index)
    words = words_of(table.header[index]) if index < len(table.header) else frozenset()
    role = Role.NONE
    if is_total_label(table.title(index)):
        role |= Role.TOTAL
    if is_person_header(table.title(index)):
        role |= Role.PERSON
    if words & SHARES or _mostly(cells, lambda cell: cell.strip().endswith("%")):
        return role | Role.PERCENT
    masked = any(mask_limit(cell) is not None for cell in cells)
    people = bool(words & PEOPLE_COUNTED) or role & Role.TOTAL
    if words & NOT_PEOPLE and not (masked or _speaks_of_people(words)):
        return role | (Role.EXEMPT if _mostly(cells, is_number) else Role.LABEL)
    if (people and _counts(cells)) or (masked and not words & NOT_PEOPLE):
        return role | Role.COUNT
    if not _mostly(cells, lambda cell: is_number(cell) or is_mask(cell)):
        return role | Role.LABEL
    return role


def _speaks_of_people(words: frozenset[str]) -> bool:
    """ "n_hom_carriers" counts people, "n_variants" and "allele_count" do not."""
    return bool(
        words & {"people", "persons", "participants", "patients", "carriers", "cases", "controls", "individuals"}
    )


def _counts(cells: list[str]) -> bool:
    """Whether cells are whole numbers from 0, masks or blanks, with at least one number or mask."""
    filled = [cell for cell in cells if not _EMPTY.fullmatch(cell)]
    good = sum(1 for cell in filled if count_in(cell) is not None or is_mask(cell))
    return bool(filled) and good >= 0.8 * len(filled)


def _mostly(cells: list[str], test: object) -> bool:
    assert callable(test)
    filled = [cell for cell in cells[:5000] if cell.strip()]
    return bool(filled) and sum(1 for cell in filled if test(cell)) * 2 > len(filled)


def _is_crosstab(table: Table, columns: list[Column]) -> bool:
    """Whether plain whole numbers under category names are counts: labels first, nothing measured."""
    plain = [c for c in columns if not c.role & (Role.LABEL | Role.PERCENT | Role.EXEMPT | Role.PERSON)]
    labelled = bool(columns) and bool(columns[0].role & Role.LABEL)
    if any(c.role & Role.PERSON for c in columns) or not plain or len(table.rows) > 2000:
        return False
    whole = [c for c in plain if _counts(table.column(c.index))]
    return labelled and len(whole) == len(plain)
