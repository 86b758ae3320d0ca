"""Reads the sample table of a release: who is in which column, and what is known of them. Pure: no database.

Tab-separated, with a header. Column `sample` is required; participant, sex, ancestry, family, family_role, mother,
father, affected, dataset and kind are known; others are ignored with a note. In a somatic callset a person may have two
lines: a tumour and the normal that it is compared with. Every fault is reported at once, by line and
column, and never with the value: it could name a person.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

from ngrl.refusals import Fault, ReleaseRefused

COLUMNS = (
    "sample", "participant", "sex", "ancestry", "family", "family_role", "mother", "father", "affected", "dataset",
    "kind",
)  # fmt: skip
NOTHING = {"", ".", "na", "n/a", "unknown", "not known"}
_SEX = {"female": "female", "f": "female", "2": "female", "male": "male", "m": "male", "1": "male", "0": "unknown"}
_AFFECTED = {"yes": True, "true": True, "affected": True, "no": False, "false": False, "unaffected": False}
_ROLES = ("proband", "mother", "father", "sibling", "other", "singleton")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
_LONGEST = 200


@dataclass(frozen=True)
class SampleRow:
    """One line of the table. Ids are the source's own: they are compared, digested and forgotten."""

    line: int
    sample: str
    participant: str
    sex: str
    ancestry: str
    family: str
    family_role: str
    mother: str
    father: str
    affected: bool | None
    dataset: str
    kind: str = "germline"


@dataclass(frozen=True)
class SampleTable:
    """The whole table by sample name, remarks for the operator, and the digest of the file."""

    file: str
    rows: dict[str, SampleRow]
    notes: tuple[str, ...]
    sha256: str


class _BadValue(Exception):
    """Why one value cannot be taken."""


def read_sample_table(
    path: Path, *, default_dataset: str = "", key: str = "sample", is_somatic: bool = False
) -> SampleTable:
    """Read and judge the table. Raises ReleaseRefused with every fault.

    With the key "participant" it is a table of people, who need have no sample.
    """
    defaults = {"dataset": default_dataset, "kind": "" if is_somatic else "germline"}
    text, digest = _text(path)
    lines = (line.rstrip("\r").split("\t") for line in text.split("\n"))
    header = [name.strip().lower() for name in next(lines, [])]
    needed = [key, "kind"] if is_somatic else [key]
    _check_header(path.name, header, default_dataset, needed)
    faults: list[Fault] = []
    rows: list[SampleRow] = []
    for number, values in enumerate(lines, start=2):
        if not any(value.strip() for value in values):
            continue
        if len(values) != len(header):
            reason = f"the line has {len(values)} columns; the header has {len(header)}."
            faults.append(Fault(path.name, number, reason))
            continue
        cells = dict(zip(header, values, strict=True))
        # In a table of people a column of that name speaks of something else
        told = {"sample": cells[key], **cells, "kind": cells.get("kind", "") if key == "sample" else ""}
        row = _row(path.name, number, told, defaults, faults)
        rows.append(row)
    faults += _together(path.name, rows)
    if not rows and not faults:
        faults.append(Fault(path.name, None, "the table has no samples."))
    if faults:
        raise ReleaseRefused(*sorted(faults, key=lambda fault: fault.line or 0))
    by_sample = {row.sample: row for row in rows}
    return SampleTable(path.name, by_sample, tuple(_notes(path.name, header, rows)), digest)


def _text(path: Path) -> tuple[str, str]:
    try:
        raw = path.read_bytes()
        return raw.decode("utf-8-sig"), hashlib.sha256(raw).hexdigest()
    except FileNotFoundError as error:
        reason = "the sample table is missing. It is a tab-separated file with the columns sample, sex, dataset, …"
        raise ReleaseRefused(Fault(path.name, None, reason)) from error
    except OSError as error:
        raise ReleaseRefused(Fault(path.name, None, f"the file cannot be read ({error.strerror}).")) from error
    except UnicodeDecodeError as error:
        raise ReleaseRefused(Fault(path.name, None, "the file is not text in UTF-8.")) from error


def _check_header(file: str, header: list[str], default_dataset: str, needed: list[str]) -> None:
    for name in needed:
        if name in header:
            continue
        reason = f"the first line must be a header, split by tabs, with the column {name}. Known: {', '.join(COLUMNS)}."
        raise ReleaseRefused(Fault(file, 1, reason))
    if "dataset" not in header and not default_dataset:
        raise ReleaseRefused(Fault(file, 1, "there is no column dataset. Add it, or name one for all with --dataset."))
    if doubled := [name for name in COLUMNS if header.count(name) > 1]:
        raise ReleaseRefused(Fault(file, 1, f"the column {doubled[0]} stands there twice."))


def _row(file: str, line: int, values: dict[str, str], defaults: Mapping[str, str], faults: list[Fault]) -> SampleRow:
    """One line; what is wrong with it is added to `faults`, with the column's name."""

    def value(column: str, read: Callable[[str], str] = str) -> str:
        text = values.get(column, "").strip()
        try:
            if len(text) > _LONGEST or any(ord(character) < 32 for character in text):
                raise _BadValue(f"write at most {_LONGEST} characters, none of them a control character.")
            return read(text)
        except _BadValue as error:
            faults.append(Fault(file, line, f"column {column}: {error}"))
            return ""

    sample = value("sample", _required)
    family = _id(value("family"))
    return SampleRow(
        line=line,
        sample=sample,
        participant=_id(value("participant")) or sample,
        sex=value("sex", _sex),
        ancestry=value("ancestry", _ancestry),
        family=family,
        family_role=value("family_role", _family_role) or ("other" if family else "singleton"),
        mother=_parent(value("mother")),
        father=_parent(value("father")),
        affected=_AFFECTED.get(value("affected", _affected)),
        dataset=value("dataset", partial(_dataset, default=defaults["dataset"])),
        kind=value("kind", partial(_kind, default=defaults["kind"])),
    )


