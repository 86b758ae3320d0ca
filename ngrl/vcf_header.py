"""Reads and judges the header of a VCF: contigs, annotation, genotype, columns, sample names. Pure: no database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ngrl.assemblies import ALSO_CALLED, CONTIG_LENGTHS, fitting_assemblies
from ngrl.refusals import Fault, ReleaseRefused
from panelapp.contigs import canonical_contig

FIXED_COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT")
_ANNOTATIONS = ("CSQ", "ANN", "BCSQ")
_STRUCTURED = re.compile(r"##(INFO|FORMAT|FILTER|ALT|contig)=(.*)")
_STRUCTURE = re.compile(r"<ID=([^,<>]+)(,.*)?>")
_LENGTH = re.compile(r",length=(\d+)")
_ASSEMBLY = re.compile(r',assembly="?([^,">]+)')


@dataclass
class Header:
    """What the header of one file says. `sample_names` are compared and forgotten; they are never stored or shown."""

    file: str
    sample_names: tuple[str, ...] = ()
    annotation: str = ""
    line_count: int = 0
    contig_lengths: dict[str, int] = field(default_factory=dict)
    contig_lines: dict[str, int] = field(default_factory=dict)
    assembly_words: dict[str, int] = field(default_factory=dict)

    def refuse(self, line: int | None, reason: str) -> ReleaseRefused:
        """A refusal that names this file."""
        return ReleaseRefused(Fault(self.file, line, reason))

    def check_assembly(self, assembly: str) -> None:
        """Refuse a header whose contigs have the lengths of another assembly, or which names another one."""
        for contig, length in self.contig_lengths.items():
            if contig != "chrM":
                self.check_length(contig, length, assembly)
        for word, line in self.assembly_words.items():
            if ALSO_CALLED.get(word, assembly) != assembly:
                raise self.refuse(line, f"the header says {ALSO_CALLED[word]}; the release is on {assembly}.")

    def check_length(self, contig: str, length: int, assembly: str) -> None:
        """Refuse a contig that is declared longer or shorter than it is on the assembly."""
        known = CONTIG_LENGTHS[assembly][contig]
        if length != known:
            told = f"{contig} is declared with {length:,} positions; on {assembly} it has {known:,}."
            fits = [name for name in fitting_assemblies({contig: length}) if name != assembly]
            hint = f" The file seems to be on {fits[0]}." if fits else ""
            raise self.refuse(self.contig_lines[contig], told + hint)

    @property
    def fitting_assemblies(self) -> list[str]:
        """Assemblies that agree with every declared length; empty where no length is declared."""
        return fitting_assemblies(self.contig_lengths)


def read_header(file: str, lines: Iterator[bytes]) -> Header:
    """Read up to and with the #CHROM line. Raises ReleaseRefused with the line that is wrong."""
    header = Header(file)
    for number, raw in enumerate(lines, start=1):
        line = raw.decode("utf-8", errors="replace").rstrip("\r\n")
        header.line_count = number
        if number == 1:
            _check_first_line(header, line)
        elif line.startswith("##"):
            _take_meta_line(header, number, line)
        elif line.startswith("#"):
            _take_column_line(header, number, line)
            return header
        else:
            raise header.refuse(number, "the header lacks the line that starts with #CHROM, above the first variant.")
    raise header.refuse(None, "the header has no line that starts with #CHROM.")


def _check_first_line(header: Header, line: str) -> None:
    if line.startswith("BCF\x02"):
        raise header.refuse(None, "this is BCF. Name it so, and index it: bcftools index FILE.bcf")
    if not re.fullmatch(r"##fileformat=VCFv4\.\d", line):
        raise header.refuse(1, "the first line must be ##fileformat=VCFv4.2 (or another version 4).")


def _take_meta_line(header: Header, number: int, line: str) -> None:
    if "=" not in line:
        raise header.refuse(number, "a line of the header must read ##key=value.")
    match = _STRUCTURED.fullmatch(line)
    if match is None:
        return
    structure = _STRUCTURE.fullmatch(match[2])
    if structure is None:
        raise header.refuse(number, f"a ##{match[1]} line must read ##{match[1]}=<ID=...,...>.")
    name, rest = structure[1], structure[2] or ""
    if match[1] == "contig":
        _take_contig(header, number, name, rest)
    elif match[1] == "INFO" and name in _ANNOTATIONS and not header.annotation:
        header.annotation = name


def _take_contig(header: Header, number: int, name: str, rest: str) -> None:
    if word := _ASSEMBLY.search(rest):
        header.assembly_words.setdefault(re.sub(r"[.]p?\d+$", "", word[1].strip().lower()), number)
    contig, length = canonical_contig(name), _LENGTH.search(rest)
    if contig is None or length is None:
        return
    if header.contig_lengths.get(contig, int(length[1])) != int(length[1]):
        raise header.refuse(number, f"{contig} is declared twice, with two lengths.")
    header.contig_lengths[contig] = int(length[1])
    header.contig_lines[contig] = number


def _take_column_line(header: Header, number: int, line: str) -> None:
    columns = line.split("\t")
    if tuple(columns[: len(FIXED_COLUMNS)]) != FIXED_COLUMNS:
        raise header.refuse(number, f"the columns must be {' '.join(FIXED_COLUMNS)}, then the samples, split by tabs.")
    names = columns[len(FIXED_COLUMNS) :]
    if not names:
        raise header.refuse(number, "the file has no samples. A release is made of genotypes.")
    first_column: dict[str, int] = {}
    for column, name in enumerate(names, start=len(FIXED_COLUMNS) + 1):
        if not name.strip():
            raise header.refuse(number, f"the sample in column {column:,} has no name.")
        if name in first_column:
            raise header.refuse(number, f"columns {first_column[name]:,} and {column:,} have the same sample.")
        first_column[name] = column
    header.sample_names = tuple(names)
