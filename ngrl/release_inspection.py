"""Judges the files of a release together: the same samples everywhere, one assembly, no overlap. Pure: no database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path

from ngrl.buckets import BucketFile
from ngrl.genome_table import GenomeTables
from ngrl.manifest import Manifest
from ngrl.refusals import Fault, ReleaseRefused
from ngrl.sample_table import SampleRow, SampleTable
from ngrl.sequences import ReferenceSequence
from ngrl.vcf_header import FIXED_COLUMNS
from ngrl.vcf_inspection import InspectedFile, Stretch, etag_of, inspect_header, inspect_vcf
from panelapp.contigs import CONTIGS

Progress = Callable[[str], None]
_LINES_NAMED = 10


@dataclass(frozen=True)
class InspectedSequence:
    """What a release keeps of its reference sequence."""

    path: Path
    etag: str
    sha256: str


@dataclass(frozen=True)
class InspectedRelease:
    """Everything that is needed to write a release down. `people` are in the order of the files' columns."""

    assembly: str
    files: tuple[InspectedFile, ...]
    people: tuple[SampleRow, ...]
    content_sha256: str
    sequence: InspectedSequence | None = None

    @property
    def sample_names(self) -> tuple[str, ...]:
        """In the order of the columns; to be digested and forgotten."""
        return self.files[0].sample_names

    @property
    def stretches(self) -> list[tuple[InspectedFile, Stretch]]:
        """One entry for each contig of each file, in the order of the genome."""
        found = [(file, stretch) for file in self.files for stretch in file.stretches]
        return sorted(found, key=lambda each: (CONTIGS.index(each[1].contig), each[1].start_1based))

    @property
    def record_count(self) -> int:
        """Records in all files."""
        return sum(stretch.record_count for file in self.files for stretch in file.stretches)


def state_sha256(manifest: Manifest, table: SampleTable, genomes: GenomeTables) -> str:
    """Of where the folder lies, what is said about it, and size and time of each file: cheap to ask again."""
    parts = [str(manifest.folder.resolve()), manifest.description_sha256, table.sha256, *genomes.digests]
    others = [path for path in (manifest.genes, manifest.sequence) if path]
    for path in (*manifest.chunks, *others):
        parts.append(f"{path.name} {_state_of(path)}")
    return _digest(parts)


def _state_of(file: Path | BucketFile) -> str:
    if isinstance(file, BucketFile):
        return f"{file.address} {file.state}"
    return etag_of(file) if file.is_file() else ""


def inspect_release(
    manifest: Manifest, table: SampleTable, genomes: GenomeTables, progress: Progress
) -> InspectedRelease:
    """Read every file. Raises ReleaseRefused with the faults of all files, then with those between them."""
    assembly = manifest.assembly or _assembly_of(manifest.folder, manifest.chunks)
    sequence = ReferenceSequence(manifest.sequence, assembly) if manifest.sequence else None
    inspect = partial(inspect_vcf, assembly=assembly, sequence=sequence, alleles_once=manifest.is_somatic)
    files = _inspect_files(manifest.chunks, inspect, progress)
    _check_same_samples(files)
    _check_no_overlap(files)
    if not any(file.stretches for file in files):
        raise ReleaseRefused(Fault(manifest.folder.name, None, "the files hold no variants."))
    people = _matched(table, files[0])
    content = sorted(file.content_sha256 for file in files)
    parts = [manifest.description_sha256, table.sha256, *genomes.digests, *content]
    kept = None
    if sequence is not None:
        kept = InspectedSequence(sequence.path, etag_of(sequence.path), sequence.sha256())
        parts.append(kept.sha256)
    return InspectedRelease(assembly, tuple(files), people, _digest(parts), kept)


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _inspect_files(
    paths: Sequence[Path | BucketFile], inspect: Callable[[Path], InspectedFile], progress: Progress
) -> list[InspectedFile]:
    files: list[InspectedFile] = []
    faults: list[Fault] = []
    for number, path in enumerate(paths, start=1):
        try:
            file = _inspect(path, inspect)
        except ReleaseRefused as refusal:
            faults += refusal.faults
            continue
        files.append(file)
        records = sum(stretch.record_count for stretch in file.stretches)
        progress(f"Read {path.name}: {records:,} variants (file {number} of {len(paths)}).")
    if faults:
        raise ReleaseRefused(*faults)
    return files


