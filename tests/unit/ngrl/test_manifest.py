"""A folder is taken by its manifest, or by what lies in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ngrl.manifest import Manifest, read_manifest
from ngrl.refusals import ReleaseRefused
from tests.factories.ngrl import release_folder


def written(folder: Path, **said: Any) -> Path:
    (folder / "manifest.json").write_text(json.dumps(said))
    return folder


def fault_of(folder: Path, **given: str) -> str:
    with pytest.raises(ReleaseRefused) as refused:
        read_manifest(folder, **given)
    return refused.value.sentence


def test_folder_without_manifest__is_taken_by_its_files(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "My-release_1")
    (folder / "notes.txt").write_text("ignored")
    found = read_manifest(folder)
    assert (found.reference, found.name, found.assembly) == ("My-release_1", "My-release_1", "")
    assert [path.name for path in found.chunks] == ["a.vcf.gz"]
    assert found.samples.name == "samples.tsv"


def test_plain_vcf__is_taken_along_so_that_it_is_refused_aloud_unless_it_has_a_compressed_twin(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "r")
    (folder / "a.vcf").touch()
    (folder / "b.vcf").touch()
    assert [path.name for path in read_manifest(folder).chunks] == ["a.vcf.gz", "b.vcf"]


def test_full_manifest__says_everything(tmp_path: Path) -> None:
    dataset = {"slug": "cancer", "name": "Cancer", "summary": "Words.", "disclosure_threshold": 10}
    folder = written(
        tmp_path, reference="v1", name="First", assembly="GRCh38", datasets=[dataset], samples="table.tsv",
        chunks=["x/b.vcf.gz", "a.vcf.gz"], genes="g.tsv",
    )  # fmt: skip
    found = read_manifest(folder)
    assert (found.reference, found.name, found.assembly) == ("v1", "First", "GRCh38")
    assert vars(found.datasets[0]) == dataset
    assert [path.relative_to(folder).as_posix() for path in found.chunks] == ["x/b.vcf.gz", "a.vcf.gz"]
    assert found.genes == folder / "g.tsv"


def test_what_the_command_says__goes_before_the_reference_of_the_manifest(tmp_path: Path) -> None:
    folder = release_folder(written(tmp_path, reference="v1"))
    assert read_manifest(folder, reference="v2").reference == "v2"


@pytest.mark.parametrize(
    ("said", "given", "reason"),
    [
        ({"reference": "no spaces"}, {}, "give a reference of up to 60 letters"),
        ({}, {"reference": "../../etc"}, "give a reference of up to 60 letters"),
        ({"assembly": "hg38"}, {}, "the assembly must be GRCh38 or GRCh37"),
        ({"assembly": "GRCh38"}, {"assembly": "GRCh37"}, "it says GRCh38, the command says GRCh37"),
        ({"asembly": "GRCh38"}, {}, "unknown key “asembly”"),
        ({"samples": "../samples.tsv"}, {}, "“samples” must name a file inside the folder"),
        ({"samples": "/etc/passwd"}, {}, "“samples” must name a file inside the folder"),
        ({"genes": 5}, {}, "“genes” must name a file inside the folder"),
        ({"chunks": []}, {}, "“chunks” must be a list of VCF files"),
        ({"chunks": "a.vcf.gz"}, {}, "“chunks” must be a list of VCF files"),
        ({"chunks": ["a.vcf.gz", "a.vcf.gz"]}, {}, "“chunks” names the same file twice"),
        ({"datasets": {"slug": "cancer"}}, {}, "“datasets” must be a list"),
        ({"datasets": [{"name": "Cancer"}]}, {}, "each dataset needs a slug"),
        ({"datasets": [{"slug": "a"}, {"slug": "a"}]}, {}, "two datasets have the same slug"),
        ({"datasets": [{"slug": "a", "disclosure_threshold": 0}]}, {}, "the disclosure_threshold of a must be"),
        ({"datasets": [{"slug": "a", "disclosure_threshold": True}]}, {}, "the disclosure_threshold of a must be"),
        ({"name": "x" * 121}, {}, "longer than 120 characters"),
        ({}, {"dataset": "Rare Disease"}, "a dataset is named with small letters"),
    ],
)
def test_manifest_that_cannot_be__is_refused(tmp_path: Path, said: Any, given: dict[str, str], reason: str) -> None:
    folder = written(release_folder(tmp_path / "r"), **said)
    told = fault_of(folder, **given)
    assert told.startswith("manifest.json")
    assert reason in told


@pytest.mark.parametrize(
    ("text", "reason"),
    [("{", "line 1: this is not JSON"), ("[]", "must be one object"), ("{\n\n]", "line 3: this is not JSON")],
)
def test_manifest_that_is_not_json__is_refused_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    assert reason in fault_of(tmp_path)


def test_folder_that_is_absent_or_has_no_vcf__is_refused(tmp_path: Path) -> None:
    assert fault_of(tmp_path / "nowhere") == "nowhere: there is no such folder."
    (tmp_path / "empty").mkdir()
    assert fault_of(tmp_path / "empty") == "empty: the folder holds no VCF (*.vcf.gz) or BCF (*.bcf)."


def test_description__changes_with_anything_that_is_said(tmp_path: Path) -> None:
    folder = release_folder(tmp_path / "r")
    said: list[Manifest] = [read_manifest(folder), read_manifest(folder, assembly="GRCh38")]
    written(folder, datasets=[{"slug": "cancer", "disclosure_threshold": 7}])
    said.append(read_manifest(folder))
    assert len({each.description_sha256 for each in said}) == 3
