"""Loads the clinical tables of a release: all of them are made ready first, then written in one transaction."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction

from ngrl.clinical_rows import BATCH, Judgement
from ngrl.dictionary import Dictionary, read_dictionary
from ngrl.events import Event
from ngrl.keys import source_digest
from ngrl.models import (
    ClinicalEdition,
    Dataset,
    DictionaryColumn,
    DictionaryTable,
    Enrolment,
    Participant,
    Release,
)
from ngrl.policies import can_load_release
from ngrl.pseudonyms import STORE, ProjectPseudonyms
from ngrl.refusals import Fault, ReleaseRefused
from ngrl.sample_table import SampleRow, read_sample_table
from ngrl.services.people import save_people
from ngrl.services.publication import publish_at_once
from ngrl.services.staging import Pace, Progress, ReadyTable, Stage
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('ngrl.load_release'))"
_NULL = "\\N"
_COLUMNS = ("column_id", "participant_id", "row", "code", "number", "day", "is_present")


@dataclass(frozen=True)
class LoadedClinical:
    """The edition, whether anything was written, and remarks for whoever loaded it."""

    edition: ClinicalEdition
    changed: bool
    notes: tuple[str, ...]


def load_clinical(
    *, actor: Actor, folder: Path, release: Release, publish: bool = False, progress: Progress = lambda line: None
) -> LoadedClinical:
    """Load the tables that a folder's dictionary declares into a release that has none and is not published yet.

    `publish` is for the operator of the machine: people propose a release and another one publishes it (ADR 54).
    Loading the same folder again changes nothing. Raises ReleaseRefused (file, line, column, reason) when something is
    wrong, and leaves the library as it was then; what was read before a crash is not read again.
    """
    require(can_load_release, actor, None)
    dictionary = read_dictionary(folder)
    content = _content_sha256(dictionary)
    if edition := _same(release, content, dictionary):
        return LoadedClinical(edition, False, ())
    people = _people(dictionary)
    stage = Stage(
        Path(settings.CLINICAL_WORK) / f"{release.reference}-{content[:16]}",
        allowed=_allowed(dictionary, release, people),
    )
    tables = _make_ready(dictionary, stage, people, progress)
    progress(f"Writing {sum(table.rows for table in tables):,} rows.")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
        release = Release.objects.select_for_update(no_key=True).get(pk=release.pk)
        if edition := _same(release, content, dictionary):
            return LoadedClinical(edition, False, ())
        _write_people(release, dictionary, stage, people)
        edition = _write(release, dictionary, content, tables, progress)
        _tell(edition, tables, actor)
        if publish:
            publish_at_once(actor=actor, release=release)
    stage.clear()
    return LoadedClinical(edition, True, tuple(_notes(edition, tables)))


def _same(release: Release, content: str, dictionary: Dictionary) -> ClinicalEdition | None:
    """The edition that was loaded from this content before; other content is refused, as are published releases."""
    edition = ClinicalEdition.objects.filter(release=release).first()
    if edition and edition.content_sha256 != content:
        reason = f"the release {release.reference} has other clinical tables, and a release does not change."
        raise ReleaseRefused(Fault(dictionary.folder.name, None, f"{reason} Load these into the next one."))
    if edition is None and release.published_at:
        reason = f"the release {release.reference} is published, and a release does not change."
        raise ReleaseRefused(
            Fault(dictionary.folder.name, None, f"{reason} Load these into the next one before it is published.")
        )
    return edition


def _content_sha256(dictionary: Dictionary) -> str:
    digest = hashlib.sha256(dictionary.sha256.encode())
    for name in dictionary.files:
        with (dictionary.folder / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _people(dictionary: Dictionary) -> list[SampleRow]:
    if not dictionary.people:
        return []
    path = dictionary.folder / dictionary.people
    return list(read_sample_table(path, default_dataset=dictionary.dataset, key="participant").rows.values())


def _allowed(dictionary: Dictionary, release: Release, people: Sequence[SampleRow]) -> set[str] | None:
    """Digests of the people whom rows may be about: those listed or sequenced; a dataset for all opens it to all."""
    if dictionary.dataset and not people:
        return None
    sequenced = Participant.objects.filter(samples__release=release).values_list("source_digest", flat=True)
    return {*(source_digest(row.participant) for row in people), *sequenced}


def _make_ready(
    dictionary: Dictionary, stage: Stage, people: Sequence[SampleRow], progress: Progress
) -> list[ReadyTable]:
    """All tables, or ReleaseRefused with the faults of all of them."""
    pace = Pace(progress, sum((dictionary.folder / table.file).stat().st_size for table in dictionary.tables))
    stage.add_people([source_digest(row.participant) for row in people])
    judgement, faults, tables = Judgement(), list[Fault](), []
    for spec in dictionary.tables:
        tables.append(stage.table(dictionary, spec, judgement, pace))
        faults += judgement.faults
        judgement = Judgement()
    if faults:
        raise ReleaseRefused(*faults)
    return tables


def _write_people(release: Release, dictionary: Dictionary, stage: Stage, people: Sequence[SampleRow]) -> None:
    """People by the ids that were drawn, and the dataset of each; whose genome is in the release keeps its dataset."""
    clashing = Participant.objects.filter(source_digest__in=stage.new_ids).exclude(pk__in=stage.new_ids.values())
    if clashing.exists():
        stage.clear()
        reason = "some of these people became known while the tables were read. Nothing was changed; run it again."
        raise ReleaseRefused(Fault(dictionary.folder.name, None, reason))
    dataset_of = {row.participant: row.dataset for row in people}
    ids = save_people(people, stage.new_ids)
    listed = {ids[source_id]: slug for source_id, slug in dataset_of.items()}
    rest = {digest: pk for digest, pk in stage.new_ids.items() if pk not in listed}
    known = set(Participant.objects.filter(pk__in=rest.values()).values_list("pk", flat=True))
    Participant.objects.bulk_create(
        (Participant(id=pk, source_digest=digest) for digest, pk in rest.items() if pk not in known), batch_size=2000
    )
    slugs = {*listed.values(), *([dictionary.dataset] if rest else [])}
    datasets = {slug: Dataset.objects.get_or_create(slug=slug, defaults={"name": _named(slug)})[0].pk for slug in slugs}
    places = {pk: datasets[slug] for pk, slug in listed.items()} | dict.fromkeys(
        rest.values(), datasets.get(dictionary.dataset, 0)
    )
    places |= dict(release.samples.values_list("participant", "dataset"))
    Enrolment.objects.bulk_create(
        (Enrolment(release=release, participant_id=pk, dataset_id=dataset) for pk, dataset in places.items()),
        batch_size=2000,
    )


def _named(slug: str) -> str:
    return slug.replace("-", " ").capitalize()


def _write(
    release: Release, dictionary: Dictionary, content: str, tables: Sequence[ReadyTable], progress: Progress
) -> ClinicalEdition:
    edition = ClinicalEdition.objects.create(
        release=release,
        content_sha256=content,
        folder=f"clinical/{release.reference}/{content[:16]}",
        row_count=sum(table.rows for table in tables),
        loaded_at=clock.now(),
    )
    columns = [_write_dictionary(edition, *placed, dictionary.code_lists) for placed in enumerate(tables)]
    spoken_of: set[int] = set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT ngrl_begin_cells(%s)", [edition.pk])
        into = cursor.fetchone()[0]
    for table, declared in zip(tables, columns, strict=True):
        with connection.cursor() as cursor:
            for lines in _copy_lines(table, declared, spoken_of):
                cursor.copy_expert(f"COPY {into} ({', '.join(_COLUMNS)}) FROM STDIN", lines, size=1 << 20)
        _store(f"{edition.folder}/{table.path.name}", table.path)
        if table.broken:
            _store(f"{edition.folder}/{table.broken_path.name}", table.broken_path)
        progress(f"Wrote {table.spec.name}: {table.rows:,} rows.")
    _enrol_the_rest(edition, dictionary, spoken_of)
    progress("Indexing.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT ngrl_end_cells(%s)", [edition.pk])
        cursor.execute("SELECT ngrl_make_marks(%s)", [edition.pk])
    return edition


def _enrol_the_rest(edition: ClinicalEdition, dictionary: Dictionary, spoken_of: set[int]) -> None:
    """Known people of whom a table speaks and who have no place yet belong to the dictionary's dataset."""
    placed = Enrolment.objects.filter(release=edition.release).values_list("participant", flat=True)
    if ids := sorted(spoken_of.difference(placed)):
        dataset, _ = Dataset.objects.get_or_create(
            slug=dictionary.dataset, defaults={"name": _named(dictionary.dataset)}
        )
        Enrolment.objects.bulk_create(
            (Enrolment(release=edition.release, participant_id=pk, dataset=dataset) for pk in ids), batch_size=2000
        )


