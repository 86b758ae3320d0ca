"""cyvcf2 and numpy on the VCF. People who are not asked about are not decoded."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
from engine import GOOD_QUALITY, RARE, Subject
from measuring import Answer
from questions import (
    BURDEN,
    CARRIERS,
    COUNTS,
    DE_NOVO,
    DE_NOVO_GOOD,
    INGEST,
    PERSON,
    POINT,
    RARE_PERSON,
    SMALL,
    Asked,
    Asks,
    GeneTally,
)


def asks(asked: Asked) -> Asks:
    """Every question."""
    if not find_spec("cyvcf2"):
        return {}
    found = {
        INGEST: partial(_ingest, asked.subject),
        COUNTS: partial(_counts, asked.subject),
        CARRIERS: partial(_carriers, asked.subject),
        POINT: partial(_point, asked),
        PERSON: partial(_person, asked),
        RARE_PERSON: partial(_rare_person, asked),
        DE_NOVO: partial(_de_novo, asked, None),
        DE_NOVO_GOOD: partial(_de_novo, asked, GOOD_QUALITY),
        BURDEN: partial(_burden, asked.subject),
    }
    if asked.small:
        found[SMALL] = partial(_counts, asked.within(asked.small).subject)
    return found


def _lines(subject: Subject, people: Sequence[int] | None = None) -> Iterator[Any]:
    """The lines of the file, or of a region where one is asked for; of everybody, or of some people (ascending)."""
    named = None if people is None else [subject.names[sample] for sample in people]
    reader: Any = importlib.import_module("cyvcf2").VCF(str(subject.path), samples=named)
    if subject.asked is None:
        return iter(reader)
    start, end = subject.asked
    return (line for line in reader(f"{subject.contig}:{start}-{end}") if start <= line.POS <= end)


def _passing(subject: Subject, people: Sequence[int] | None = None) -> Iterator[Any]:
    return (line for line in _lines(subject, people) if line.FILTERS == ["PASS"])


def _alternatives(line: Any) -> Iterator[tuple[int, str]]:
    return ((number, alt) for number, alt in enumerate(line.ALT, 1) if alt.isalpha())


def _is_rare(alleles: Any, number: int) -> bool:
    called = (alleles >= 0).sum()
    return bool(called and (alleles == number).sum() / called <= RARE)


def _counts(subject: Subject) -> Answer:
    rows: Answer = []
    for line in _lines(subject, subject.cohort.indexes.tolist()):
        alleles = line.genotype.array()[:, :-1]
        called = (alleles >= 0).sum(axis=1)
        for number, alt in _alternatives(line):
            copies = (alleles == number).sum(axis=1)
            homozygous = int(((copies == called) & (called > 1)).sum())
            told = (line.POS, line.REF, alt, int(copies.sum()), int(called.sum()), homozygous)
            rows.append(tuple(map(str, told)))
    return rows


def _carriers(subject: Subject) -> Answer:
    members = subject.cohort.indexes
    rows: Answer = []
    for line in _passing(subject):
        alleles = line.genotype.array()[:, :-1]
        for number, alt in _alternatives(line):
            if _is_rare(alleles, number):
                found = members[(alleles[members] == number).any(axis=1)]
                rows += [(str(line.POS), line.REF, alt, subject.names[sample]) for sample in found.tolist()]
    return rows


def _point(asked: Asked) -> Answer:
    position, ref, alt = asked.single[:3]
    there = asked.within((int(position), int(position))).subject
    for line in _lines(there, there.cohort.indexes.tolist()):
        if (ref, [alt]) == (line.REF, line.ALT):
            alleles = line.genotype.array()[:, :-1]
            return [(position, str((alleles == 1).sum()), str((alleles >= 0).sum()))]
    return []


def _person(asked: Asked) -> Answer:
    rows: Answer = []
    for line in _lines(asked.subject, [asked.person]):
        carried = line.genotype.array()[0, :-1].tolist()
        rows += [(str(line.POS), line.REF, alt) for number, alt in _alternatives(line) if number in carried]
    return sorted(rows)


def _rare_person(asked: Asked) -> Answer:
    rows: Answer = []
    for line in _lines(asked.subject):
        alleles = line.genotype.array()[:, :-1]
        carried = alleles[asked.person].tolist()
        found = (each for each in _alternatives(line) if each[0] in carried)
        rows += [(str(line.POS), line.REF, alt) for number, alt in found if _is_rare(alleles, number)]
    return sorted(rows)


def _de_novo(asked: Asked, quality: int | None) -> Answer:
    if asked.trio is None:
        return []
    places = [sorted(asked.trio).index(sample) for sample in asked.trio]
    rows: Answer = []
    for line in _passing(asked.subject, sorted(asked.trio)):
        child, *parents = line.genotype.array()[places, :-1].tolist()
        if not any(allele > 0 for allele in child) or any(min(each) < 0 for each in parents):
            continue
        if quality and ("GQ" not in line.FORMAT or (line.format("GQ") < quality).any()):
            continue
        for number, alt in _alternatives(line):
            if number in child and not any(number in each for each in parents):
                rows.append((str(line.POS), line.REF, alt))
    return sorted(rows)


def _burden(subject: Subject) -> Answer:
    tally = GeneTally(subject)
    for line in _passing(subject):
        if gene := tally.gene_of(line.INFO.get("CSQ")):
            alleles = line.genotype.array()[:, :-1]
            if _is_rare(alleles, 1):
                tally.add(gene, np.flatnonzero((alleles == 1).any(axis=1)).tolist())
    return tally.answer()


def _ingest(subject: Subject) -> Answer:
    """Every genotype, depth, quality and allele depth of the file read once; the allele counts."""
    rows: Answer = []
    for line in _lines(subject):
        alleles = line.genotype.array()[:, :-1]
        for key in ("DP", "GQ", "AD"):
            if key in line.FORMAT:
                line.format(key)
        for number, alt in _alternatives(line):
            rows.append((str(line.POS), line.REF, alt, str((alleles == number).sum())))
    return rows
