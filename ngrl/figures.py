"""Who is counted in public figures, and how people leave them: never alone.

A person who withdraws consent is in no answer inside from the next query on. Were the public page of a release to
follow at once, whoever reads it every day would see "Female 412" become 411 on the day on which a woman whom they know
withdrew, and learn from the other tables which disease programme she was in. So the public figures are left in groups:
in every number that changes, at least as many people leave together as the threshold says (ADR 43).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from datetime import datetime
from itertools import pairwise

from django.db.models import F, Max, Q, QuerySet

from ngrl.models import Dataset, Participant, Release, Sample
from portal.kernel.disclosure import DEFAULT_THRESHOLD


def samples_in_figures() -> QuerySet[Sample]:
    """The genomes that public numbers count.

    Of people whose consent stands, and of those who withdrew after the release was published and have not left its
    figures yet.
    """
    consents = Q(participant__consent_withdrawn_at=None)
    still_counted = Q(
        participant__left_figures_at=None, release__published_at__lt=F("participant__consent_withdrawn_at")
    )
    return Sample.objects.counted().filter(consents | still_counted)


def leave_together(cells_of: Mapping[int, frozenset[Hashable]], threshold: int) -> frozenset[int]:
    """The most people who can leave so that each cell loses nobody or at least `threshold` of them.

    cells_of: the cells in which each person is counted. Whoever is in a cell with too few others who leave stays; that
    may leave too few in another cell, so it is asked again until nobody more stays.
    """
    leaving = dict(cells_of)
    while True:
        losses = Counter(cell for cells in leaving.values() for cell in cells)
        staying = [person for person, cells in leaving.items() if any(losses[cell] < threshold for cell in cells)]
        if not staying:
            return frozenset(leaving)
        for person in staying:
            del leaving[person]


def let_people_leave(at: datetime) -> int:
    """Take out of public figures whoever can leave them by now. Returns how many.

    The caller holds consent's lock (`consent_withdrawn_at`), so that of two withdrawals at once none is overlooked.
    """
    waiting = Participant.objects.exclude(consent_withdrawn_at=None).filter(left_figures_at=None)
    people = list(waiting.values_list("pk", flat=True))
    strictest = Dataset.objects.aggregate(most=Max("disclosure_threshold"))["most"] or DEFAULT_THRESHOLD
    leaving = leave_together(_cells_of(people), strictest)
    return Participant.objects.filter(pk__in=leaving).update(left_figures_at=at)


def _cells_of(people: list[int]) -> dict[int, frozenset[Hashable]]:
    """The numbers on public pages in which each of these people is counted; of some there are none."""
    cells: dict[int, set[Hashable]] = {person: set() for person in people}
    held: dict[int, set[int]] = {person: set() for person in people}
    public = samples_in_figures().filter(release__published_at__isnull=False, participant__in=people)
    facts = public.values_list("participant", "release", "participant__sex", "participant__ancestry", "dataset")
    for person, release, sex, ancestry, dataset in facts:
        cells[person] |= {(release, "sex", sex), (release, "ancestry", ancestry), (release, "dataset", dataset)}
        held[person].add(release)
    # Who stayed, came and went is public too (ngrl.changes), from each release to the next.
    published = Release.objects.filter(published_at__isnull=False).order_by("callset", "published_at", "pk")
    for (kind, before), (other_kind, after) in pairwise(published.values_list("callset", "pk")):
        for person, releases in held.items():
            was, is_now = before in releases, after in releases
            if kind == other_kind and (was or is_now):
                cells[person].add((after, "change", was, is_now))
    return {person: frozenset(found) for person, found in cells.items()}
