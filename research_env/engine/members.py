"""What each of several people has at some alleles: the file, or its columns, are read once for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from .cohort import Cohort
from .columnar import Counts, can_answer, count_each
from .filters import Filters
from .lines import Meter
from .reader import Work, line_blocks, make_question, whole_work
from .regions import Target
from .release import Release
from .sources import check_unchanged
from .tally import HET, Tally

# By person, and of each allele: its copies, called alleles, and whether another allele was called beside it
OfEach = NDArray[np.int64]  # [people, 3, alleles]


def counts_of_each(
    release: Release, targets: Sequence[Target], samples: Sequence[int], filters: Filters
) -> Iterator[tuple[list[str], OfEach]]:
    """Alleles by variant_id, in the order of the files, with what each of the people (at least one) has there:

    what ``counts`` says of a cohort of one person as allele_count, allele_number and het_count. Of ``filters`` those of
    sites and of the quality of calls hold. Before anything is handed out, the file is looked at once more: raises
    SourceChanged when it is another by now.
    """
    count = release.source.sample_count
    people = [Cohort.from_indexes(count, [sample]) for sample in samples]
    for work in whole_work(release.source, targets):
        for found in _of_chunk(release, work, people, filters):
            check_unchanged(release.source.chunks[work.chunk])
            yield found
        check_unchanged(release.source.chunks[work.chunk])


def _of_chunk(
    release: Release, work: Work, people: Sequence[Cohort], filters: Filters
) -> Iterator[tuple[list[str], OfEach]]:
    columns = release.columns(work.chunk) if can_answer(filters) else None
    if columns is not None:
        names, counts = count_each(columns, work.selection, people, filters)
        yield names, _stacked(counts)
        return
    questions = [make_question(release.source, person, filters, person) for person in people]
    for counted in line_blocks(release, work, questions, Meter(None, 0)):
        yield counted[0].variant_ids, _stacked([block.result for block in counted])


def _stacked(counted: Sequence[Counts | Tally]) -> OfEach:
    return np.array([(each.allele_count, each.allele_number, each.zygosity_counts[HET]) for each in counted])
