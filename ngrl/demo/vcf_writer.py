"""Writes joint VCFs of the demo cohort, bgzipped and indexed. The same genotypes give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pysam
from numpy.typing import NDArray

from ngrl.assemblies import CONTIG_LENGTHS
from ngrl.demo.genotypes import ABSENT, MISSING, Called
from ngrl.demo.sites import CSQ_FIELDS

_VARIETY = 24  # different depths and qualities for each genotype
_HEADER = (
    "##fileformat=VCFv4.2",
    "##source=Lectern demo: invented people, invented genotypes",
    '##FILTER=<ID=PASS,Description="All filters passed">',
    '##FILTER=<ID=LowQual,Description="Low quality">',
    '##FILTER=<ID=LowCallRate,Description="Many genotypes are missing">',
    '##INFO=<ID=AC,Number=A,Type=Integer,Description="Allele count in all samples">',
    '##INFO=<ID=AN,Number=1,Type=Integer,Description="Allele number in all samples">',
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: {csq}">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Read depth of each allele">',
)


class GenotypeWriter:
    """Turns alleles into the cells of a VCF line. Texts are made once for each kind of genotype and drawn from."""

    def __init__(self, is_phased: NDArray[np.bool_], rng: np.random.Generator) -> None:
        self._phased = is_phased.astype(np.int64) * 25
        self._rng = rng
        self._texts = {alternatives: self._all_texts(alternatives) for alternatives in (1, 2)}

    def cells(self, called: Called) -> list[bytes]:
        """One text for each person, such as 0/1:34:99:17,17; children of two parents are phased, mother's first."""
        first, second = called.alleles.astype(np.int64)
        swapped = (self._phased == 0) & (second >= 0) & (first > second)
        low, high = np.where(swapped, second, first), np.where(swapped, first, second)
        kinds = self._phased + (low + 2) * 5 + (high + 2)
        drawn = self._rng.integers(0, _VARIETY, size=len(kinds))
        texts: list[bytes] = self._texts[len(called.site.alts)][kinds, drawn].tolist()
        return texts

    def _all_texts(self, alternatives: int) -> NDArray[np.object_]:
        """object[50, 64] of bytes: phased or not times five by five alleles (-2 to 2), each in 64 varieties."""
        texts = np.full((50, _VARIETY), b".", dtype=object)
        for mark, phased in (("/", 0), ("|", 25)):
            for first in range(MISSING, alternatives + 1):
                for second in range(ABSENT, alternatives + 1):
                    kind = phased + (first + 2) * 5 + second + 2
                    texts[kind] = [self._text(first, second, mark, alternatives) for _ in range(_VARIETY)]
        return texts

    def _text(self, first: int, second: int, mark: str, alternatives: int) -> bytes:
        haploid = second == ABSENT
        if MISSING in (first, second):
            depth = int(self._rng.integers(0, 4))
            genotype = "." if haploid else "./."
            return f"{genotype}:{depth}:.:{depth}{',0' * alternatives}".encode()
        depth = max(6, int(self._rng.poisson(17 if haploid else 34)))
        depths = [0] * (alternatives + 1)
        depths[first] = depth if haploid or first == second else int(self._rng.binomial(depth, 0.5))
        depths[second if not haploid else first] += depth - sum(depths)
        quality = min(99, int(depth * self._rng.uniform(2, 4)))
        genotype = str(first) if haploid else f"{first}{mark}{second}"
        return f"{genotype}:{depth}:{quality}:{','.join(map(str, depths))}".encode()


def write_vcf(path: Path, records: Sequence[Called], names: Sequence[str], writer: GenotypeWriter) -> None:
    """Write records, which are in the order of the genome, and the tabix index beside them."""
    contigs = dict.fromkeys(called.site.gene.contig for called in records)
    header = [line.replace("{csq}", "|".join(CSQ_FIELDS)) for line in _HEADER]
    header += [f"##contig=<ID={name},length={CONTIG_LENGTHS['GRCh38'][name]}>" for name in contigs]
    header.append("\t".join(("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *names)))
    # level 4 of htslib: a third of the time, and an eighth more bytes
    with pysam.BGZFile(str(path), "wb4", None) as file:  # type: ignore[arg-type]  # the level is htslib's
        file.write(("\n".join(header) + "\n").encode())
        for line in _lines(records, writer):
            file.write(line)
    pysam.tabix_index(str(path), preset="vcf", force=True)


def _lines(records: Iterable[Called], writer: GenotypeWriter) -> Iterable[bytes]:
    for called in records:
        site = called.site
        counts = ",".join(str(int((called.alleles == number).sum())) for number in range(1, len(site.alts) + 1))
        info = f"AC={counts};AN={int((called.alleles >= 0).sum())};CSQ={site.csq()}"
        fixed = (
            site.gene.contig, site.position_1based, site.rsid, site.ref, ",".join(site.alts), site.quality, site.filter,
            info, "GT:DP:GQ:AD",
        )  # fmt: skip
        yield b"\t".join(["\t".join(map(str, fixed)).encode(), *writer.cells(called)]) + b"\n"