def _write_dictionary(
    edition: ClinicalEdition, position: int, table: ReadyTable, code_lists: Mapping[str, Mapping[str, str]]
) -> list[DictionaryColumn]:
    spec = table.spec
    told = ("name", "description", "group", "source", "first_release", "last_release", "notes")
    kept = DictionaryTable.objects.create(
        edition=edition,
        position=position,
        title=spec.title or _worded(spec.name),
        row_count=table.rows,
        **{key: getattr(spec, key) for key in told},
    )
    of_column = ("name", "type", "unit", "description", "code_system", "meaning", "first_release", "last_release")
    return DictionaryColumn.objects.bulk_create(
        DictionaryColumn(
            table=kept,
            position=place,
            title=column.title or _worded(column.name),
            codes=dict(code_lists.get(column.code_list, {})) or table.labels.get(column.name, {}),
            is_closed_list=bool(column.code_list),
            is_required=column.required,
            notes=column.notes,
            broken_count=table.broken.get(column.name, 0),
            **{key: getattr(column, key) for key in of_column},
        )
        for place, column in enumerate(spec.columns)
    )


def _worded(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _copy_lines(table: ReadyTable, columns: Sequence[DictionaryColumn], spoken_of: set[int]) -> Iterator[io.BytesIO]:
    """The searchable cells as COPY takes them, a batch at a time; adds the people of the rows to `spoken_of`."""
    row, ids = 0, dict[str, int]()
    with pq.ParquetFile(table.path) as file:
        for batch in file.iter_batches(batch_size=BATCH):
            people = _inner_ids(batch.column("person"), ids)
            numbers = pa.array(range(row, row + batch.num_rows), pa.int64()).cast(pa.string())
            presence = batch.column(table.spec.presence_column) if table.spec.presence_column else None
            lines = io.BytesIO()
            for column in columns:
                if column.is_searchable and column.name != table.spec.presence_column:
                    lines.write(_column_lines(column.pk, people, numbers, batch.column(column.name), presence))
            lines.seek(0)
            row += batch.num_rows
            yield lines
    spoken_of.update(ids.values())


def _inner_ids(names: pa.Array[Any], ids: dict[str, int]) -> pa.Array[Any]:
    """The inner id of each row's person as text; `ids` keeps those that were read before."""
    encoded: Any = names.dictionary_encode()
    texts: list[str] = encoded.dictionary.to_pylist()
    if new := [each for each in texts if each not in ids]:
        ids |= zip(new, ProjectPseudonyms(STORE).decode_many(new).ids.tolist(), strict=True)
    people: Any = pa.array([str(ids[each]) for each in texts], pa.string())
    of_rows: pa.Array[Any] = people.take(encoded.indices)
    return of_rows


def _column_lines(
    column: int, people: Any, numbers: Any, cells: pa.Array[Any], presence: pa.Array[Any] | None
) -> bytes:
    # A row that does not say "present" where it should is not evidence of presence.
    said: Any = "t\n"
    if presence is not None:
        filled: Any = presence
        is_said: Any = pc.fill_null(filled, False)
        said = pc.if_else(is_said, "t\n", "f\n")
    if cells.null_count:
        given = cells.is_valid()
        people, numbers, cells = people.filter(given), numbers.filter(given), cells.filter(given)
        said = said if presence is None else said.filter(given)
    if not len(cells):
        return b""
    joined: Any = pc.binary_join_element_wise(str(column), people, numbers, *_typed(cells), said, "\t")
    _, ends, data = joined.buffers()
    return bytes(memoryview(data)[: memoryview(ends).cast("i")[len(joined)]])


def _typed(cells: pa.Array[Any]) -> tuple[Any, Any, Any]:
    """code, number and day of cells, as text for COPY."""
    if pa.types.is_boolean(cells.type):
        return pc.if_else(cells, "yes", "no"), _NULL, _NULL
    if pa.types.is_date(cells.type):
        return "", _NULL, cells.cast(pa.string())
    if not pa.types.is_string(cells.type):
        return "", cells.cast(pa.string()), _NULL
    codes: Any = cells.dictionary_encode()
    return pa.array(list(map(_escaped, codes.dictionary.to_pylist())), pa.string()).take(codes.indices), _NULL, _NULL


def _escaped(code: str) -> str:
    return code.replace("\\", "\\\\").replace("\t", " ").replace("\n", " ").replace("\r", " ")


def _store(name: str, path: Path) -> None:
    if default_storage.exists(name):  # of a load that broke off: the content is the same
        default_storage.delete(name)
    with path.open("rb") as file:
        default_storage.save(name, File(file))


def _tell(edition: ClinicalEdition, tables: Sequence[ReadyTable], actor: Actor) -> None:
    detail = {
        "tables": len(tables),
        "rows": edition.row_count,
        "people": Enrolment.objects.filter(release=edition.release).count(),
        "broken_cells": sum(sum(table.broken.values()) for table in tables),
    }
    audit.record(Event.CLINICAL_LOADED, edition.release, actor, detail=detail)
    events.publish(Event.CLINICAL_LOADED, edition.release, actor, detail)


def _notes(edition: ClinicalEdition, tables: Sequence[ReadyTable]) -> Iterator[str]:
    for table in tables:
        if table.broken:
            cells, columns = sum(table.broken.values()), len(table.broken)
            yield (
                f"{table.spec.file}: {cells:,} cells in {columns} columns were spoilt by a spreadsheet and are empty. "
                f"Line and column of each: {edition.folder}/{table.broken_path.name} in storage."
            )