def _required(text: str) -> str:
    if not text:
        raise _BadValue("it is empty. Each line needs the name of a sample.")
    return text


def _id(text: str) -> str:
    return "" if text.lower() in NOTHING else text


def _parent(text: str) -> str:
    return "" if text == "0" else _id(text)


def _sex(text: str) -> str:
    if text.lower() in NOTHING:
        return "unknown"
    if text.lower() not in _SEX:
        raise _BadValue("write female, male or unknown.")
    return _SEX[text.lower()]


def _affected(text: str) -> str:
    if text.lower() in NOTHING:
        return ""
    if text.lower() not in _AFFECTED:
        raise _BadValue("write yes, no or unknown.")
    return text.lower()


def _family_role(text: str) -> str:
    if text.lower() in NOTHING:
        return ""
    if text.lower() not in _ROLES:
        raise _BadValue(f"write one of {', '.join(_ROLES)}.")
    return text.lower()


def _ancestry(text: str) -> str:
    if len(text) > 20:
        raise _BadValue("write at most 20 characters.")
    return _id(text)


def _dataset(text: str, default: str) -> str:
    if not text and not default:
        raise _BadValue("it is empty. Fill it, or name one for all with --dataset.")
    if text and not _SLUG.fullmatch(text):
        raise _BadValue("write small letters, digits, - and _, such as rare-disease.")
    return text or default


def _kind(text: str, *, default: str) -> str:
    kind = _id(text).lower()
    if default:
        if kind in ("tumour", "normal"):
            raise _BadValue("tumours and their normals are in somatic callsets alone. Is this one (--callset somatic)?")
        return default
    if kind not in ("tumour", "normal"):
        raise _BadValue("write tumour or normal.")
    return kind


def _together(file: str, rows: list[SampleRow]) -> Iterator[Fault]:
    """Faults that only show when the lines are seen together."""
    yield from _doubled(file, rows, "sample", "the same sample as in line {}.")
    counted = [row for row in rows if row.kind != "normal"]
    normals = [row for row in rows if row.kind == "normal"]
    yield from _doubled(file, counted, "participant", "the same person as in line {}; a release has each once.")
    yield from _doubled(file, normals, "participant", "a person has one normal, and another is in line {}.")
    yield from _normals(file, normals, {row.participant: row for row in counted})
    by_person = {row.participant: row for row in rows}
    for row in rows:
        for column, wrong_sex in (("mother", "male"), ("father", "female")):
            parent = by_person.get(getattr(row, column))
            if parent is row:
                yield Fault(file, row.line, f"column {column}: nobody is their own {column}.")
            elif parent and parent.sex == wrong_sex:
                yield Fault(file, row.line, f"column {column}: the person in line {parent.line} is {wrong_sex}.")
    yield from _own_ancestors(file, rows, by_person)


def _normals(file: str, normals: list[SampleRow], tumours: Mapping[str, SampleRow]) -> Iterator[Fault]:
    """A normal stands beside a tumour, and both lines say the same of the person."""
    of_the_line = {"line", "sample", "kind"}
    for row in normals:
        tumour = tumours.get(row.participant)
        if tumour is None:
            yield Fault(file, row.line, "column participant: a normal stands beside a tumour of the same person.")
            continue
        for column in fields(row):
            if column.name not in of_the_line and getattr(row, column.name) != getattr(tumour, column.name):
                reason = f"column {column.name}: line {tumour.line} says otherwise of the same person."
                yield Fault(file, row.line, reason)


def _doubled(file: str, rows: list[SampleRow], column: str, reason: str) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for row in rows:
        name = getattr(row, column)
        if name and name in first:
            yield Fault(file, row.line, f"column {column}: {reason.format(first[name])}")
        first.setdefault(name, row.line)


def _own_ancestors(file: str, rows: list[SampleRow], by_person: dict[str, SampleRow]) -> Iterator[Fault]:
    """People who descend from themselves: found by taking away, again and again, those whose parents are settled."""
    parents = {
        row.participant: {name for name in (row.mother, row.father) if name in by_person and name != row.participant}
        for row in rows
    }
    unsettled = set(parents)
    while settled := {name for name in unsettled if not parents[name] & unsettled}:
        unsettled -= settled
    lines = sorted(by_person[name].line for name in unsettled)
    if lines:
        yield Fault(file, lines[0], "columns mother and father: these people would be their own ancestors.")


def _notes(file: str, header: list[str], rows: list[SampleRow]) -> Iterator[str]:
    unknown = [name for name in header if name not in COLUMNS]
    if unknown:
        yield f"{file}: {len(unknown)} unknown column(s) ignored: number {', '.join(_numbers(header, unknown))}."
    people = {row.participant for row in rows}
    absent = sum(1 for row in rows if {row.mother, row.father} - people - {""})
    if absent:
        yield f"{file}: {absent:,} people have a parent who is not in the table; they are loaded without that parent."


def _numbers(header: list[str], names: list[str]) -> list[str]:
    return [str(number) for number, name in enumerate(header, start=1) if name in names]
