"""What is asked of a file in benchmarks/variants.py, and how the engine answers."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from engine import GOOD_QUALITY, RARE, Subject, engine_carriers, engine_counts, engine_point
from measuring import Answer, Ask

from research_env.engine import (
    PROTEIN_CHANGING,
    BurdenDesign,
    Cohort,
    Family,
    Filters,
    Member,
    build_columns,
    burden,
    inheritance,
    open_release,
    person_variants,
)
from research_env.engine.columnar import Columns, open_columns

INGEST: Final = "ingest"
COUNTS: Final = "Q1 counts"
SMALL: Final = "Q1 counts, small region"
CARRIERS: Final = "Q2 carriers"
POINT: Final = "Q3 one variant"
PERSON: Final = "Q4 one person"
RARE_PERSON: Final = "Q4 one person, rare"
DE_NOVO: Final = "Q5 de novo"
DE_NOVO_GOOD: Final = "Q5 de novo, GQ"
BURDEN: Final = "Q6 gene burden"
# Ingest first: what it makes of a file may be asked afterwards
QUESTIONS: Final = (INGEST, COUNTS, SMALL, CARRIERS, POINT, PERSON, RARE_PERSON, DE_NOVO, DE_NOVO_GOOD, BURDEN)

SMALL_RECORDS: Final = 578  # as in the goals
Asks = Mapping[str, Ask]


@dataclass(frozen=True)
class Asked:
    """A file with its columns, and what everybody is asked of it."""

    subject: Subject
    folder: Path  # for the forms of peers
    listed: Path  # the names of the cohort, one a line
    single: tuple[str, ...]  # a row of Q1
    small: tuple[int, int] | None  # a region inside a file that is much larger
    person: int  # of the cohort

    @property
    def trio(self) -> tuple[int, int, int] | None:
        """Child, mother and father. They need not be related to be asked about: none is a parent of the others."""
        others = [sample for sample in range(min(3, len(self.subject.names))) if sample != self.person]
        return (self.person, others[0], others[1]) if len(others) > 1 else None

    @property
    def has_genes(self) -> bool:
        """Whether each line has the consequence of one transcript, so that nobody has to pick."""
        return bool(self.subject.consequence_fields)

    @property
    def questions(self) -> tuple[str, ...]:
        """What can be asked of this file."""
        absent = {
            SMALL: self.small is None,
            DE_NOVO: self.trio is None,
            DE_NOVO_GOOD: self.trio is None or not self.subject.has_quality,
            BURDEN: not self.has_genes,
        }
        return tuple(question for question in QUESTIONS if not absent.get(question))

    def at(self, path: Path) -> Asked:
        """The same of another form of the file."""
        return replace(self, subject=replace(self.subject, path=path))

    def within(self, span: tuple[int, int]) -> Asked:
        """The same of a region."""
        return replace(self, subject=replace(self.subject, asked=span))


def engine_asks(asked: Asked) -> Asks:
    """How the engine answers each question."""
    subject = asked.subject
    found: dict[str, Ask] = {
        INGEST: partial(_ingest, subject),
        COUNTS: partial(engine_counts, subject),
        CARRIERS: partial(engine_carriers, subject, by_quality=False),
        POINT: partial(engine_point, subject, asked.single),
        PERSON: partial(_person, asked, None),
        RARE_PERSON: partial(_person, asked, RARE),
        DE_NOVO: partial(_de_novo, asked, None),
        DE_NOVO_GOOD: partial(_de_novo, asked, GOOD_QUALITY),
        BURDEN: partial(_burden, subject),
    }
    if asked.small:
        found[SMALL] = partial(engine_counts, asked.within(asked.small).subject)
    return found


def columns_of(subject: Subject) -> Columns:
    """The columns of the one chunk."""
    (chunk,) = subject.source.chunks
    found = open_columns(chunk, len(subject.names), chunk.columns_path)
    if found is None:
        raise SystemExit("The columns that were just made are not current.")
    return found


def _ingest(subject: Subject) -> Answer:
    """Columns made anew; the answer is the allele count in the whole file, as the columns hold it."""
    (chunk,) = subject.source.chunks
    with tempfile.TemporaryDirectory() as scratch:
        build_columns(chunk, len(subject.names), Path(scratch) / "columns")
        columns = columns_of(replace(subject, columns_path=str(Path(scratch) / "columns")))
        rows = np.arange(columns.manifest.rows)
        columns.need(rows)
        words = columns.words(rows, ["ref", "alt"])
        position, count = (columns.values(name, rows).tolist() for name in ("position_1based", "allele_count"))
        told = (position, *(words[name].to_pylist() for name in ("ref", "alt")), count)
        return [tuple(map(str, row)) for row in zip(*told, strict=True)]


def _person(asked: Asked, highest: float | None) -> Answer:
    """Q4: what one person carries in the whole span."""
    filters = Filters(pass_only=False, max_allele_frequency=highest)
    with open_release(asked.subject.source) as release:
        table = person_variants(release, [asked.subject.region], asked.person, filters)
    return _alleles(table)


def _alleles(table: pa.Table) -> Answer:
    columns = (table[name].to_pylist() for name in ("position_1based", "ref", "alt"))
    return sorted(tuple(map(str, row)) for row in zip(*columns, strict=True))


def _de_novo(asked: Asked, quality: int | None) -> Answer:
    """Q5: at PASS sites, what the child carries and neither parent does; all of them called, and well where asked."""
    if asked.trio is None:
        return []
    child, mother, father = asked.trio
    family = Family(child, (Member(child, father=father, mother=mother), Member(mother), Member(father)))
    filters = Filters(min_genotype_quality=quality)
    with open_release(asked.subject.source) as release:
        return _alleles(inheritance(release, [asked.subject.region], family, filters, modes=["de_novo"]))


def _burden(subject: Subject) -> Answer:
    """Q6: by gene, how many of the cohort and of all others carry a rare allele that changes the protein."""
    is_case = subject.cohort.mask.astype(bool)
    filters = Filters(max_allele_frequency=RARE, consequences=PROTEIN_CHANGING)
    with open_release(subject.source) as release:
        everyone = Cohort.everyone(len(subject.names))
        table = burden(release, [subject.region], BurdenDesign(is_case, ~is_case), filters, population=everyone)
    columns = (table[name].to_pylist() for name in ("gene_symbol", "case_carriers", "control_carriers"))
    return sorted(tuple(map(str, row)) for row in zip(*columns, strict=True))


class GeneTally:
    """Q6 for those who come upon carriers one by one: people of a gene, cases and controls apart."""

    def __init__(self, subject: Subject) -> None:
        self._is_case = subject.cohort.mask.astype(bool)
        self._fields = subject.consequence_fields
        self._carriers: dict[str, set[int]] = {}

    def gene_of(self, entry: str | None) -> str | None:
        """The gene of an entry of CSQ that says that the protein changes."""
        if not entry:
            return None
        values = dict(zip(self._fields, entry.split("|"), strict=False))
        changes = PROTEIN_CHANGING.intersection(values["Consequence"].split("&"))
        return values.get("SYMBOL") or None if changes else None

    def add(self, gene: str, samples: list[int]) -> None:
        """Carriers of one allele."""
        self._carriers.setdefault(gene, set()).update(samples)

    def answer(self) -> Answer:
        """Gene, cases and controls."""
        rows = []
        for gene, samples in self._carriers.items():
            cases = sum(self._is_case[sample] for sample in samples)
            rows.append((gene, str(cases), str(len(samples) - cases)))
        return sorted(row for row in rows if row[1:] != ("0", "0"))


def is_de_novo(genotypes: list[str], number: str = "1") -> bool:
    """Child, mother and father as a VCF writes them, where a line has one alternative: only the child carries it."""
    child, *parents = (genotype.replace("|", "/").split("/") for genotype in genotypes)
    return number in child and all(len(each) > 1 and not {".", number}.intersection(each) for each in parents)
