"""What a folder offers to be loaded: by its `manifest.json`, or by the VCFs and the sample table that lie in it.

docs/bring-your-own-vcfs.md describes both. Pure: no database.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict, Unpack

from ngrl.assemblies import CONTIG_LENGTHS
from ngrl.bcf import ENDING as BCF
from ngrl.buckets import SCHEME, BucketFile
from ngrl.refusals import Fault, ReleaseRefused
from portal.kernel.disclosure import DEFAULT_THRESHOLD

MANIFEST = "manifest.json"
SAMPLES = "samples.tsv"
CALLSETS = ("germline", "somatic")
_KEYS = {"callset", "reference", "name", "assembly", "datasets", "samples", "chunks", "genes", "sequence"}
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_LONGEST_ADDRESS = 900
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")


@dataclass(frozen=True)
class DatasetEntry:
    """A dataset as the manifest describes it."""

    slug: str
    name: str
    summary: str
    disclosure_threshold: int


@dataclass(frozen=True)
class Manifest:
    """A release as it is to be loaded. `assembly` is empty where only the headers of the files can tell."""

    folder: Path
    reference: str
    name: str
    assembly: str
    datasets: tuple[DatasetEntry, ...]
    default_dataset: str
    samples: Path
    chunks: tuple[Path | BucketFile, ...]
    genes: Path | None
    sequence: Path | None = None
    callset: str = "germline"

    @property
    def is_somatic(self) -> bool:
        """Whether the files hold tumours."""
        return self.callset == "somatic"

    @property
    def description_sha256(self) -> str:
        """Of everything that was said about the release, without the content of its files."""
        said = [self.reference, self.name, self.assembly, self.default_dataset, [vars(each) for each in self.datasets]]
        said += [self.callset] if self.is_somatic else []  # germline releases keep the digest that they have
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class Given(TypedDict, total=False):
    """What is said beside a manifest; nothing where it is empty."""

    reference: str
    assembly: str
    callset: str
    dataset: str
    sequence: Path | None


def read_manifest(folder: Path, **given: Unpack[Given]) -> Manifest:
    """The manifest of a folder; what is given beside it goes before what it says. Raises ReleaseRefused."""
    if not folder.is_dir():
        raise ReleaseRefused(Fault(folder.name, None, "there is no such folder."))
    said = _said(folder)
    dataset = given.get("dataset", "")
    reference = given.get("reference") or str(said.get("reference") or folder.resolve().name)
    if not _REFERENCE.fullmatch(reference):
        raise _fault("give a reference of up to 60 letters, digits, - and _, such as v2026-09 (--reference).")
    if dataset and not _SLUG.fullmatch(dataset):
        raise _fault("a dataset is named with small letters, digits, - and _, such as rare-disease.")
    manifest = Manifest(
        folder=folder,
        reference=reference,
        name=str(said.get("name") or reference),
        assembly=_assembly(said.get("assembly"), given.get("assembly", "")),
        datasets=_datasets(said.get("datasets", [])),
        default_dataset=dataset,
        samples=_inside(folder, said.get("samples", SAMPLES), "samples"),
        chunks=_chunks(folder, said),
        genes=_optional(folder, said, "genes"),
        sequence=given.get("sequence") or _optional(folder, said, "sequence"),
        callset=_callset(said.get("callset"), given.get("callset", "")),
    )
    if len(manifest.name) > 120:
        raise _fault("the name of the release is longer than 120 characters.")
    return manifest


def _fault(reason: str, line: int | None = None) -> ReleaseRefused:
    return ReleaseRefused(Fault(MANIFEST, line, reason))


def _said(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.exists():
        return {}
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise _fault(f"this is not JSON: {error.msg}, column {error.colno}.", error.lineno) from error
    except (OSError, UnicodeDecodeError) as error:
        raise _fault("the file cannot be read as text in UTF-8.") from error
    if not isinstance(said, dict):
        raise _fault("the manifest must be one object: {…}.")
    if surplus := sorted(set(said) - _KEYS):
        raise _fault(f"unknown key “{surplus[0][:40]}”. Known are {', '.join(sorted(_KEYS))}.")
    return said


def _assembly(said: Any, given: str) -> str:
    if said and given and said != given:
        raise _fault(f"it says {str(said)[:20]}, the command says {given}. Which is it?")
    assembly = given or said or ""
    if assembly and assembly not in CONTIG_LENGTHS:
        raise _fault("the assembly must be GRCh38 or GRCh37.")
    return str(assembly)


def _callset(said: Any, given: str) -> str:
    if said and given and said != given:
        raise _fault(f"its callset is {str(said)[:20]}, the command says {given}. Which is it?")
    callset = given or said or CALLSETS[0]
    if callset not in CALLSETS:
        raise _fault(f"the callset is {' or '.join(CALLSETS)}.")
    return str(callset)


def _datasets(said: Any) -> tuple[DatasetEntry, ...]:
    if not isinstance(said, list) or not all(isinstance(entry, dict) for entry in said):
        raise _fault("“datasets” must be a list of objects with slug and name.")
    entries = tuple(_dataset(entry) for entry in said)
    if len({entry.slug for entry in entries}) < len(entries):
        raise _fault("two datasets have the same slug.")
    return entries


def _dataset(entry: dict[str, Any]) -> DatasetEntry:
    slug, threshold = entry.get("slug"), entry.get("disclosure_threshold", DEFAULT_THRESHOLD)
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
        raise _fault("each dataset needs a slug of small letters, digits, - and _, such as rare-disease.")
    if not isinstance(threshold, int) or isinstance(threshold, bool) or not 1 <= threshold <= 1000:
        raise _fault(f"the disclosure_threshold of {slug} must be a whole number from 1 to 1000.")
    return DatasetEntry(slug, str(entry.get("name") or slug)[:120], str(entry.get("summary") or ""), threshold)


def _chunks(folder: Path, said: dict[str, Any]) -> tuple[Path | BucketFile, ...]:
    if "chunks" in said:
        if not isinstance(said["chunks"], list) or not said["chunks"]:
            raise _fault("“chunks” must be a list of VCF files.")
        chunks = [_chunk(folder, entry) for entry in said["chunks"]]
        if len(set(chunks)) < len(chunks):
            raise _fault("“chunks” names the same file twice.")
        return tuple(chunks)
    found = [path for path in folder.iterdir() if path.is_file() and _is_chunk(path)]
    if not found:
        raise ReleaseRefused(Fault(folder.name, None, "the folder holds no VCF (*.vcf.gz) or BCF (*.bcf)."))
    return tuple(sorted(found))


def _chunk(folder: Path, entry: Any) -> Path | BucketFile:
    """A file of the folder, or of a bucket."""
    if isinstance(entry, str) and entry.startswith(SCHEME):
        bucket, _, key = entry.removeprefix(SCHEME).partition("/")
        if not bucket or not key or key.endswith("/") or len(entry) > _LONGEST_ADDRESS:
            raise _fault("a file in a bucket is named as s3://bucket/key, in up to 900 characters.")
        return BucketFile(entry)
    return _inside(folder, entry, "chunks")


def _is_chunk(path: Path) -> bool:
    """VCFs and BCFs, also plain VCFs that have no compressed twin: these are refused with a word on what to do."""
    if path.name.endswith((".vcf.gz", ".vcf.bgz", BCF)):
        return True
    return path.name.endswith(".vcf") and not path.with_name(path.name + ".gz").exists()


def _optional(folder: Path, said: dict[str, Any], key: str) -> Path | None:
    return _inside(folder, said[key], key) if said.get(key) else None


def _inside(folder: Path, entry: Any, key: str) -> Path:
    """The path of a file of the folder; a manifest does not reach out of its folder."""
    if not isinstance(entry, str) or not entry or Path(entry).is_absolute() or ".." in Path(entry).parts:
        raise _fault(f"“{key}” must name a file inside the folder.")
    return folder / entry
