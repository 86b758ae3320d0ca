"""A second, small release of the demo: the tumours of its people with cancer beside their normals, all invented but the
names and places of three changes of TP53 that many tumours have."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from ngrl.demo.genotypes import Called
from ngrl.demo.people import sample_names
from ngrl.demo.sites import Effect, Gene, Site, invented_sites
from ngrl.demo.vcf_writer import GenotypeWriter, write_vcf
from ngrl.genome_table import GENOMES
from panelapp.contigs import CONTIGS

REFERENCE: Final = "v2026-06-demo-tumours"
_GENES: Final = ("APC", "ATM", "BRCA1", "BRCA2", "MLH1", "MSH2", "NF1", "PALB2", "PTEN", "RB1", "TP53", "VHL")
_SITES_PER_GENE: Final = 24
# Position and alleles on chr17, rs number, change of the coding sequence and of the protein
_OFTEN_IN_TP53: Final = (
    (7_675_088, "C", "T", "rs28934578", "c.524G>A", "p.Arg175His"),
    (7_674_220, "C", "T", "rs11540652", "c.743G>A", "p.Arg248Gln"),
    (7_673_802, "C", "T", "rs28934576", "c.818G>A", "p.Arg273His"),
)
_WITHOUT_NORMAL: Final = 8  # every eighth tumour
_INHERITED: Final = 0.05  # of the sites: what the tumour has, the normal has too
Person = Mapping[str, str]


class _TumourWriter(GenotypeWriter):
    """Deep reads, of which a tumour's allele has few or many: not every cell of a specimen is of the tumour."""

    def _text(self, first: int, second: int, mark: str, alternatives: int) -> bytes:
        if min(first, second) < 0 or first == second:
            return super()._text(first, second, mark, alternatives)
        depth = max(20, int(self._rng.poisson(96)))
        reads = max(1, int(self._rng.binomial(depth, self._rng.uniform(0.03, 0.5))))
        depths = [depth - reads, *(reads if allele == second else 0 for allele in range(1, alternatives + 1))]
        return f"{first}{mark}{second}:{depth}:{int(self._rng.integers(30, 99))}:{','.join(map(str, depths))}".encode()


def make_demo_tumours(release: Path, folder: Path, genes: Mapping[str, Gene], *, seed: int = 1) -> Path:
    """Write a somatic release about people of the demo release that lies in `release`. Returns its folder."""
    rng = np.random.default_rng([seed, 81])
    people = _people_with_tumours(release)
    tumours = list(range(len(people)))
    normals = [place for place in tumours if place % _WITHOUT_NORMAL]
    names = sample_names(len(tumours) + len(normals), rng)
    columns = rng.permutation(len(names))
    sites = _sites(genes, rng)
    records = [Called(site, _alleles(len(tumours), normals, site, rng)[:, columns]) for site in sites]
    folder.mkdir(parents=True, exist_ok=True)
    writer = _TumourWriter(np.zeros(len(names), dtype=bool), rng)
    write_vcf(folder / "tumours.vcf.gz", records, [names[column] for column in columns], writer)
    _write_samples(folder / "samples.tsv", [people[place] for place in (*tumours, *normals)], names, len(tumours))
    told = {"reference": REFERENCE, "name": "Demo release of June 2026: invented tumours", "callset": "somatic"}
    (folder / "manifest.json").write_text(json.dumps({**told, "assembly": "GRCh38"}, indent=2) + "\n")
    return folder


def _people_with_tumours(release: Path) -> list[Person]:
    """As the sample table of the demo release tells of them, in its order."""
    with (release / GENOMES).open(encoding="utf-8", newline="") as file:
        ill = {row["participant"] for row in csv.DictReader(file, delimiter="\t") if row["kind"] == "tumour"}
    with (release / "samples.tsv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file, delimiter="\t") if row["participant"] in ill]


def _sites(genes: Mapping[str, Gene], rng: np.random.Generator) -> list[Site]:
    """In the order of the genome."""
    often = []
    for position, ref, alt, rsid, coding, protein in _OFTEN_IN_TP53:
        effect = Effect("missense_variant", coding, protein)
        often.append(Site(genes["TP53"], position, ref, (alt,), (effect,), np.zeros((1, 1)), rsid, is_planted=True))
    taken = {site.position_1based for site in often}
    invented = [site for name in _GENES for site in invented_sites(genes[name], _SITES_PER_GENE, taken, rng)]
    return sorted([*often, *invented], key=lambda site: (CONTIGS.index(site.gene.contig), site.position_1based))


def _alleles(
    tumours: int, normals: Sequence[int], site: Site, rng: np.random.Generator
) -> np.ndarray[tuple[int, int], np.dtype[np.int8]]:
    """int8[2, tumours + normals]: an altered copy of some tumours; of their normals too where it was inherited."""
    alleles = np.zeros((2, tumours + len(normals)), dtype=np.int8)
    count = max(1, tumours // 6) if site.is_planted else int(rng.integers(1, 4))
    carriers = rng.choice(tumours, size=min(count, tumours), replace=False)
    alleles[1, carriers] = 1
    if not site.is_planted and rng.random() < _INHERITED:
        alleles[1, tumours:] = np.isin(normals, carriers)
    return alleles


def _write_samples(path: Path, people: Sequence[Person], names: Sequence[str], tumours: int) -> None:
    columns = ("participant", "sex", "ancestry", "family", "family_role", "mother", "father", "affected", "dataset")
    lines = ["\t".join(("sample", "kind", *columns))]
    for place, person in enumerate(people):
        kind = "tumour" if place < tumours else "normal"
        lines.append("\t".join((names[place], kind, *(person[column] for column in columns))))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
