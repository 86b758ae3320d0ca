"""Invented specimens and genomes of the demo's people: a germline genome each, tumours beside some, plausible quality.

Of some dozen people a small VCF of their own lies in the folder; no file is named that is not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ngrl.demo.genotypes import Called
from ngrl.demo.people import CANCER, Families
from ngrl.demo.vcf_writer import GenotypeWriter, write_vcf
from ngrl.genome_table import FILE_COLUMNS, FILES, GENOME_COLUMNS, GENOMES

_MOST_TUMOURS, _MOST_OMICS, _PAIRS_WITH_FILES = 60, 40, 6
_RECORDS_IN_A_FILE = 60
_INDICATIONS = {"rare-disease": ("R29", "R59", "R185"), "cancer": ("M1", "M3", "M9"), "covid-19": ("R15",)}
Line = dict[str, str]


def write_genomes(
    folder: Path,
    families: Families,
    records: Sequence[Called],
    *,
    names: Sequence[str],
    ids: Sequence[str],
    seed: int,
) -> None:
    """Write genomes.tsv, genome_files.tsv and the files that it lists. `names` and `ids` are by place of the person."""
    rng = np.random.default_rng([seed, 75])
    people = families.people
    dataset_of = {person.family: person.dataset for person in reversed(people)}
    lines: list[Line] = []
    pairs: list[tuple[int, Line, Line]] = []
    for place, person in enumerate(people):
        choices = _INDICATIONS[dataset_of[person.family]]
        indication = choices[person.family % len(choices)]
        said = {"participant": ids[place], "referral": f"REF{person.family:05d}", "indication": indication}
        germline = {**said, **_germline(place, rng), "sample": names[place]}
        lines.append(germline)
        if person.dataset == CANCER and person.affected and len(pairs) < _MOST_TUMOURS:
            tumour = {**said, **_tumour(place, rng), "normal": germline["specimen"]}
            lines.append(tumour)
            pairs.append((place, germline, tumour))
        elif place % 7 == 0 and place // 7 < _MOST_OMICS:
            lines.append({"specimen": f"SO{place:06d}", "participant": ids[place], "kind": "omics", "material": "rna"})
    _write(folder / GENOMES, GENOME_COLUMNS, [lines[place] for place in rng.permutation(len(lines))])
    _write(folder / FILES, FILE_COLUMNS, _files(folder, records, pairs[:_PAIRS_WITH_FILES], names))


def _germline(place: int, rng: np.random.Generator) -> Line:
    coverage = float(rng.normal(37, 4))
    return {
        "specimen": f"SG{place:06d}",
        "kind": "germline",
        "material": "dna",
        "tissue": "blood" if rng.random() < 0.9 else "saliva",
        **_quality(coverage, float(rng.exponential(0.004)), rng),
    }


def _tumour(place: int, rng: np.random.Generator) -> Line:
    return {
        "specimen": f"ST{place:06d}",
        "kind": "tumour",
        "material": "dna",
        "tissue": "frozen" if rng.random() < 0.7 else "fixed",
        **_quality(float(rng.normal(98, 12)), float(rng.exponential(0.008)), rng),
    }


def _quality(coverage: float, contamination: float, rng: np.random.Generator) -> Line:
    day = np.datetime64("2025-01-06") + np.timedelta64(int(rng.integers(0, 500)), "D")
    share = 1 - min(0.3, float(rng.exponential(0.012)) + max(0.0, (30 - coverage) * 0.01))
    return {
        "assembly": "GRCh38",
        "delivered_on": str(day),
        "delivery_version": "V4" if rng.random() < 0.8 else "V3",
        "mean_coverage": f"{max(15.0, coverage):.2f}",
        "share_15x": f"{share:.4f}",
        "contamination": f"{min(contamination, 0.2):.5f}",
        "sex_check": "fits" if rng.random() < 0.985 else "unclear",
    }


def _files(
    folder: Path, records: Sequence[Called], pairs: Sequence[tuple[int, Line, Line]], names: Sequence[str]
) -> list[Line]:
    """Small VCFs of both genomes of the first pairs: the person's own calls in the first genes of the release."""
    lines: list[Line] = []
    (folder / "genomes").mkdir(exist_ok=True)
    for number, (place, germline, tumour) in enumerate(pairs, start=1):
        writer = GenotypeWriter(np.array([False]), np.random.default_rng(number))
        own = [Called(each.site, each.alleles[:, [place]]) for each in records[:_RECORDS_IN_A_FILE]]
        for genome in (germline, tumour):
            path = f"genomes/pair-{number:02d}-{genome['kind']}.vcf.gz"
            write_vcf(folder / path, own, [names[place]], writer)
            content = (folder / path).read_bytes()
            lines.append(
                {
                    "specimen": genome["specimen"],
                    "kind": "vcf",
                    "path": path,
                    "index": f"{path}.tbi",
                    "size": str(len(content)),
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
            )
    return lines


def _write(path: Path, columns: Sequence[str], lines: Sequence[Mapping[str, str]]) -> None:
    rows = ["\t".join(line.get(column, "") for column in columns) for line in lines]
    path.write_text("\n".join(["\t".join(columns), *rows]) + "\n", encoding="utf-8")
