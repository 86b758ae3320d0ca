"""Who is counted: the project's granted data, minus everybody who withdrew, narrowed by the question. Computed anew
each time that genotypes are read, so that consent is asked at the moment of use."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from numpy.typing import NDArray

from access_review.models import Project
from access_review.selectors import granted_datasets
from ngrl.models import Participant, Release, Sample
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.selectors import consent_read_at, samples_for
from portal.kernel.refusals import InvalidInput
from research_env.engine import ChunkSource, Cohort, ReleaseSource
from research_env.questions import Question, sequence_of
from research_env.saved_cohorts import cohort_named, people_of

_SEX_CODES = {Participant.Sex.MALE: 1, Participant.Sex.FEMALE: 2}


@dataclass(frozen=True)
class People:
    """Who is counted, who frequencies are taken from, and when consent was asked. `sha256` changes with the masks."""

    cohort: Cohort
    population: Cohort
    consent_read_at: datetime

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.cohort.mask.tobytes() + self.population.mask.tobytes()).hexdigest()


def readable_samples(project: Project, release: Release) -> QuerySet[Sample]:
    """Columns that the project may read now: granted datasets, consenting people."""
    return samples_for(release, datasets=granted_datasets(project))


@transaction.atomic
def people_for(question: Question, project: Project, release: Release) -> People:
    """The cohort of a question and the population its frequencies refer to: all the project may read."""
    at = consent_read_at()
    readable = readable_samples(project, release)
    size = release.sample_count
    return People(
        cohort=Cohort.from_indexes(size, asked_samples(question, project, release).values_list("index", flat=True)),
        population=Cohort.from_indexes(size, readable.values_list("index", flat=True)),
        consent_read_at=at,
    )


def cohort_size(question: Question, project: Project, release: Release) -> int:
    """How many people a question would count now."""
    return asked_samples(question, project, release).count()


def asked_samples(question: Question, project: Project, release: Release) -> QuerySet[Sample]:
    """Columns that a question counts now: what the project may read, narrowed as the question says."""
    datasets = granted_datasets(project)
    cipher = ProjectPseudonyms(project.reference)
    samples = samples_for(
        release,
        datasets=datasets.filter(slug__in=question.datasets) if question.datasets else datasets,
        sexes=question.sexes,
        ancestries=question.ancestries,
        family_roles=question.family_roles,
        participant_ids=cipher.decode_many(question.pseudonyms).ids.tolist() if question.pseudonyms else None,
    )
    if question.cohort:
        samples = samples.filter(participant__in=people_of(cohort_named(question.cohort, project)))
    return samples


def check_cohort(people: People) -> None:
    """A cohort of nobody gets a sentence rather than an empty answer."""
    if people.population.size == 0:
        raise InvalidInput("The project can read nobody's genome in this release. Choose another release.")
    if people.cohort.size == 0:
        raise InvalidInput("Nobody in the project's data fits this cohort. Widen sex, ancestry, family role or list.")


def pseudonyms_by_index(project: Project, release: Release) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """object[sample_count]: the project's pseudonym of each column that it may read now, "" for the others."""
    rows = list(readable_samples(project, release).values_list("index", "participant_id"))
    names = np.full(release.sample_count, "", dtype=object)
    if rows:
        indexes, ids = zip(*rows, strict=True)
        names[list(indexes)] = ProjectPseudonyms(project.reference).encode_many(np.array(ids, dtype=np.int64))
    return names


def columns_folder(release: Release, position: int) -> str:
    """Where the columns of a chunk are, in a folder or in a bucket, once index_release has made them."""
    return f"{settings.VARIANT_COLUMNS}/{release.reference}/{position:05d}"


def release_source(release: Release) -> ReleaseSource:
    """A release as the engine takes it: files, number of columns, sexes by column, and normals of tumours."""
    sexes = np.zeros(release.sample_count, dtype=np.uint8)
    for index, sex in release.samples.values_list("index", "participant__sex"):
        sexes[index] = _SEX_CODES.get(Participant.Sex(sex), 0)
    chunks = tuple(
        ChunkSource(
            path=chunk.path,
            index_path=chunk.index_path,
            contig=chunk.contig,
            start_1based=chunk.start_1based,
            end_1based=chunk.end_1based,
            etag=chunk.etag,
            annotation=chunk.annotation.lower(),
            record_count=chunk.record_count,
            columns_path=columns_folder(release, chunk.position),
            sequence=sequence_of(release),
            fine_indexes=f"{settings.VARIANT_COLUMNS}/{release.reference}/indexes",
        )
        for chunk in release.chunks.order_by("position")
    )
    normals = _normals(release) if release.is_somatic else None
    return ReleaseSource(release.assembly, release.sample_count, sexes, chunks, normals)


def _normals(release: Release) -> NDArray[np.int64]:
    """int64[sample_count]: the column of each tumour's normal, -1 where there is none."""
    column = {
        (person, kind): index for person, kind, index in release.samples.values_list("participant", "kind", "index")
    }
    normals = np.full(release.sample_count, -1, dtype=np.int64)
    for (person, kind), index in column.items():
        if kind == Sample.Kind.TUMOUR:
            normals[index] = column.get((person, Sample.Kind.NORMAL), -1)
    return normals


def check_germline(release: Release, reason: str, field: str = "release") -> None:
    """Raises InvalidInput for a somatic release; `reason` is a sentence that says why."""
    if release.is_somatic:
        raise InvalidInput(f"{release.name} holds the variants of tumours. {reason}", field=field)
