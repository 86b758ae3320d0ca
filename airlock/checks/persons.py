"""Rows that stand for people: told by headers, by columns that differ in every row, and by groups of one."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from airlock.checks.columns import Role, is_person_header, roles_of, words_of
from airlock.checks.findings import Place
from airlock.checks.notes import Notes
from airlock.checks.tables import Table, is_number
from airlock.checks.vocabulary import STATISTICS, THINGS, TRAITS

MIN_ROWS = 20
_NEAR_UNIQUE = 0.95
_VOCABULARY = re.compile(
    r"(?:rs\d+|HP:\d+|MONDO:\d+|ORPHA:?\d+|OMIM:?\d+|HGNC:\d+|ENS[A-Z]*\d+(?:\.\d+)?|GO:\d+|[NX][MRP]_\d+(?:\.\d+)?.*|"
    r"(?:chr)?(?:\d{1,2}|[XYM]|MT)[-_:]\d+.*|[A-Z]\d\d(?:\.\d+)?|[cpgnm]\..+|[A-Z][A-Z0-9-]{1,11}|\d{4}(?:-\d\d)?)"
)
_DATE = re.compile(r"\s*(?:\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.]\d{4})(?:[T ].*)?\s*")


def person_rows(table: Table, notes: Notes) -> None:
    """Whether the rows of one table seem to be people."""
    for index, header in enumerate(table.header):
        if is_person_header(header) and _holds_names(table, index):
            notes.add("person_rows", Place("header", table.sheet, index + 1))
    columns = roles_of(table)
    counts_people = any(column.role & Role.COUNT for column in columns)
    statistics = any(words_of(header) & STATISTICS for header in table.header)
    for column in columns:
        if _identifies(table, column.index) or (not counts_people and _dates(table, column.index)):
            notes.add("person_rows", Place("column that differs in every row", table.sheet, column.index + 1))
    if len(table.rows) in notes.policy.cohort_sizes:
        notes.add("person_rows", Place("as many rows as a cohort has people", table.sheet))
    if not counts_people and not statistics:
        _groups_of_one(table, notes)


def _holds_names(table: Table, index: int) -> bool:
    """Names of people differ; "Family" over "all, trio, duo" is a label. Few rows count as long as they differ."""
    cells = [cell.strip() for cell in table.column(index) if cell.strip()]
    title = table.title(index)
    if not cells:
        return False
    if re.search(r"(?:id|key|number|no|ref|nhs|dob|mrn|barcode|postcode|e-?mail|pseudonym)s?$|^date", title):
        return True
    shaped = sum(1 for cell in cells if any(c.isdigit() for c in cell) and not is_number(cell))
    integers = sum(1 for cell in cells if cell.isdigit())
    differ = len(set(cells)) > 0.8 * len(cells)
    return (
        differ
        and len(cells) > 1
        and max(shaped, integers if title in {"iid", "fid", "eid", "sample"} else 0) > 0.5 * len(cells)
    )


def _identifies(table: Table, index: int) -> bool:
    """A column of codes that differ in (nearly) every row, and that are no gene, variant, term, place or number."""
    cells = [cell.strip() for cell in table.column(index)]
    if len(cells) < MIN_ROWS or words_of(table.title(index)) & THINGS:
        return False
    filled = [cell for cell in cells if cell]
    if len(filled) < MIN_ROWS or len(set(filled)) <= _NEAR_UNIQUE * len(cells):
        return False
    coded = [cell for cell in filled if 4 <= len(cell) <= 40 and " " not in cell and any(c.isdigit() for c in cell)]
    if len(coded) < 0.9 * len(filled):
        return False
    if sum(1 for cell in coded if _VOCABULARY.fullmatch(cell)) > 0.5 * len(coded):
        return _is_long_code(coded)
    if all(is_number(cell) for cell in coded):
        return _are_id_numbers(coded)
    return True


def _is_long_code(cells: list[str]) -> bool:
    """Capitals and digits can be a gene (SMAD4) or a code (HG00096): codes have more digits, and equal lengths."""
    if any(
        re.match(r"(?:rs|HP:|MONDO|ORPHA|OMIM|HGNC|ENS|GO:|[NX][MRP]_|chr|\d|[cpgnm]\.)", cell) for cell in cells[:50]
    ):
        return False
    same_length = Counter(len(cell) for cell in cells).most_common(1)[0][1] > 0.8 * len(cells)
    digits = sum(1 for cell in cells if sum(c.isdigit() for c in cell) >= 4)
    return same_length and digits > 0.8 * len(cells)


def _are_id_numbers(cells: list[str]) -> bool:
    """Whole numbers of one length, five digits or more, in no steady order, are people rather than places."""
    if not all(cell.isdigit() and len(cell) >= 5 for cell in cells):
        return False
    if len({len(cell) for cell in cells}) > 1:
        return False
    values = [int(cell) for cell in cells]
    return values != sorted(values) or len({b - a for a, b in pairwise(values)}) > 1


def _dates(table: Table, index: int) -> bool:
    """A column of whole dates beside no counts: events in lives."""
    cells = [cell for cell in table.column(index) if cell.strip()]
    dates = sum(1 for cell in cells if _DATE.fullmatch(cell))
    return len(cells) >= MIN_ROWS and dates > 0.9 * len(cells) and len(set(cells)) > 0.5 * len(cells)


def _groups_of_one(table: Table, notes: Notes) -> None:
    """Traits of people in columns, no counts and no statistics: how many rows share theirs with few others?"""
    traits = [at for at, header in enumerate(table.header) if words_of(header) & TRAITS]
    if len(traits) < 2 or len(table.rows) < 3:
        return
    groups = Counter(tuple(row[at].strip() if at < len(row) else "" for at in traits) for row in table.rows)
    alone = sum(size for size in groups.values() if size < notes.policy.threshold)
    if alone > 0.01 * len(table.rows):
        notes.add("person_rows", Place("traits that only few share", table.sheet), count=alone)
