"""Reads a release's data dictionary: which tables there are, what each column means, and in which file it lies. Pure.

`dictionary.json` lies beside the data; docs/bring-your-own-clinical-tables.md describes it. A dictionary kept as a
spreadsheet is read too: `dictionary.tsv`, one line a column.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ngrl.refusals import Fault, ReleaseRefused

DICTIONARY_JSON, DICTIONARY_TSV = "dictionary.json", "dictionary.tsv"
TYPES = ("code", "text", "integer", "number", "date", "boolean")
MEANINGS = ("", "age", "phenotype", "diagnosis", "stage", "event_date")
# How codes of a system are written; a system that is not here is taken as it comes.
SYSTEMS = {
    "HPO": re.compile(r"HP:\d{7}"),
    "ICD-10": re.compile(r"[A-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?"),
    "OMIM": re.compile(r"(OMIM:)?\d{6}"),
    "Orphanet": re.compile(r"ORPHA:\d{1,7}"),
    "SNOMED CT": re.compile(r"\d{6,18}"),
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_KEYS = {"dataset", "people", "code_lists", "tables", "title"}
_LONGEST = {"title": 120, "unit": 40, "source": 200, "first_release": 60, "last_release": 60, "group": 60}


@dataclass(frozen=True)
class ColumnSpec:
    """One column as it is declared. `label_column` names the column with the words for this one's codes."""

    name: str
    title: str = ""
    type: str = "text"
    unit: str = ""
    description: str = ""
    code_list: str = ""
    code_system: str = ""
    label_column: str = ""
    required: bool = False
    meaning: str = ""
    first_release: str = ""
    last_release: str = ""
    notes: str = ""


