"""The library in three numbers, for everybody to see."""

from __future__ import annotations

from ngrl.models import Participant, Release, Sample
from ngrl.summaries import summaries_of
from portal.kernel.disclosure import NOT_SHOWN


def library_figures() -> list[tuple[str, str, str]]:
    """(value, label, note) of people, genomes and releases that are open to research today. Seven queries.

    Where the page of a release hides how many people are in it, sums over all releases would tell.
    """
    published = list(Release.objects.published())
    people = genomes = NOT_SHOWN
    if all(summary.is_exact for summary in summaries_of(published)):
        consenting = Participant.objects.consenting()
        people = f"{consenting.filter(samples__release__in=published).distinct().count():,}"
        genomes = f"{Sample.objects.filter(release__in=published, participant__in=consenting).count():,}"
    return [
        (people, "participants", "who let research read their genome"),
        (genomes, "genomes", "over all releases"),
        (f"{len(published):,}", "data releases", "frozen, so that work can be repeated"),
    ]
