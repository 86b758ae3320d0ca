"""vcztools on VCF Zarr. It refuses conditions on genotypes and regular expressions, so Q2, Q5 and Q6 are not asked."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from engine import COUNTED, Subject, counted_rows
from measuring import Answer, pipe
from questions import COUNTS, INGEST, PERSON, POINT, SMALL, Asked, Asks

# Making the form takes about a microsecond for each: some two minutes
MOST_GENOTYPES: Final = 100_000_000
REFUSES: Final = (
    "vcztools is asked Q1, Q3 and Q4 alone, because it refuses conditions on genotypes and regular expressions (of Q4 "
    "it gives one person's genotypes, from which bcftools chooses); its form of a file is made by `vcf2zarr convert`, "
    "where that takes some two minutes at most."
)


def program(name: str) -> str | None:
    """Where it is: beside this Python, or on the path."""
    return shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")


def is_installed() -> bool:
    """Both what makes the form and what reads it."""
    return bool(program("vcztools") and program("vcf2zarr"))


def asks(asked: Asked) -> Asks:
    """Ingest, Q1, Q3 and Q4; the later ones need what ingest leaves behind."""
    subject = asked.subject
    if not is_installed() or subject.record_count * len(subject.names) > MOST_GENOTYPES:
        return {}
    form, listed = asked.folder / "file.vcz", ["-S", str(asked.listed)]
    found = {
        INGEST: partial(_ingest, subject, form),
        COUNTS: partial(_counts, form, listed),
        POINT: partial(_point, asked, form),
        PERSON: partial(_person, asked, form),
    }
    if asked.small:
        found[SMALL] = partial(_counts, form, [*listed, "-r", _region(subject, asked.small)])
    return found


def _region(subject: Subject, span: tuple[int, int]) -> str:
    return f"{subject.contig}:{span[0]}-{span[1]}"


def _view(form: Path, arguments: list[str]) -> list[str]:
    return [program("vcztools") or "vcztools", "view", *arguments, str(form)]


def _counts(form: Path, arguments: list[str]) -> Answer:
    tags = ["bcftools", "+fill-tags", "-Ou", "--", "-t", "AC,AN,AC_Hom"]
    return counted_rows(pipe([_view(form, arguments), tags, ["bcftools", "query", "-f", COUNTED]]))


def _point(asked: Asked, form: Path) -> Answer:
    position = int(asked.single[0])
    place = ["-S", str(asked.listed), "-r", _region(asked.subject, (position, position))]
    return [(row[0], *row[3:5]) for row in _counts(form, place) if row[:3] == asked.single[:3]]


def _person(asked: Asked, form: Path) -> Answer:
    subject = asked.subject
    split = [["bcftools", "norm", "-m", "-any", "-Ou"]] if subject.has_multi_allelic else []
    chosen = ["bcftools", "query", "-i", 'GT="alt"', "-f", "%POS\\t%REF\\t%ALT\\n"]
    text = pipe([_view(form, ["-s", subject.names[asked.person]]), *split, chosen])
    rows = [tuple(line.split("\t")) for line in text.splitlines()]
    return sorted(row for row in rows if row[2].isalpha())


def _ingest(subject: Subject, form: Path) -> Answer:
    """The form made anew by one process; the allele counts are taken from it."""
    command = [program("vcf2zarr") or "vcf2zarr", "convert", "--no-progress", "--force", str(subject.path), str(form)]
    subprocess.run(command, check=True, capture_output=True)
    opened: Any = importlib.import_module("zarr").open(str(form), mode="r")
    position, alleles, calls = opened["variant_position"][:], opened["variant_allele"][:], opened["call_genotype"]
    step = calls.chunks[0]
    counts = []
    for start in range(0, calls.shape[0], step):
        piece = calls[start : start + step]
        counts.append(np.stack([(piece == number).sum(axis=(1, 2)) for number in range(1, alleles.shape[1])], axis=1))
    return [
        (str(at), str(named[0]), str(alt), str(count))
        for at, named, row in zip(position, alleles, np.concatenate(counts), strict=True)
        for alt, count in zip(named[1:], row, strict=True)
        if str(alt).isalpha()
    ]
