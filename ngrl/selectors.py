"""Reads of the library: whose genomes a release holds, always with the mask of consent."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from ngrl.models import Dataset, Participant, Release, Sample


def everyone_in(release: Release) -> QuerySet[Sample]:
    """Samples of the release whose people consent at this moment."""
    return release.samples.filter(participant__in=Participant.objects.consenting())


def samples_for(
    release: Release,
    *,
    datasets: Iterable[Dataset],
    sexes: Iterable[str] = (),
    ancestries: Iterable[str] = (),
    family_roles: Iterable[str] = (),
    participant_ids: Iterable[int] | None = None,
) -> QuerySet[Sample]:
    """Consenting people's samples in these datasets, narrowed by what is given; an empty filter narrows nothing.

    `participant_ids` None means everybody; an empty one means nobody.
    """
    samples = everyone_in(release).filter(dataset__in=list(datasets))
    narrowed = {"sex": list(sexes), "ancestry": list(ancestries), "family_role": list(family_roles)}
    for fact, values in narrowed.items():
        if values:
            samples = samples.filter(**{f"participant__{fact}__in": values})
    if participant_ids is not None:
        samples = samples.filter(participant__in=list(participant_ids))
    return samples


def ancestries_in(release: Release, datasets: Iterable[Dataset]) -> list[str]:
    """The ancestry groups of the people in these datasets of the release, in alphabetical order."""
    found = everyone_in(release).filter(dataset__in=list(datasets)).exclude(participant__ancestry="")
    return sorted(found.values_list("participant__ancestry", flat=True).distinct().order_by())
