"""The library in three numbers, for everybody to see."""

from __future__ import annotations

from ngrl.models import Participant, Release, Sample
from portal.kernel.disclosure import shown_count


def library_figures() -> list[tuple[str, str, str]]:
    """(value, label, note) of people, genomes and releases that are open to research today. Three queries."""
    published = Release.objects.published()
    samples = Sample.objects.filter(release__in=published, participant__consent_withdrawn_at=None)
    people = Participant.objects.consenting().filter(samples__release__in=published).distinct().count()
    return [
        (shown_count(people), "participants", "who let research read their genome"),
        (shown_count(samples.count()), "genomes", "over all releases"),
        (f"{published.count():,}", "data releases", "frozen, so that work can be repeated"),
    ]
