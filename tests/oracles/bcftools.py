"""Counts and carriers by Debian's bcftools: alleles split, samples subset, tags filled from the genotypes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from research_env.engine import canonical_contig


class Counted(NamedTuple):
    """What we compare for one allele; ``missing`` are people without any called allele."""

    position_1based: int
    ref: str
    alt: str
    allele_count: int
    allele_number: int
    het: int
    hom: int
    hemi: int
    missing: int


class Carrier(NamedTuple):
    """One person with one allele, the values as numbers or None."""

    position_1based: int
    ref: str
    alt: str
    sample: str
    genotype_quality: int | None = None
    depth: int | None = None
    alt_depth: int | None = None


def require_bcftools() -> None:
    """Skip the test where bcftools is not installed, or fail it where LECTERN_REQUIRE asks for bcftools."""
    if shutil.which("bcftools"):
        return
    reason = "bcftools is not installed (Debian: apt install bcftools)"
    if "bcftools" in os.environ.get("LECTERN_REQUIRE", "").split(","):
        pytest.fail(reason)
    pytest.skip(reason)


def count(
    path: Path, samples: Sequence[str], *, region: str | None = None, scratch: Path, sequence: Path | None = None
) -> list[Counted]:
    """Counts of the named samples for each allele spelled in bases, in file order; ``region`` as the file spells it.

    With a FASTA file alleles are left-aligned, and a region is one of the positions that they have then.
    """
    query = "%POS\\t%REF\\t%ALT\\t%AC\\t%AN\\t%AC_Het\\t%AC_Hom\\t%AC_Hemi\\t%NS\\n"
    text = _pipe(
        [
            *_split_and_subset(path, samples, (region, sequence), scratch),
            ["bcftools", "+fill-tags", "-Ou", "--", "-t", "AC,AN,AC_Het,AC_Hom,AC_Hemi,NS"],
            ["bcftools", "query", "-f", query],
        ]
    )
    rows = []
    for line in text.splitlines():
        position, ref, alt, *numbers = line.split("\t")
        ac, an, het, hom, hemi, present = (0 if each == "." else int(each) for each in numbers)
        # AC_Hom counts alleles, two for each person
        rows.append(
            Counted(int(position), ref.upper(), alt.upper(), ac, an, het, hom // 2, hemi, len(samples) - present)
        )
    return [row for row in rows if row.alt.isalpha()]


def carry(
    path: Path, samples: Sequence[str], *, region: str | None = None, scratch: Path, fields: Sequence[str] = ()
) -> list[Carrier]:
    """Carriers among the named samples, in file order; with GQ, DP and the allele's AD when ``fields`` names them."""
    listed = "".join(f"\\t%{field}" for field in fields)
    text = _pipe(
        [
            *_split_and_subset(path, samples, (region, None), scratch),
            # "alt" leaves out half calls such as 1/., which "mis" has; "|" is for each sample, "||" for the site
            [
                "bcftools",
                "query",
                "-i",
                'GT="alt" | GT="mis"',
                "-f",
                f"[%POS\\t%REF\\t%ALT\\t%SAMPLE\\t%GT{listed}\\n]",
            ],
        ]
    )
    found = []
    for line in text.splitlines():
        position, ref, alt, sample, genotype, *values = line.split("\t")
        if "1" in genotype and alt.isalpha():
            numbers = [_number(value.split(",")[-1]) for value in values]
            found.append(Carrier(int(position), ref.upper(), alt.upper(), sample, *numbers))
    return found


def select(path: Path, condition: str) -> list[str]:
    """Alleles in bases for which a condition of bcftools holds, as contig-position-ref-alt, in file order."""
    text = _pipe(
        [
            ["bcftools", "norm", "-m", "-any", "-Ou", str(path)],
            ["bcftools", "query", "-i", condition, "-f", "%CHROM\\t%POS\\t%REF\\t%ALT\\n"],
        ]
    )
    rows = [line.split("\t") for line in text.splitlines()]
    return [
        f"{canonical_contig(contig)}-{position}-{ref.upper()}-{alt.upper()}"
        for contig, position, ref, alt in rows
        if alt.isalpha()
    ]


def _number(text: str) -> int | None:
    return None if text == "." else int(text)


def normalise(path: Path, sequence: Path, out: Path) -> Path:
    """The file with alleles split and left-aligned, plain."""
    out.write_text(_pipe([["bcftools", "norm", "-m", "-any", "-f", str(sequence), str(path)]]))
    return out


def _split_and_subset(
    path: Path, samples: Sequence[str], asked: tuple[str | None, Path | None], scratch: Path
) -> list[list[str]]:
    region, sequence = asked
    listed = scratch / "samples.txt"
    listed.write_text("".join(f"{name}\n" for name in samples))
    # --regions-overlap 0 is POS in the region
    if sequence is not None:
        inside = ["-t", region, "--targets-overlap", "0"] if region else []
        return [
            ["bcftools", "norm", "-m", "-any", "-Ou", "-f", str(sequence), str(path)],
            ["bcftools", "view", "-Ou", *inside, "-S", str(listed)],
        ]
    where = ["-r", region, "--regions-overlap", "0"] if region else []
    return [
        ["bcftools", "view", "-Ou", *where, str(path)],
        ["bcftools", "norm", "-m", "-any", "-Ou"],
        ["bcftools", "view", "-Ou", "-S", str(listed)],
    ]


def _pipe(commands: Iterable[Sequence[str]]) -> str:
    running: list[subprocess.Popen[bytes]] = []
    for command in commands:
        source = running[-1].stdout if running else subprocess.DEVNULL
        running.append(subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        if len(running) > 1:
            earlier = running[-2].stdout
            assert earlier is not None
            earlier.close()
    text, _ = running[-1].communicate()
    for process, command in zip(running, commands, strict=True):
        assert process.stderr is not None
        complaint = process.stderr.read().decode() if not process.stderr.closed else ""
        process.stderr.close()
        assert process.wait() == 0, (command, complaint)
    return text.decode()