def _inspect(file: Path | BucketFile, inspect: Callable[[Path], InspectedFile]) -> InspectedFile:
    if isinstance(file, Path):
        return inspect(file)
    with file.fetched() as (path, state, index_address):
        found = inspect(path)
    if file.state != state:
        raise ReleaseRefused(Fault(file.name, None, "the file changed while it was read. Load it when it is complete."))
    return replace(found, etag=state, address=file.address, index_address=index_address)


def _assembly_of(folder: Path, files: Sequence[Path | BucketFile]) -> str:
    """The one assembly that the lengths of contigs in the headers leave possible; of files on this machine."""
    paths = [file for file in files if isinstance(file, Path)]
    possible = {assembly for path in paths for assembly in inspect_header(path).fitting_assemblies}
    if len(possible) == 1:
        return possible.pop()
    told = "name both assemblies" if possible else "do not say how long their contigs are"
    reason = f"the headers {told}. Say which assembly: --assembly GRCh38 or GRCh37."
    raise ReleaseRefused(Fault(folder.name, None, reason))


def _check_same_samples(files: Sequence[InspectedFile]) -> None:
    first = files[0]
    faults: list[Fault] = []
    for file in files[1:]:
        if file.sample_names == first.sample_names:
            continue
        mine, theirs = file.sample_names, first.sample_names
        if len(mine) != len(theirs):
            reason = f"it has {len(mine):,} samples; {first.path.name} has {len(theirs):,}."
        else:
            place = next(number for number, pair in enumerate(zip(mine, theirs, strict=True)) if pair[0] != pair[1])
            same = "the same samples in another order" if set(mine) == set(theirs) else "other samples"
            reason = f"it has {same} than {first.path.name}, from column {place + len(FIXED_COLUMNS) + 1:,} on."
        faults.append(Fault(file.path.name, file.header.line_count, reason))
    if faults:
        raise ReleaseRefused(*faults)


def _check_no_overlap(files: Sequence[InspectedFile]) -> None:
    found = [(stretch, file) for file in files for stretch in file.stretches]
    ordered = sorted(found, key=lambda each: (each[0].contig, each[0].start_1based))
    faults = [
        Fault(
            file.path.name,
            None,
            f"it overlaps with {before_file.path.name} on {stretch.contig} from {stretch.start_1based:,} to "
            f"{min(before.end_1based, stretch.end_1based):,}: a variant would be counted twice.",
        )
        for (before, before_file), (stretch, file) in pairwise(ordered)
        if before.contig == stretch.contig and stretch.start_1based <= before.end_1based
    ]
    if faults:
        raise ReleaseRefused(*faults)


def _matched(table: SampleTable, file: InspectedFile) -> tuple[SampleRow, ...]:
    """The rows of the table in the order of the columns. Samples are told by line and column, never by name."""
    known = set(file.sample_names)
    surplus = [row.line for row in table.rows.values() if row.sample not in known]
    first = len(FIXED_COLUMNS) + 1
    missing = [column for column, name in enumerate(file.sample_names, start=first) if name not in table.rows]
    faults: list[Fault] = []
    if surplus:
        reason = f"{len(surplus):,} sample(s) are in no VCF: {_numbers('line', surplus)}."
        faults.append(Fault(table.file, surplus[0], reason))
    if missing:
        reason = f"{len(missing):,} sample(s) are not in {table.file}: {_numbers('column', missing)} of the header."
        faults.append(Fault(file.path.name, file.header.line_count, reason))
    if faults:
        raise ReleaseRefused(*faults)
    return tuple(table.rows[name] for name in file.sample_names)


def _numbers(noun: str, numbers: Sequence[int]) -> str:
    named = ", ".join(str(number) for number in numbers[:_LINES_NAMED])
    return f"{noun} {named}" + (" and more" if len(numbers) > _LINES_NAMED else "")
