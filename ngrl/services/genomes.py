"""Writes the specimens, genomes, pairs and files of a release that is being loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ngrl.genome_models import Genome, GenomeFile, GenomePair, Referral, Specimen
from ngrl.genome_table import GenomeRow, GenomeTables
from ngrl.models import Release, Sample
from ngrl.sample_table import SampleRow
from ngrl.selectors import writing_genomes_of
from portal.kernel.events import require_transaction

_BATCH = 5_000


def save_genomes(release: Release, tables: GenomeTables, columns: Sequence[tuple[SampleRow, Sample]]) -> None:
    """Write what the tables say. `columns` are those of the release's files, each with its line of the sample table."""
    require_transaction("writing genomes")
    with writing_genomes_of(release):
        _save(release, tables, columns)


def _save(release: Release, tables: GenomeTables, columns: Sequence[tuple[SampleRow, Sample]]) -> None:
    by_person = {row.participant: sample for row, sample in columns}
    by_name = {row.sample: sample for row, sample in columns}
    referrals = _referrals(release, tables)
    specimens = Specimen.objects.bulk_create(
        (
            Specimen(
                release=release,
                participant_id=by_person[row.participant].participant_id,
                dataset_id=by_person[row.participant].dataset_id,
                referral=referrals.get(row.referral),
                kind=row.kind,
                material=row.material,
                tissue=row.tissue,
            )
            for row in tables.genomes
        ),
        batch_size=_BATCH,
    )
    genomes = {
        row.specimen: _genome(release, row, specimen, by_name)
        for row, specimen in zip(tables.genomes, specimens, strict=True)
        if row.has_genome
    }
    Genome.objects.bulk_create(genomes.values(), batch_size=_BATCH)
    GenomePair.objects.bulk_create(
        (
            GenomePair(release=release, tumour=genomes[row.specimen], normal=genomes[row.normal])
            for row in tables.genomes
            if row.normal
        ),
        batch_size=_BATCH,
    )
    _save_files(release, tables, genomes)


def _referrals(release: Release, tables: GenomeTables) -> dict[str, Referral]:
    said = {row.referral: row.indication for row in tables.genomes if row.referral}
    made = {name: Referral(release=release, indication=indication) for name, indication in said.items()}
    Referral.objects.bulk_create(made.values(), batch_size=_BATCH)
    return made


def _genome(release: Release, row: GenomeRow, specimen: Specimen, by_name: Mapping[str, Sample]) -> Genome:
    return Genome(
        release=release,
        specimen=specimen,
        column=by_name.get(row.sample),
        assembly=row.assembly,
        delivered_on=row.delivered_on,
        delivery_version=row.delivery_version,
        mean_coverage=row.mean_coverage,
        share_at_15x=row.share_at_15x,
        contamination=row.contamination,
        sex_check=row.sex_check,
    )


def _save_files(release: Release, tables: GenomeTables, genomes: Mapping[str, Genome]) -> None:
    GenomeFile.objects.bulk_create(
        (
            GenomeFile(
                release=release,
                genome=genomes[row.specimen],
                kind=row.kind,
                path=row.path,
                index_path=row.index_path,
                size_bytes=row.size_bytes,
                sha256=row.sha256,
            )
            for row in tables.files
        ),
        batch_size=_BATCH,
    )
