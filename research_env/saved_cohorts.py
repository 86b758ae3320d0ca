"""Who is in a saved cohort now, and how its conditions read."""

from __future__ import annotations

import numpy as np
from django.db import transaction
from django.db.models import QuerySet

from access_review.models import Project
from access_review.selectors import granted_datasets
from ngrl.cohorts import Vocabulary, count_fitting, people_fitting, vocabulary_of, worded
from ngrl.criteria import Node, read_criteria
from ngrl.models import Participant, Release
from ngrl.pseudonyms import ProjectPseudonyms
from ngrl.selectors import consent_read_at, read_cells_for
from portal.kernel.refusals import InvalidInput, TransitionRefused
from research_env.models import SavedCohort


def people_of(cohort: SavedCohort, vocabulary: Vocabulary | None = None) -> QuerySet[Participant]:
    """Those who fit, consent, and are in a dataset that the project may read: asked anew each time."""
    node = read_criteria(cohort.criteria)
    read_cells_for(cohort.project.reference, cohort.release)
    return people_fitting(node, cohort.release, granted_datasets(cohort.project), vocabulary)


@transaction.atomic
def pseudonyms_of(cohort: SavedCohort) -> list[str]:
    """The project's own pseudonyms of those people now, in order; a withdrawal that is under way counts.

    Their order says nothing of how people lie in the release. Raises TransitionRefused as `check_released` does.
    """
    check_released(cohort)
    consent_read_at()
    ids = np.array(people_of(cohort).order_by().values_list("pk", flat=True), dtype=np.int64)
    return sorted(ProjectPseudonyms(cohort.project.reference).encode_many(ids))


def check_released(cohort: SavedCohort) -> None:
    """Raises TransitionRefused where the cohort's release was withdrawn: nobody is read from it any more."""
    release = cohort.release
    if release.status != Release.Status.PUBLISHED:
        raise TransitionRefused(
            f"The release {release.reference} of this cohort is {release.status}, and nothing is read from it any "
            "more. Build the cohort anew on another release."
        )


def words_of(cohort: SavedCohort, vocabulary: Vocabulary) -> str:
    """The conditions as a sentence."""
    return worded(read_criteria(cohort.criteria), vocabulary)


def count_for(project: Project, release: Release, node: Node, vocabulary: Vocabulary) -> int:
    """How many people fit now."""
    read_cells_for(project.reference, release)
    return count_fitting(node, release, granted_datasets(project), vocabulary)


def clinical_releases() -> QuerySet[Release]:
    """Published releases that have clinical tables, newest first."""
    return Release.objects.published().filter(clinical__isnull=False).order_by("-published_at", "-pk")


def cohort_named(reference: str, project: Project) -> SavedCohort:
    """The project's cohort of this reference. Raises InvalidInput where it has none."""
    found = SavedCohort.objects.select_related("release", "project").filter(project=project, reference=reference)
    cohort = found.first()
    if cohort is None:
        raise InvalidInput("The project has no such cohort. Choose one of its own.", field="cohort")
    return cohort


__all__ = [
    "check_released",
    "clinical_releases",
    "cohort_named",
    "count_for",
    "people_of",
    "pseudonyms_of",
    "vocabulary_of",
    "words_of",
]