@dataclass(frozen=True)
class TableSpec:
    """One table. `participant_column` holds the source's ids; a row whose `presence_column` is no says that what it
    names is absent. `broken_cells` says what a spreadsheet's error, such as #REF!, does: refuse, or report."""

    name: str
    file: str
    columns: tuple[ColumnSpec, ...]
    title: str = ""
    description: str = ""
    group: str = ""
    source: str = ""
    first_release: str = ""
    last_release: str = ""
    notes: str = ""
    participant_column: str = "participant"
    presence_column: str = ""
    broken_cells: str = "refuse"

    def column(self, name: str) -> ColumnSpec | None:
        """The column of this name, if there is one."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True)
class Dictionary:
    """The whole dictionary; `people` names the file that says who the people are, if there is one."""

    folder: Path
    dataset: str
    people: str
    code_lists: Mapping[str, Mapping[str, str]]
    tables: tuple[TableSpec, ...]
    sha256: str

    @property
    def files(self) -> list[str]:
        """Names of all files that are read, in order."""
        return [*([self.people] if self.people else []), *(table.file for table in self.tables)]


def read_dictionary(folder: Path) -> Dictionary:
    """The dictionary of a folder. Raises ReleaseRefused with what is wrong."""
    path = folder / DICTIONARY_JSON
    if not path.exists() and (folder / DICTIONARY_TSV).exists():
        path = folder / DICTIONARY_TSV
    try:
        raw = path.read_bytes()
        said = json.loads(raw) if path.suffix == ".json" else _from_lines(raw.decode("utf-8-sig"))
    except FileNotFoundError as error:
        reason = f"there is no {DICTIONARY_JSON} and no {DICTIONARY_TSV}: nothing says what the tables mean."
        raise ReleaseRefused(Fault(folder.name, None, reason)) from error
    except json.JSONDecodeError as error:
        raise ReleaseRefused(Fault(path.name, error.lineno, f"this is not JSON: {error.msg}.")) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseRefused(Fault(path.name, None, "the file cannot be read as text in UTF-8.")) from error
    return _dictionary(folder, path.name, said, hashlib.sha256(raw).hexdigest())


def _dictionary(folder: Path, file: str, said: Any, sha256: str) -> Dictionary:
    reasons: list[str] = []
    if not isinstance(said, dict) or not isinstance(said.get("tables"), list) or not said["tables"]:
        raise ReleaseRefused(Fault(file, None, "it must be one object with a list “tables”."))
    if surplus := sorted(set(said) - _KEYS):
        reasons.append(f"unknown key “{surplus[0][:40]}”. Known are {', '.join(sorted(_KEYS))}.")
    lists = said.get("code_lists") or {}
    if not isinstance(lists, dict) or not all(isinstance(each, dict) for each in lists.values()):
        raise ReleaseRefused(Fault(file, None, "“code_lists” must be objects that give each code its words."))
    code_lists = {str(name): {str(code): str(words) for code, words in codes.items()} for name, codes in lists.items()}
    tables = tuple(_table(entry, code_lists, reasons) for entry in said["tables"])
    if len({table.name for table in tables}) < len(tables):
        reasons.append("two tables have the same name.")
    dictionary = Dictionary(
        folder, str(said.get("dataset") or ""), str(said.get("people") or ""), code_lists, tables, sha256
    )
    reasons += [
        f"“{name[:60]}” must be a file inside the folder, and is not there."
        for name in dictionary.files
        if not name or Path(name).is_absolute() or ".." in Path(name).parts or not (folder / name).is_file()
    ]
    if reasons:
        raise ReleaseRefused(*(Fault(file, None, reason) for reason in reasons))
    return dictionary


def _table(entry: Any, code_lists: Mapping[str, Any], reasons: list[str]) -> TableSpec:
    columns = entry.pop("columns", None) if isinstance(entry, dict) else None
    known = {field.name for field in fields(TableSpec)}
    if not isinstance(columns, list) or not columns or not set(entry) <= known or not entry.get("file"):
        name = str(entry.get("name", ""))[:60] if isinstance(entry, dict) else ""
        reasons.append(f"table {name or '(without name)'}: it needs name, file and columns, and no unknown key.")
        return TableSpec("", "", ())
    read = tuple(_column(str(entry.get("name")), column, code_lists, reasons) for column in columns)
    table = TableSpec(columns=read, **{"name": "", **{key: str(value) for key, value in entry.items()}})
    if not _NAME.fullmatch(table.name):
        reasons.append("a table is named with small letters, digits and _, such as hospital_episodes.")
    if len({column.name for column in read}) < len(read):
        reasons.append(f"table {table.name}: two columns have the same name.")
    presence = table.column(table.presence_column) if table.presence_column else None
    if table.presence_column and (presence is None or presence.type != "boolean"):
        reasons.append(f"table {table.name}: presence_column must name a column of type boolean.")
    if table.broken_cells not in {"refuse", "report"}:
        reasons.append(f"table {table.name}: broken_cells is refuse or report.")
    labels = {column.label_column for column in read} - {column.name for column in read} - {""}
    if labels:
        reasons.append(f"table {table.name}: label_column must name a column of the table.")
    _check_lengths(f"table {table.name}", table, reasons)
    return table


def _column(table: str, entry: Any, code_lists: Mapping[str, Any], reasons: list[str]) -> ColumnSpec:
    known = {field.name for field in fields(ColumnSpec)}
    if not isinstance(entry, dict) or not set(entry) <= known or not _NAME.fullmatch(str(entry.get("name", ""))):
        reasons.append(f"table {table}: each column needs a name of small letters, digits and _, and no unknown key.")
        return ColumnSpec("")
    values = {key: str(value) for key, value in entry.items() if key != "required"}
    column = ColumnSpec(required=entry.get("required") in (True, "yes"), **values)
    where = f"table {table}, column {column.name}"
    if column.type not in TYPES:
        reasons.append(f"{where}: the type is one of {', '.join(TYPES)}.")
    if column.meaning not in MEANINGS:
        reasons.append(f"{where}: the meaning is one of {', '.join(MEANINGS[1:])}, or nothing.")
    if column.code_list and column.code_list not in code_lists:
        reasons.append(f"{where}: there is no such code list.")
    _check_lengths(where, column, reasons)
    return column


def _check_lengths(where: str, spec: TableSpec | ColumnSpec, reasons: list[str]) -> None:
    for name, most in _LONGEST.items():
        if len(getattr(spec, name, "")) > most:
            reasons.append(f"{where}: {name} has more than {most} characters.")


def _from_lines(text: str) -> dict[str, Any]:
    """The same object from lines of table, file, column and the keys of a column; codes are "code=words|code=words"."""
    tables: dict[str, dict[str, Any]] = {}
    lists: dict[str, dict[str, str]] = {}
    keys = {field.name for field in fields(ColumnSpec)} - {"name"}
    of_table = ("file", "participant_column", "presence_column", "broken_cells", "group")
    dataset = people = ""
    for row in csv.DictReader(text.splitlines(), delimiter="\t"):
        cells = {str(name): (value or "").strip() for name, value in row.items() if name}
        name, dataset, people = cells.get("table", ""), cells.get("dataset") or dataset, cells.get("people") or people
        table = tables.setdefault(name, {"name": name, "columns": []})
        table |= {key: cells[key] for key in of_table if cells.get(key)}
        for key in ("title", "description"):
            if cells.get(f"table_{key}"):
                table[key] = cells[f"table_{key}"]
        column = {"name": cells.get("column", "")} | {key: cells[key] for key in keys if cells.get(key)}
        if cells.get("codes"):
            column["code_list"] = f"{name}.{column['name']}"
            lists[column["code_list"]] = dict(_pair(each) for each in cells["codes"].split("|"))
        table["columns"].append(column)
    return {"dataset": dataset, "people": people, "code_lists": lists, "tables": list(tables.values())}


def _pair(text: str) -> tuple[str, str]:
    code, _, words = text.partition("=")
    return code.strip(), (words or code).strip()
