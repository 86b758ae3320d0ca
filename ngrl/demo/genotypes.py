"""Draws the genotypes of the demo cohort: founders from frequencies, children from their parents, one gene at a time.

Alleles are int8[2, people]: from the mother, from the father. -1 is a genotype that could not be called, -2 a copy that
is not there (a man's second X).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ngrl.demo.people import ANCESTRIES, Families
from ngrl.demo.planted import Finding
from ngrl.demo.sites import Site

MISSING, ABSENT = -1, -2


@dataclass(frozen=True)
class Called:
    """One site with its genotypes, int8[2, people]."""

    site: Site
    alleles: NDArray[np.int8]


class Cohort:
    """The families as arrays, ready to draw from."""

    def __init__(self, families: Families, rng: np.random.Generator) -> None:
        people = families.people
        self.rng = rng
        self.size = len(people)
        self.is_male = families.is_male
        self.ancestry = np.array([ANCESTRIES.index(person.ancestry) for person in people])
        self.mothers = np.array([-1 if person.mother is None else person.mother for person in people])
        self.fathers = np.array([-1 if person.father is None else person.father for person in people])
        is_child = self.mothers >= 0
        self.alone = np.setdiff1d(np.flatnonzero(~is_child), np.concatenate([self.mothers, self.fathers]))

    def draw(self, sites: Sequence[Site]) -> list[Called]:
        """Genotypes at the sites of one gene: children get each parent's copy of the gene whole."""
        on_x = sites[0].gene.contig == "chrX"
        alleles = np.zeros((2, self.size, len(sites)), dtype=np.int8)
        for place, site in enumerate(sites):
            for number, frequencies in enumerate(site.frequencies, start=1):
                carried = self.rng.random((2, self.size)) < frequencies[self.ancestry]
                alleles[:, :, place][carried] = number
        self._inherit(alleles, on_x=on_x)
        for place, site in enumerate(sites):
            missing = self.rng.random(self.size) < site.missing_rate
            alleles[:, missing, place] = MISSING
        if on_x:
            alleles[1, self.is_male] = ABSENT
        for place, site in enumerate(sites):
            self._see_each_alternative(alleles[:, :, place], len(site.alts))
        return [Called(site, alleles[:, :, place]) for place, site in enumerate(sites)]

    def place(self, finding: Finding) -> Called:
        """The genotypes of a planted finding."""
        alleles = np.zeros((2, self.size), dtype=np.int8)
        for person, genotype in finding.genotypes.items():
            alleles[:, person] = genotype
        alleles[:, finding.missing] = MISSING
        if finding.site.gene.contig == "chrX":
            alleles[1, self.is_male] = ABSENT
        return Called(finding.site, alleles)

    def _inherit(self, alleles: NDArray[np.int8], *, on_x: bool) -> None:
        children = np.flatnonzero(self.mothers >= 0)
        chosen = self.rng.integers(0, 2, size=self.size)
        alleles[0, children] = alleles[chosen[children], self.mothers[children]]
        children = np.flatnonzero(self.fathers >= 0)
        chosen = np.zeros(self.size, dtype=np.int64) if on_x else self.rng.integers(0, 2, size=self.size)
        alleles[1, children] = alleles[chosen[children], self.fathers[children]]

    def _see_each_alternative(self, alleles: NDArray[np.int8], count: int) -> None:
        """A joint call names only alternatives that somebody has: otherwise a person without relatives does."""
        for number in range(1, count + 1):
            if not (alleles == number).any():
                free = self.alone[alleles[0, self.alone] == 0]
                alleles[0, self.rng.choice(free)] = number


def counts_of(called: Called, alternative: int = 1) -> Mapping[str, int]:
    """Alleles and people at one site, of one alternative: what a reader can check."""
    first, second = called.alleles
    copies = (first == alternative).astype(int) + (second == alternative)
    haploid = second == ABSENT
    carriers = int((copies > 0).sum())
    hom = int((copies == 2).sum())
    hemi = int(((copies == 1) & haploid).sum())
    return {
        "carriers": carriers,
        "het": carriers - hom - hemi,
        "hom": hom,
        "hemi": hemi,
        "allele_count": int(copies.sum()),
        "allele_number": int((called.alleles >= 0).sum()),
    }
