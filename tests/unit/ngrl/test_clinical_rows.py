"""Cells are judged by the dictionary, by row and column, in every format, and never with their value."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ngrl.clinical_rows import MOST_FAULTS, Judgement, Row, read_batches
from ngrl.dictionary import TableSpec, read_dictionary
from ngrl.refusals import ReleaseRefused
from tests.factories.clinical import DIAGNOSES, PHENOTYPES, STAGES, write_clinical

HEADER = "participant\ticd10\twords\tstage\tage\tweight"


def spec(folder: Path, **changes: Any) -> TableSpec:
    return read_dictionary(write_clinical(folder, tables=[{**DIAGNOSES, **changes}])).tables[0]


def read(path: Path, table: TableSpec) -> tuple[list[Row], Judgement]:
    judgement = Judgement()
    return [row for batch in read_batches(path, table, {"stages": STAGES}, judgement) for row in batch], judgement


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("P1\tcancer\t\t\t\t", "column icd10: this is not written as a code of ICD-10."),
        ("P1\tC50.9\t\t5\t\t", "column stage: the code is not in the list stages."),
        ("P1\tC50.9\t\t1\tforty\t", "column age: write a whole number."),
        ("P1\tC50.9\t\t1\t40\tinf", "column weight: write a finite number."),
        ("P1\tC50.9\t\t1\t#REF!\t60", "column age: a spreadsheet left an error here."),
        ("\tC50.9\t\t1\t40\t60", "column participant: it names no person."),
        ("P1\tC50.9\t\t1\t40", "the row has 5 cells; the header has 6."),
    ],
)
def test_bad_row__names_file_line_column_and_reason_but_no_value(tmp_path: Path, row: str, reason: str) -> None:
    table = spec(tmp_path)
    (tmp_path / "diagnoses.tsv").write_text(f"{HEADER}\nP0\tC50.9\tx\t1\t40\t60.5\n{row}\n")
    rows, judgement = read(tmp_path / "diagnoses.tsv", table)
    assert [each.participant for each in rows] == ["P0"]
    assert str(judgement.faults[0]).startswith(f"diagnoses.tsv, line 3: {reason}")
    with pytest.raises(ReleaseRefused):
        judgement.refuse()


def test_broken_cells__are_reported_by_row_where_the_dictionary_says_so(tmp_path: Path) -> None:
    table = spec(tmp_path, broken_cells="report")
    (tmp_path / "diagnoses.tsv").write_text(f"{HEADER}\nP0\tC50.9\t#REF!\t1\t#REF!\t60\nP1\t#N/A\t\t\t\t\n")
    rows, judgement = read(tmp_path / "diagnoses.tsv", table)
    assert not judgement.faults
    assert judgement.broken == [(2, "words"), (2, "age"), (3, "icd10")]
    assert rows[0].values == ("C50.9", None, "1", None, 60.0)


def test_formats__give_the_same_rows(tmp_path: Path) -> None:
    table = spec(tmp_path)
    cells = ["P0", "C50.9", "of, the breast", "1", "40", "60.5"]
    (tmp_path / "a.tsv").write_text(f"{HEADER}\n" + "\t".join(cells) + "\n")
    (tmp_path / "a.csv").write_text(HEADER.replace("\t", ",") + '\nP0,C50.9,"of, the breast",1,40,60.5\n')
    (tmp_path / "a.tsv.gz").write_bytes(gzip.compress((tmp_path / "a.tsv").read_bytes()))
    columns = dict(zip(HEADER.split("\t"), [[cell] for cell in [*cells[:4], 40, 60.5]], strict=True))
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    found = [read(tmp_path / name, table)[0] for name in ("a.tsv", "a.csv", "a.tsv.gz", "a.parquet")]
    assert found[0] == found[1] == found[2] == found[3] == [Row(2, "P0", ("C50.9", "of, the breast", "1", 40, 60.5))]


def test_csv_cell_over_lines__keeps_the_line_on_which_its_row_begins(tmp_path: Path) -> None:
    table = spec(tmp_path)
    body = 'P0,C50.9,"two\nlines",1,40,60.5\nP1,C50.9,,1,x,1\n'
    (tmp_path / "a.csv").write_text(HEADER.replace("\t", ",") + "\n" + body)
    assert [fault.line for fault in read(tmp_path / "a.csv", table)[1].faults] == [4]


def test_header__must_be_the_declared_columns(tmp_path: Path) -> None:
    table = spec(tmp_path)
    (tmp_path / "a.tsv").write_text("participant\ticd10\n")
    with pytest.raises(ReleaseRefused, match="the header has no column words, stage, age, weight"):
        read(tmp_path / "a.tsv", table)
    (tmp_path / "a.tsv").write_text(f"{HEADER}\tnhs_number\n")
    with pytest.raises(ReleaseRefused, match="column number 7 is not in the dictionary"):
        read(tmp_path / "a.tsv", table)


def test_truncated_file__is_refused(tmp_path: Path) -> None:
    table = spec(tmp_path)
    whole = gzip.compress((f"{HEADER}\n" + "P0\tC50.9\tx\t1\t40\t60.5\n" * 5000).encode())
    (tmp_path / "a.tsv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ReleaseRefused, match="breaks off"):
        read(tmp_path / "a.tsv.gz", table)


def test_faults__stay_bounded(tmp_path: Path) -> None:
    table = spec(tmp_path)
    (tmp_path / "a.tsv").write_text(f"{HEADER}\n" + "P0\tnone of it\t\t\t\t\n" * (MOST_FAULTS + 7))
    judgement = read(tmp_path / "a.tsv", table)[1]
    assert (len(judgement.faults), judgement.more) == (MOST_FAULTS, 7)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": "Bad Name"}, "a table is named with small letters"),
        ({"file": "../diagnoses.tsv"}, "must be a file inside the folder"),
        ({"columns": []}, "it needs name, file and columns"),
        ({"presence_column": "stage"}, "presence_column must name a column of type boolean"),
        ({"columns": [{"name": "a", "type": "blob"}]}, "the type is one of code, text"),
        ({"columns": [{"name": "a", "code_list": "x"}]}, "there is no such code list"),
        ({"columns": [{"name": "a", "label_column": "x"}]}, "label_column must name a column"),
        ({"colour": "red"}, "no unknown key"),
    ],
)
def test_dictionary__that_is_wrong_is_refused_with_the_reason(
    tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    write_clinical(tmp_path, tables=[PHENOTYPES])
    said = json.loads((tmp_path / "dictionary.json").read_text())
    said["tables"].append({**DIAGNOSES, **change})
    (tmp_path / "diagnoses.tsv").write_text(HEADER)
    (tmp_path / "dictionary.json").write_text(json.dumps(said))
    with pytest.raises(ReleaseRefused, match=reason):
        read_dictionary(tmp_path)


def test_dictionary__as_a_spreadsheet_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "dictionary.tsv").write_text(
        "table\tfile\ttable_title\tdataset\tcolumn\ttype\tunit\tcodes\trequired\n"
        "visits\tvisits.tsv\tVisits\tcare\tward\tcode\t\ta=Ward A|b=Ward B\tyes\n"
        "visits\t\t\t\tdays\tinteger\tdays\t\t\n"
    )
    (tmp_path / "visits.tsv").write_text("participant\tward\tdays\n")
    dictionary = read_dictionary(tmp_path)
    assert (dictionary.dataset, [table.title for table in dictionary.tables]) == ("care", ["Visits"])
    ward, days = dictionary.tables[0].columns
    assert dictionary.code_lists[ward.code_list] == {"a": "Ward A", "b": "Ward B"}
    assert (ward.required, days.unit, days.type) == (True, "days", "integer")
