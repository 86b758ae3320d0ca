"""The folder that a converter writes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from ngrl.refusals import Fault, ReleaseRefused

_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T.*)?")


@dataclass(frozen=True)
class Converted:
    """What was written: people and rows by table, and remarks."""

    folder: Path
    people: int
    rows: Mapping[str, int]
    notes: tuple[str, ...] = ()


@dataclass
class ClinicalFolder:
    """Writes tables row by row; the dictionary comes last, so that a folder without one was not finished."""

    path: Path
    dataset: str
    people: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    _tables: list[dict[str, Any]] = field(default_factory=list)
    _files: dict[str, TextIO] = field(default_factory=dict)
    _has_people: bool = False

    def __enter__(self) -> ClinicalFolder:
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / "dictionary.json").unlink(missing_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for file in self._files.values():
            file.close()
        if kind is None:
            said: dict[str, Any] = {"dataset": self.dataset, "tables": self._tables}
            if self._has_people:
                said["people"] = "people.tsv"
            text = json.dumps(said, indent=1, ensure_ascii=False)
            (self.path / "dictionary.json").write_text(text + "\n", encoding="utf-8")

    def declare(self, name: str, columns: Sequence[Mapping[str, Any]], **told: str) -> None:
        """A table that rows will be added to."""
        self._tables.append({"name": name, "file": f"{name}.tsv", **told, "columns": list(columns)})
        self.rows[name] = 0
        self._open(name, ["participant", *(str(column["name"]) for column in columns)])

    def add(self, name: str, participant: str, values: Iterable[object]) -> None:
        """One row of a declared table."""
        self._files[name].write("\t".join([participant, *(cell(value) for value in values)]) + "\n")
        self.rows[name] += 1

    def declare_people(self, *columns: str) -> None:
        """The table of people, with columns beside participant and dataset."""
        self._has_people = True
        self._open("people", ["participant", "dataset", *columns])

    def add_person(self, participant: str, *values: object) -> None:
        """One person."""
        self._files["people"].write(
            "\t".join([cell(participant), self.dataset, *(cell(each) for each in values)]) + "\n"
        )
        self.people += 1

    def done(self, *notes: str) -> Converted:
        """What was written so far."""
        return Converted(self.path, self.people, dict(self.rows), notes)

    def _open(self, name: str, header: Sequence[str]) -> None:
        file = (self.path / f"{name}.tsv").open("w", encoding="utf-8", newline="")
        file.write("\t".join(header) + "\n")
        self._files[name] = file


def cell(value: object) -> str:
    """A value as a cell of a TSV: tabs and line ends become spaces."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(str(value).split())


def refused(path: Path, reason: str, line: int | None = None) -> ReleaseRefused:
    """The refusal of a source file."""
    return ReleaseRefused(Fault(path.name, line, reason))


def years_of(duration: str) -> int | None:
    """Whole years of an ISO 8601 duration such as P36Y2M; None where it is none."""
    match = _DURATION.fullmatch(duration)
    if not match or not any(match.groups()):
        return None
    years, months, weeks, days = (int(part or 0) for part in match.groups())
    return years + (months * 30 + weeks * 7 + days) // 365
