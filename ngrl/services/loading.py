"""Loads a release from a folder: read and judge everything first, then write it in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from django.db import connection, transaction

from ngrl.events import Event
from ngrl.genome_table import GenomeTables, read_genome_tables
from ngrl.keys import keyed_digest
from ngrl.manifest import Given, Manifest, read_manifest
from ngrl.models import Chunk, Dataset, Release, Sample
from ngrl.policies import can_load_release
from ngrl.refusals import Fault, ReleaseRefused
from ngrl.release_inspection import InspectedRelease, Progress, inspect_release, state_sha256
from ngrl.sample_table import SampleRow, read_sample_table
from ngrl.services.genomes import save_genomes
from ngrl.services.people import save_people
from ngrl.services.publication import publish_at_once
from panelapp.services import load_genes
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require

_BATCH = 5_000
# One load at a time: two at once could both take a person for new.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('ngrl.load_release'))"


@dataclass(frozen=True)
class LoadedRelease:
    """The release, whether anything was written, and remarks for whoever loaded it."""

    release: Release
    changed: bool
    notes: tuple[str, ...]


def load_release(
    *,
    actor: Actor,
    folder: Path,
    publish: bool = False,
    progress: Progress = lambda line: None,
    **given: Unpack[Given],
) -> LoadedRelease:
    """Load the release that lies in a folder; docs/bring-your-own-vcfs.md says what the folder holds, and its manifest
    may leave open what is given here.

    `publish` is for the operator of the machine: people propose a release and another one publishes it (ADR 54).
    Loading the same folder again changes nothing. Raises ReleaseRefused (files, lines and reasons) when something is
    wrong, and leaves everything as it was then, as a crash does.
    """
    require(can_load_release, actor, None)
    manifest = read_manifest(folder, **given)
    table = read_sample_table(
        manifest.samples, default_dataset=manifest.default_dataset, is_somatic=manifest.is_somatic
    )
    genomes = read_genome_tables(folder, table)
    state = state_sha256(manifest, table, genomes)
    unchanged = Release.objects.filter(reference=manifest.reference, source_sha256=state).first()
    if unchanged:
        return LoadedRelease(unchanged, False, ())
    inspected = inspect_release(manifest, table, genomes, progress)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
        existing = Release.objects.select_for_update(no_key=True).filter(reference=manifest.reference).first()
        if existing and existing.source_sha256 == state:  # somebody else loaded it while we read
            return LoadedRelease(existing, False, ())
        if existing:
            _relocate(existing, inspected, state, actor)
            return LoadedRelease(existing, True, ("The same release was loaded before; its files lie here now.",))
        progress(f"Writing {len(inspected.people):,} samples.")
        release, notes = _write(manifest, inspected, genomes, state=state, actor=actor)
        if publish:
            release = publish_at_once(actor=actor, release=release)
    return LoadedRelease(release, True, (*table.notes, *notes))


def _relocate(release: Release, inspected: InspectedRelease, state: str, actor: Actor) -> None:
    """Take note of the same files in another place; refuse other content under a reference that is taken."""
    if release.content_sha256 != inspected.content_sha256:
        reason = f"the release {release.reference} was loaded with other content. Give this one another reference."
        raise ReleaseRefused(Fault(release.reference, None, reason))
    by_position = {chunk.position: chunk for chunk in _chunks(release, inspected)}
    current = list(release.chunks.all())
    for chunk in current:
        found = by_position[chunk.position]
        chunk.path, chunk.index_path = found.path, found.index_path
        chunk.etag, chunk.size_bytes = found.etag, found.size_bytes
    Chunk.objects.bulk_update(current, ["path", "index_path", "etag", "size_bytes"])
    release.source_sha256 = state
    if inspected.sequence:
        release.sequence_path, release.sequence_etag = str(inspected.sequence.path.resolve()), inspected.sequence.etag
    release.save(update_fields=["source_sha256", "sequence_path", "sequence_etag"])
    detail = {"chunks": len(current)}
    audit.record(Event.RELEASE_RELOCATED, release, actor, detail=detail)
    events.publish(Event.RELEASE_RELOCATED, release, actor, detail)


def _write(
    manifest: Manifest, inspected: InspectedRelease, genomes: GenomeTables, *, state: str, actor: Actor
) -> tuple[Release, tuple[str, ...]]:
    if manifest.genes:
        load_genes(actor=actor, path=manifest.genes)
    datasets, notes = _datasets(manifest, inspected.people)
    release = Release.objects.create(
        reference=manifest.reference,
        name=manifest.name,
        assembly=inspected.assembly,
        callset=manifest.callset,
        sample_count=len(inspected.people),
        sample_list_sha256=keyed_digest("sample list", "\n".join(inspected.sample_names)),
        source_sha256=state,
        content_sha256=inspected.content_sha256,
        loaded_at=clock.now(),
        **_sequence(inspected),
    )
    ids = save_people(inspected.people)
    samples = Sample.objects.bulk_create(
        (
            Sample(
                release=release,
                index=index,
                participant_id=ids[row.participant],
                dataset=datasets[row.dataset],
                kind=row.kind,
            )
            for index, row in enumerate(inspected.people)
        ),
        batch_size=_BATCH,
    )
    save_genomes(release, genomes, list(zip(inspected.people, samples, strict=True)))
    chunks = Chunk.objects.bulk_create(_chunks(release, inspected))
    detail = {"samples": release.sample_count, "chunks": len(chunks), "records": inspected.record_count}
    audit.record(Event.RELEASE_LOADED, release, actor, detail=detail)
    events.publish(Event.RELEASE_LOADED, release, actor, detail)
    return release, notes


def _sequence(inspected: InspectedRelease) -> dict[str, str]:
    found = inspected.sequence
    if found is None:
        return {}
    return {
        "sequence_path": str(found.path.resolve()),
        "sequence_etag": found.etag,
        "sequence_sha256": found.sha256,
    }


def _chunks(release: Release, inspected: InspectedRelease) -> list[Chunk]:
    return [
        Chunk(
            release=release,
            position=position,
            contig=stretch.contig,
            start_1based=stretch.start_1based,
            end_1based=stretch.end_1based,
            record_count=stretch.record_count,
            path=file.places[0],
            index_path=file.places[1],
            etag=file.etag,
            size_bytes=file.size_bytes,
            annotation=file.header.annotation,
        )
        for position, (file, stretch) in enumerate(inspected.stretches)
    ]


def _datasets(manifest: Manifest, people: Sequence[SampleRow]) -> tuple[dict[str, Dataset], tuple[str, ...]]:
    """The datasets by slug, new ones made; one that exists keeps what it is, so that no load lowers a threshold."""
    described = {entry.slug: entry for entry in manifest.datasets}
    wanted = list(dict.fromkeys([*described, *(row.dataset for row in people)]))
    known = {dataset.slug: dataset for dataset in Dataset.objects.filter(slug__in=wanted)}
    notes: list[str] = []
    for slug in wanted:
        entry = described.get(slug)
        if slug not in known:
            known[slug] = Dataset.objects.create(
                slug=slug,
                name=entry.name if entry else slug.replace("-", " ").capitalize(),
                **({"summary": entry.summary, "disclosure_threshold": entry.disclosure_threshold} if entry else {}),
            )
            notes.append(f"The dataset {slug} is new.")
        elif entry and (entry.name, entry.disclosure_threshold) != (known[slug].name, known[slug].disclosure_threshold):
            notes.append(f"The dataset {slug} was there already and keeps its name and threshold.")
    return known, tuple(notes)
