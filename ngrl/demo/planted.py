"""What is put into the demo cohort on purpose: known variants at known frequencies, and findings with known carriers.

ngrl/demo/README.md tells their stories; `planted.json`, written beside the files, has their counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from ngrl.demo.people import ANCESTRIES, CANCER, COVID_19, MALE, RARE_DISEASE, Families
from ngrl.demo.sites import Effect, Gene, Site

Genotype = tuple[int, int]
FROM_MOTHER, FROM_FATHER, FROM_BOTH = (1, 0), (0, 1), (1, 1)

# Gene, position, alleles, rsid, coding change, protein change, frequency in each group of ANCESTRIES
_KNOWN = (
    ("F5", 169549811, "C>T", "rs6025", "c.1601G>A", "p.Arg534Gln", (0.028, 0.01, 0.0, 0.0, 0.01)),
    ("MTHFR", 11796321, "G>A", "rs1801133", "c.665C>T", "p.Ala222Val", (0.35, 0.15, 0.1, 0.3, 0.25)),
    ("PCSK9", 55039974, "G>T", "rs11591147", "c.137G>T", "p.Arg46Leu", (0.015, 0.0, 0.0, 0.0, 0.01)),
    ("UGT1A1", 233760498, "G>A", "rs4148323", "c.211G>A", "p.Gly71Arg", (0.0, 0.02, 0.0, 0.15, 0.03)),
    ("HFE", 26092913, "G>A", "rs1800562", "c.845G>A", "p.Cys282Tyr", (0.06, 0.0, 0.0, 0.0, 0.02)),
    ("TPMT", 18130687, "T>C", "rs1142345", "c.719A>G", "p.Tyr240Cys", (0.035, 0.02, 0.06, 0.02, 0.03)),
    ("HBB", 5227002, "T>A", "rs334", "c.20A>T", "p.Glu7Val", (0.0, 0.005, 0.06, 0.0, 0.02)),
    ("PAH", 102840493, "G>A", "rs5030858", "c.1222C>T", "p.Arg408Trp", (0.01, 0.0, 0.0, 0.0, 0.0)),
    ("GJB2", 20189546, "AC>A", "rs80338939", "c.35del", "p.Gly12ValfsTer2", (0.012, 0.0, 0.0, 0.0, 0.0)),
    ("NUDT15", 48045719, "C>T", "rs116855232", "c.415C>T", "p.Arg139Cys", (0.003, 0.07, 0.0, 0.1, 0.03)),
    ("COMT", 19963748, "G>A", "rs4680", "c.472G>A", "p.Val158Met", (0.5, 0.44, 0.28, 0.28, 0.4)),
    ("G6PD", 154536002, "C>T", "rs1050828", "c.202G>A", "p.Val68Met", (0.0, 0.0, 0.12, 0.0, 0.02)),
)  # fmt: skip


@dataclass
class Finding:
    """A site with the people who carry it; everybody else is homozygous for the reference.

    `genotypes` gives (allele from the mother, allele from the father) by place of the person; a man's X is the first.
    `missing` are people whose genotype could not be called.
    """

    site: Site
    genotypes: Mapping[int, Genotype]
    missing: list[int] = field(default_factory=list)


def known_sites(genes: Mapping[str, Gene]) -> list[Site]:
    """Known variants whose carriers follow from frequency and inheritance."""
    sites = []
    for symbol, position, alleles, rsid, coding, protein, frequencies in _KNOWN:
        effect = Effect("frameshift_variant" if "fs" in protein else "missense_variant", coding, protein)
        story = f"A known variant of {symbol} at about its known frequencies."
        site = _site(genes[symbol], position, alleles, (effect,), story)
        site.rsid, site.frequencies, site.is_planted = rsid, np.array([frequencies]), False
        sites.append(site)
    return sites


class _Cast:
    """Hands out families and single people, each once, so that no two findings share a person."""

    def __init__(self, families: Families) -> None:
        self._families = families
        self._used: set[int] = set()

    def family(self, kind: str, child_sex: str = "") -> list[int]:
        """The next unused family whose child has this sex: child, mother, father, sibling as far as there are."""
        people = self._families.people
        for members in self._families.by_kind[kind]:
            fits = not child_sex or people[members[0]].sex == child_sex
            if fits and self._used.isdisjoint(members) and people[members[0]].dataset == RARE_DISEASE:
                self._used.update(members)
                return members
        raise ValueError(f"The cohort is too small: no {kind} is left for a planted finding.")

    def single(self, count: int, dataset: str = "") -> list[int]:
        """The next unused people without relatives."""
        people = self._families.people
        alone = [members[0] for members in self._families.by_kind["singleton"]]
        free = [p for p in alone if p not in self._used and (not dataset or people[p].dataset == dataset)]
        if len(free) < count:
            raise ValueError("The cohort is too small: no single people are left for a planted finding.")
        self._used.update(free[:count])
        return free[:count]


def findings(genes: Mapping[str, Gene], families: Families) -> Iterator[Finding]:
    """Every planted finding, in the order of the README."""
    cast = _Cast(families)
    yield _cystic_fibrosis(genes, cast)
    yield _new_in_a_child(genes, cast)
    yield from _one_from_each_parent(genes, cast)
    yield _on_the_mothers_x(genes, cast)
    yield _four_people(genes, cast)
    yield _three_in_each_dataset(genes, cast)
    yield _below_the_filter(genes, cast)
    yield _two_alternatives(genes, cast)
    yield _a_tenth_missing(genes, cast, families)


def _site(gene: Gene, position: int, alleles: str, effects: tuple[Effect, ...], story: str) -> Site:
    ref, _, alts = alleles.partition(">")
    none = np.zeros((len(effects), len(ANCESTRIES)))
    alternatives = tuple(alts.split(","))
    return Site(gene, position, ref, alternatives, effects, none, missing_rate=0.0, story=story, is_planted=True)


def _cystic_fibrosis(genes: Mapping[str, Gene], cast: _Cast) -> Finding:
    effect = Effect("inframe_deletion", "c.1521_1523del", "p.Phe508del")
    story = "25 carriers: 24 with one copy, and an affected child with two whose parents have one each."
    site = _site(genes["CFTR"], 117559590, "ATCT>A", (effect,), story)
    site.rsid = "rs113993960"
    child, mother, father = cast.family("trio")
    carriers: dict[int, Genotype] = {child: FROM_BOTH, mother: FROM_MOTHER, father: FROM_FATHER}
    for kind in ("trio", "trio", "trio", "duo"):
        child, mother = cast.family(kind)[:2]
        carriers |= {child: FROM_MOTHER, mother: FROM_MOTHER}
    carriers |= dict.fromkeys(cast.single(14), FROM_MOTHER)
    return Finding(site, carriers)


def _new_in_a_child(genes: Mapping[str, Gene], cast: _Cast) -> Finding:
    effect = Effect("stop_gained", "c.1834C>T", "p.Gln612Ter")
    story = "New in one affected child: neither parent has it."
    child = cast.family("trio")[0]
    return Finding(_site(genes["SCN1A"], 166012345, "G>A", (effect,), story), {child: FROM_FATHER})


def _one_from_each_parent(genes: Mapping[str, Gene], cast: _Cast) -> Iterator[Finding]:
    child, mother, father, sibling = cast.family("quad")
    story = "One of two in the same affected child, one from each parent; the sibling has the mother's only."
    first = Effect("missense_variant", "c.5882G>A", "p.Gly1961Glu")
    site = _site(genes["ABCA4"], 94008251, "C>T", (first,), story)
    site.rsid = "rs1800553"
    yield Finding(site, {child: FROM_MOTHER, mother: FROM_FATHER, sibling: FROM_MOTHER})
    second = Effect("frameshift_variant", "c.4540del", "p.Gln1514ArgfsTer7")
    yield Finding(_site(genes["ABCA4"], 94029480, "TG>T", (second,), story), {child: FROM_FATHER, father: FROM_MOTHER})


def _on_the_mothers_x(genes: Mapping[str, Gene], cast: _Cast) -> Finding:
    effect = Effect("stop_gained", "c.2302C>T", "p.Gln768Ter")
    story = "On the only X of an affected boy, from his mother, who has one copy."
    son, mother = cast.family("trio", MALE)[:2]
    site = _site(genes["DMD"], 32345678, "G>A", (effect,), story)
    return Finding(site, {son: FROM_MOTHER, mother: FROM_FATHER})


def _four_people(genes: Mapping[str, Gene], cast: _Cast) -> Finding:
    effect = Effect("frameshift_variant", "c.5946del", "p.Ser1982ArgfsTer22")
    story = "4 carriers: outside of the environment this is fewer than 5."
    site = _site(genes["BRCA2"], 32340300, "GT>G", (effect,), story)
    site.rsid = "rs80359550"
    return Finding(site, dict.fromkeys(cast.single(4, CANCER), FROM_MOTHER))


def _three_in_each_dataset(genes: Mapping[str, Gene], cast: _Cast) -> Finding:
    effect = Effect("frameshift_variant", "c.68_69del", "p.Glu23ValfsTer17")
    story = "9 carriers, 3 in each dataset: what a project sees depends on what it was granted."
    site = _site(genes["BRCA1"], 43124027, "ACT>A", (effect,), story)
    site.rsid = "rs80357914"
    people = [person for dataset in (RARE_DISEASE, CANCER, COVID_19) for person in cast.single(3, dataset)]
    return Finding(site, dict.fromkeys(people, FROM_FATHER))


def _below_the_filter(genes: Mapping[str, Gene], cast: _Cast) -> Finding:
    effect = Effect("frameshift_variant", "c.6050del", "p.Leu2017ArgfsTer9")
    story = "7 carriers at a site that did not pass the filters: in the answer only when these are asked for."
    site = _site(genes["PKD1"], 2110101, "GC>G", (effect,), story)
    site.filter, site.quality = "LowQual", 31
    return Finding(site, dict.fromkeys(cast.single(7), FROM_MOTHER))


def _two_alternatives(genes: Mapping[str, Gene], cast: _Cast) -> Finding:
    effects = (
        Effect("missense_variant", "c.681C>A", "p.Asp227Glu"),
        Effect("synonymous_variant", "c.681C>T", "p.Asp227="),
    )
    story = "One record with two alternatives: 6 people have the first, 3 the second, 1 person has one of each."
    site = _site(genes["LDLR"], 11105587, "C>A,T", effects, story)
    people = cast.single(10)
    first: dict[int, Genotype] = dict.fromkeys(people[:6], (0, 1))
    return Finding(site, {**first, **dict.fromkeys(people[6:9], (2, 0)), people[9]: (1, 2)})


def _a_tenth_missing(genes: Mapping[str, Gene], cast: _Cast, families: Families) -> Finding:
    effect = Effect("missense_variant", "c.1231G>A", "p.Gly411Ser")
    story = "6 carriers; the genotype of every tenth person is missing, so the allele number is a tenth smaller."
    site = _site(genes["MYH7"], 23420101, "C>T", (effect,), story)
    carriers = dict.fromkeys(cast.single(6), FROM_MOTHER)
    others = [place for place in range(len(families.people)) if place not in carriers]
    return Finding(site, carriers, missing=others[::10])
