"""Makes the demo release: a folder that `manage.py load_release` takes. The same seed gives the same files."""

from __future__ import annotations

import csv
import json
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ngrl.demo.genomes import write_genomes
from ngrl.demo.genotypes import Called, Cohort, counts_of
from ngrl.demo.people import Families, make_families, participant_ids, sample_names
from ngrl.demo.planted import findings, known_sites
from ngrl.demo.sites import Gene, Site, invented_sites
from ngrl.demo.vcf_writer import GenotypeWriter, write_vcf
from panelapp.contigs import CONTIGS

REFERENCE = "v2026-09-demo"
GENES = Path(__file__).parent / "demo" / "genes.tsv"
SITES_PER_GENE = 62
_LARGEST_CHUNK = 9  # genes in one file
_DATASETS = (
    ("rare-disease", "Rare disease", "Families with a child or adult whose rare disease had no known cause."),
    ("cancer", "Cancer", "People whose genome was read when they were treated for cancer."),
    ("covid-19", "COVID-19", "People who had severe or mild COVID-19."),
)


@dataclass(frozen=True)
class DemoRelease:
    """What was made."""

    folder: Path
    people: int
    records: int
    chunks: int


def make_demo_release(folder: Path, *, people: int = 1_200, seed: int = 1) -> DemoRelease:
    """Write VCFs, samples.tsv, the tables of genomes, genes.tsv, manifest.json and planted.json into the folder.

    ValueError where there are too few people for the planted findings (below 300).
    """
    rng = np.random.default_rng(seed)
    families = make_families(people, rng)
    records = _records(families, rng)
    columns = rng.permutation(people)
    names = sample_names(people, rng)
    folder.mkdir(parents=True, exist_ok=True)
    chunks = _write_chunks(folder, records, families, columns=columns, names=names, rng=rng)
    ids = _write_samples(folder / "samples.tsv", families, names, rng)
    write_genomes(folder, families, records, names=names, ids=ids, seed=seed)
    shutil.copyfile(GENES, folder / "genes.tsv")
    _write_json(folder / "planted.json", [entry for called in records for entry in _planted(called)])
    _write_json(folder / "manifest.json", _manifest(people, chunks))
    return DemoRelease(folder, people, len(records), len(chunks))


def read_genes() -> dict[str, Gene]:
    """The demo's table of genes by symbol."""
    with GENES.open(encoding="utf-8", newline="") as file:
        return {
            row["symbol"]: Gene(
                row["symbol"],
                row["ensembl_gene_id_38"],
                f"chr{row['chrom_38']}",
                int(row["start_38"]),
                int(row["end_38"]),
            )
            for row in csv.DictReader(file, delimiter="\t")
        }


def _records(families: Families, rng: np.random.Generator) -> list[Called]:
    """Every site with its genotypes, in the order of the genome."""
    genes = read_genes()
    cohort = Cohort(families, rng)
    planted = list(findings(genes, families))
    known = known_sites(genes)
    taken: defaultdict[str, set[int]] = defaultdict(set)
    for site in (*known, *(finding.site for finding in planted)):
        taken[site.gene.contig].add(site.position_1based)
    records = [cohort.place(finding) for finding in planted]
    for gene in genes.values():
        sites: list[Site] = [site for site in known if site.gene == gene]
        sites += invented_sites(gene, SITES_PER_GENE, taken[gene.contig], rng)
        records += cohort.draw(sites)
    return sorted(records, key=lambda called: (CONTIGS.index(called.site.gene.contig), called.site.position_1based))


def _write_chunks(
    folder: Path,
    records: Sequence[Called],
    families: Families,
    *,
    columns: NDArray[np.int64],
    names: Sequence[str],
    rng: np.random.Generator,
) -> list[str]:
    """Write the files; `columns` is the person of each column. Returns their names."""
    phased = np.array([person.mother is not None and person.father is not None for person in families.people])
    writer = GenotypeWriter(phased[columns], rng)
    in_order = [names[person] for person in columns]
    files = []
    for number, chunk in enumerate(_chunks(records), start=1):
        contigs = list(dict.fromkeys(called.site.gene.contig for called in chunk))
        file = f"{number:02d}-{'-'.join(contigs)}.vcf.gz"
        write_vcf(folder / file, [Called(each.site, each.alleles[:, columns]) for each in chunk], in_order, writer)
        files.append(file)
    return files


def _chunks(records: Sequence[Called]) -> list[list[Called]]:
    """Neighbouring genes together, a few to a file; a long contig is cut between genes, short ones share a file."""
    chunks: list[list[Called]] = [[]]
    most = _LARGEST_CHUNK * SITES_PER_GENE
    by_contig: defaultdict[str, list[Called]] = defaultdict(list)
    for called in records:
        by_contig[called.site.gene.contig].append(called)
    for contig_records in by_contig.values():
        if chunks[-1] and len(chunks[-1]) + len(contig_records) > most:
            chunks.append([])
        for first in range(0, len(contig_records), most):
            if first:
                chunks.append([])
            chunks[-1] += contig_records[first : first + most]
    return chunks


def _write_samples(path: Path, families: Families, names: Sequence[str], rng: np.random.Generator) -> list[str]:
    """The sample table, in another order than the columns: only the names say which is whose. Returns people's ids."""
    ids = participant_ids(len(names), rng)
    header = [
        "sample",
        "participant",
        "sex",
        "ancestry",
        "family",
        "family_role",
        "mother",
        "father",
        "affected",
        "dataset",
    ]
    lines = ["\t".join(header)]
    for place in rng.permutation(len(names)):
        person = families.people[place]
        is_alone = person.role == "singleton"
        values = (
            names[place],
            ids[place],
            person.sex,
            person.ancestry,
            "" if is_alone else f"F{person.family:05d}",
            person.role,
            "" if person.mother is None else ids[person.mother],
            "" if person.father is None else ids[person.father],
            "yes" if person.affected else "no",
            person.dataset,
        )
        lines.append("\t".join(values))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ids


def _planted(called: Called) -> list[Mapping[str, object]]:
    """One entry for each alternative of a site that has a story."""
    site = called.site
    if not site.story:
        return []
    return [
        {
            "variant_id": site.variant_id(number),
            "gene": site.gene.symbol,
            "protein": effect.hgvs_protein,
            "consequence": effect.consequence,
            "filter": site.filter,
            "story": site.story,
            "is_planted": site.is_planted,
            **counts_of(called, number + 1),
        }
        for number, effect in enumerate(site.effects)
    ]


def _manifest(people: int, chunks: Sequence[str]) -> Mapping[str, object]:
    return {
        "reference": REFERENCE,
        "name": f"Demo release of September 2026: {people:,} invented people",
        "assembly": "GRCh38",
        "datasets": [{"slug": slug, "name": name, "summary": summary} for slug, name, summary in _DATASETS],
        "samples": "samples.tsv",
        "genes": "genes.tsv",
        "chunks": list(chunks),
    }


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
