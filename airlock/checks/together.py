"""Files side by side: what two tables give away by subtraction, within a request and against what left before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from airlock.checks.columns import Role, count_in, is_mask, roles_of
from airlock.checks.findings import Finding, Place
from airlock.checks.notes import Notes
from airlock.checks.tables import Table

MAX_CELLS = 100_000


@dataclass(frozen=True)
class NamedTables:
    """The tables of one file; `released` where the file left with an earlier request."""

    name: str
    tables: Sequence[Table]
    released: bool = False


def is_compared(table: Table) -> bool:
    """Whether a table is small enough to be put beside others: a longer one is a list, not a table of counts."""
    return len(table.rows) * max(1, table.width) <= MAX_CELLS


Counts = dict[tuple[tuple[str, ...], str], tuple[str, int, int]]


def compare(files: Sequence[NamedTables], notes_of: dict[str, Notes]) -> dict[str, list[Finding]]:
    """Compare every two files of which one is new; findings by the name of the new file, in `notes_of`'s notes."""
    read = [(file, [_counts(table) for table in file.tables]) for file in files]
    for at, (new, new_tables) in enumerate(read):
        if new.released:
            continue
        for other, other_tables in [*read[:at], *(pair for pair in read[at + 1 :] if pair[0].released)]:
            for mine, table in zip(new_tables, new.tables, strict=True):
                for theirs in other_tables:
                    _differ(mine, theirs, table, notes_of[new.name], released=other.released)
    return {name: notes.findings() for name, notes in notes_of.items()}


def _counts(table: Table) -> Counts:
    """Every cell of people counted, by the labels of its row and the header of its column: (text, row, column)."""
    columns = roles_of(table)
    labels = [column.index for column in columns if column.role & Role.LABEL]
    found: Counts = {}
    for column in columns:
        if not column.role & Role.COUNT:
            continue
        for at, cell in enumerate(table.column(column.index)):
            key = tuple(table.rows[at][index].strip().lower() for index in labels if index < len(table.rows[at]))
            found.setdefault((key, table.title(column.index)), (cell, at, column.index))
    return found


def _differ(mine: Counts, theirs: Counts, table: Table, notes: Notes, *, released: bool) -> None:
    """A masked cell that the other table shows; or two counts of one group that differ by a few people."""
    where = "against what left before" if released else "against another file"
    for place, at, index, cell in _given_away(mine, theirs, notes.policy.threshold):
        notes.add("recoverable", Place(where, table.sheet, index + 1, (table.row_number(at),)), [f"{place}:{cell}"])


def _given_away(mine: Counts, theirs: Counts, threshold: int) -> Iterator[tuple[str, int, int, str]]:
    for (row, title), (cell, at, index) in mine.items():
        other = theirs.get((row, title))
        if other is None or not row:
            continue
        ours, before = count_in(cell), count_in(other[0])

        differ = ours is not None and before is not None and 0 < abs(ours - before) < threshold
        if differ or _shows_masked(cell, before, threshold) or _shows_masked(other[0], ours, threshold):
            yield title, at, index, cell


def _shows_masked(masked: str, shown: int | None, threshold: int) -> bool:
    return is_mask(masked) and shown is not None and 0 < shown < threshold
