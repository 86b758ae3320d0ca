"""The sample table is judged whole: every fault at once, by line and column, and never with a value."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ngrl.refusals import ReleaseRefused
from ngrl.sample_table import read_sample_table
from tests.factories.ngrl import write_samples

FULL = "sample\tparticipant\tsex\tancestry\tfamily\tfamily_role\tmother\tfather\taffected\tdataset"


def faults_of(path: Path, default_dataset: str = "") -> list[str]:
    with pytest.raises(ReleaseRefused) as refused:
        read_sample_table(path, default_dataset=default_dataset)
    assert "CANARY" not in refused.value.sentence
    return [str(fault) for fault in refused.value.faults]


def faults_of_rows(folder: Path, rows: Sequence[str], header: str = FULL) -> list[str]:
    return faults_of(write_samples(folder, rows, header=header))


def test_full_row__says_all_that_it_says(tmp_path: Path) -> None:
    rows = ["S1\tP1\tM\tEuropean\tF1\tproband\tP2\tP3\tyes\tcancer", "S2\tP2\t2\t.\tF1\tmother\t0\t0\tno\tcancer"]
    table = read_sample_table(write_samples(tmp_path, rows, header=FULL))
    child, mother = table.rows["S1"], table.rows["S2"]
    assert (child.sex, child.family_role, child.mother, child.father, child.affected) == (
        "male", "proband", "P2", "P3", True,
    )  # fmt: skip
    assert (mother.sex, mother.ancestry, mother.mother, mother.affected) == ("female", "", "", False)
    assert table.notes == (
        "samples.tsv: 1 people have a parent who is not in the table; they are loaded without that parent.",
    )


def test_short_table__needs_no_more_than_samples_and_a_dataset_for_all(tmp_path: Path) -> None:
    table = read_sample_table(write_samples(tmp_path, ["S1", "S2"], header="sample"), default_dataset="cancer")
    row = table.rows["S2"]
    assert (row.participant, row.sex, row.family_role, row.affected, row.dataset) == (
        "S2", "unknown", "singleton", None, "cancer",
    )  # fmt: skip


def test_unknown_columns__are_ignored_with_a_note_that_does_not_name_them(tmp_path: Path) -> None:
    table = read_sample_table(write_samples(tmp_path, ["S1\tx\tcancer\ty"], header="sample\tCANARY\tdataset\tnhs"))
    assert table.notes == ("samples.tsv: 2 unknown column(s) ignored: number 2, 4.",)


def test_blank_lines_byte_order_mark_and_windows_ends__do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "samples.tsv"
    path.write_bytes(b"\xef\xbb\xbfSample\tDataset\r\nS1\tcancer\r\n\r\nS2\tcancer\r\n")
    assert list(read_sample_table(path).rows) == ["S1", "S2"]


def test_every_fault__is_told_at_once_by_line_and_column(tmp_path: Path) -> None:
    rows = [
        "CANARY1\tCANARY\tmann\tEuropean\tF1\tking\t\t\tperhaps\trare disease",
        "CANARY1\tCANARY\tmale\tan ancestry of many words\t\t\t\t\t\tcancer",
        "\tP3\tmale\t\t\t\t\t\t\tcancer",
        "CANARY4\tP4\tmale",
        "CANARY5\tP5\tfemale\t\t\t\t\t\t\t",
    ]
    assert faults_of_rows(tmp_path, rows) == [
        "samples.tsv, line 2: column sex: write female, male or unknown.",
        "samples.tsv, line 2: column family_role: write one of proband, mother, father, sibling, other, singleton.",
        "samples.tsv, line 2: column affected: write yes, no or unknown.",
        "samples.tsv, line 2: column dataset: write small letters, digits, - and _, such as rare-disease.",
        "samples.tsv, line 3: column ancestry: write at most 20 characters.",
        "samples.tsv, line 3: column sample: the same sample as in line 2.",
        "samples.tsv, line 3: column participant: the same person as in line 2; a release has each once.",
        "samples.tsv, line 4: column sample: it is empty. Each line needs the name of a sample.",
        "samples.tsv, line 5: the line has 3 columns; the header has 10.",
        "samples.tsv, line 6: column dataset: it is empty. Fill it, or name one for all with --dataset.",
    ]


def test_many_faults__are_printed_up_to_twenty(tmp_path: Path) -> None:
    path = write_samples(tmp_path, [f"S{number}\twrong word" for number in range(50)], header="sample\tdataset")
    with pytest.raises(ReleaseRefused) as refused:
        read_sample_table(path, default_dataset="cancer")
    lines = refused.value.sentence.splitlines()
    assert len(lines) == 21
    assert lines[-1] == "and 30 more"


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (
            ["S1\tP1\tmale\t\t\t\tP2\t\t\tc", "S2\tP2\tmale\t\t\t\t\t\t\tc"],
            "line 2: column mother: the person in line 3 is male.",
        ),
        (
            ["S1\tP1\tmale\t\t\t\t\tP2\t\tc", "S2\tP2\tfemale\t\t\t\t\t\t\tc"],
            "line 2: column father: the person in line 3 is female.",
        ),
        (["S1\tP1\tfemale\t\t\t\tP1\t\t\tc"], "line 2: column mother: nobody is their own mother."),
        (
            ["S1\tP1\tfemale\t\t\t\tP2\t\t\tc", "S2\tP2\tfemale\t\t\t\tP1\t\t\tc", "S3\tP3\tfemale\t\t\t\t\t\t\tc"],
            "line 2: columns mother and father: these people would be their own ancestors.",
        ),
    ],
)
def test_impossible_parents__are_refused(tmp_path: Path, rows: list[str], fault: str) -> None:
    assert faults_of_rows(tmp_path, rows) == [f"samples.tsv, {fault}"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "line 1: the first line must be a header"),
        (b"S1\tcancer\n", "line 1: the first line must be a header"),
        (b"sample\tsex\nS1\tmale\n", "line 1: there is no column dataset. Add it, or name one for all with --dataset."),
        (b"sample\tdataset\tsample\n", "line 1: the column sample stands there twice."),
        (b"sample\tdataset\n", "the table has no samples."),
        ("sample\tdataset\nÄ".encode("latin-1"), "the file is not text in UTF-8."),
        (b"sample\tdataset\nS\0\tcancer\n", "line 2: column sample: write at most 200 characters"),
    ],
)
def test_table_that_is_none__is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "samples.tsv"
    path.write_bytes(content)
    assert reason in faults_of(path)[0]


def test_absent_table__is_refused_with_what_it_is(tmp_path: Path) -> None:
    assert "the sample table is missing" in faults_of(tmp_path / "samples.tsv")[0]
