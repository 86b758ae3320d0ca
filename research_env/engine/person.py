"""One person's variants in some targets: what the allele is, how rare, and how the person was called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa

from .cohort import Cohort
from .columnar import person_batches
from .errors import InvalidTarget
from .filters import Filters
from .lines import Meter
from .normals import SOMATIC_CARRIERS_SCHEMA
from .reader import Work, answer, as_asked, make_question, whole_work
from .regions import Target
from .release import Release
from .schemas import CARRIERS_SCHEMA, DESCRIBED, VARIANTS_SCHEMA
from .sources import check_unchanged
from .tally import Question

_CALL: Final = ("zygosity", "phased", "depth", "genotype_quality", "alt_depth")
_ALLELE: Final = (
    *VARIANTS_SCHEMA.names[:DESCRIBED],
    "population_allele_count",
    "population_allele_number",
    "population_allele_frequency",
)
PERSON_SCHEMA: Final = pa.schema(
    [VARIANTS_SCHEMA.field(name) for name in _ALLELE] + [CARRIERS_SCHEMA.field(name) for name in _CALL]
)
SOMATIC_PERSON_SCHEMA: Final = PERSON_SCHEMA.append(SOMATIC_CARRIERS_SCHEMA.field("normal"))


def person_variants(
    release: Release, targets: Sequence[Target], sample: int, filters: Filters, *, population: Cohort | None = None
) -> pa.Table:
    """What one person carries, one row for each allele, in the order of the files: PERSON_SCHEMA, or
    SOMATIC_PERSON_SCHEMA of a tumour.

    ``population`` are the people who may be read; frequencies refer to them. Raises InvalidTarget when the person
    is not one of them (as after a withdrawal), and EngineError as ``counts`` does.
    """
    population = population or Cohort.everyone(release.source.sample_count)
    check_readable(sample, population)
    question = make_question(release.source, Cohort.from_indexes(population.n, [sample]), filters, population)
    schema = PERSON_SCHEMA if release.source.normals is None else SOMATIC_PERSON_SCHEMA
    batches: list[pa.RecordBatch] = []
    for work in whole_work(release.source, targets):
        # A person's own list in the columns knows nobody else, and so no normal
        columns = release.columns(work.chunk) if release.source.normals is None else None
        if columns is None:
            batches += _from_all(release, work, question, schema)
        else:
            batches += person_batches(columns, work.selection, sample, question, PERSON_SCHEMA)
            check_unchanged(release.source.chunks[work.chunk])
    return as_asked(release.source, pa.Table.from_batches(batches, schema=schema))


def _from_all(release: Release, work: Work, question: Question, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for block in answer(release, [work], question, Meter(None, 0)):
        variants, carried = block.variants(), block.carriers()
        # With one person, an allele that is carried has one carrier: the two tables run side by side
        held = variants.filter(pa.array(variants["carrier_count"].to_numpy() > 0))
        columns = [held[name] for name in _ALLELE] + [carried[name] for name in schema.names[len(_ALLELE) :]]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def check_readable(sample: int, population: Cohort) -> None:
    """Raise InvalidTarget when a sample is outside the release or may not be read."""
    if not 0 <= sample < population.n or not population.mask[sample]:
        raise InvalidTarget("This person is not among those whose genomes can be read in this release.")
