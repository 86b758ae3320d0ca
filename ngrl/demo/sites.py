"""Invented variant sites in real genes: places, alleles, frequencies and consequences as an annotator would write them.

Sites with an rsid are facts (place, alleles, name of the change); every other one is invented, reference bases
included, and says so by its transcript, DEMO_<gene>.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ngrl.demo.people import ANCESTRIES

CSQ_FIELDS = (
    "Allele", "Consequence", "IMPACT", "SYMBOL", "Gene", "Feature_type", "Feature", "BIOTYPE", "HGVSc", "HGVSp",
    "ALLELE_NUM",
)  # fmt: skip
# Consequence, impact, share of the invented sites, and how much rarer selection keeps such variants
_CONSEQUENCES = (
    ("intron_variant", "MODIFIER", 0.46, 1.0),
    ("missense_variant", "MODERATE", 0.24, 0.35),
    ("synonymous_variant", "LOW", 0.13, 1.0),
    ("3_prime_UTR_variant", "MODIFIER", 0.07, 1.0),
    ("5_prime_UTR_variant", "MODIFIER", 0.03, 1.0),
    ("splice_region_variant", "LOW", 0.025, 0.8),
    ("frameshift_variant", "HIGH", 0.015, 0.05),
    ("stop_gained", "HIGH", 0.012, 0.05),
    ("inframe_deletion", "MODERATE", 0.01, 0.2),
    ("splice_donor_variant", "HIGH", 0.008, 0.05),
)
IMPACT = {term: impact for term, impact, _, _ in _CONSEQUENCES} | {"inframe_deletion": "MODERATE"}
_AMINO_ACIDS = [
    "Ala",
    "Arg",
    "Asn",
    "Asp",
    "Cys",
    "Gln",
    "Glu",
    "Gly",
    "His",
    "Ile",
    "Leu",
    "Lys",
    "Met",
    "Phe",
    "Pro",
    "Ser",
    "Thr",
    "Trp",
    "Tyr",
    "Val",
]
_BASES = "ACGT"


@dataclass(frozen=True)
class Gene:
    """A gene of the demo's table, on GRCh38."""

    symbol: str
    ensembl_id: str
    contig: str
    start_1based: int
    end_1based: int


@dataclass(frozen=True)
class Effect:
    """What one alternative allele does."""

    consequence: str
    hgvs_coding: str = ""
    hgvs_protein: str = ""


@dataclass
class Site:
    """One record to be. `frequencies` is float[alternatives, ancestry groups]."""

    gene: Gene
    position_1based: int
    ref: str
    alts: tuple[str, ...]
    effects: tuple[Effect, ...]
    frequencies: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    rsid: str = "."
    filter: str = "PASS"
    quality: int = 1000
    missing_rate: float = 0.002
    story: str = ""
    is_planted: bool = field(default=False)

    def variant_id(self, alternative: int = 0) -> str:
        """For example chr7-117559590-ATCT-A."""
        return f"{self.gene.contig}-{self.position_1based}-{self.ref}-{self.alts[alternative]}"

    def csq(self) -> str:
        """The annotation of all alternatives, in the fields of CSQ_FIELDS."""
        entries = []
        for number, (alt, effect) in enumerate(zip(self.alts, self.effects, strict=True), start=1):
            values = (
                _vep_allele(self.ref, self.alts, alt), effect.consequence, IMPACT[effect.consequence],
                self.gene.symbol, self.gene.ensembl_id, "Transcript", f"DEMO_{self.gene.symbol}", "protein_coding",
                effect.hgvs_coding, effect.hgvs_protein.replace("=", "%3D"), str(number),
            )  # fmt: skip
            entries.append("|".join(values))
        return ",".join(entries)


def invented_sites(gene: Gene, count: int, taken: set[int], rng: np.random.Generator) -> list[Site]:
    """`count` sites at places of the gene that are not taken, in no order; the places are then taken."""
    sites: list[Site] = []
    while len(sites) < count:
        position = int(rng.integers(gene.start_1based, gene.end_1based))
        if not taken.isdisjoint(range(position - 3, position + 4)):
            continue
        taken.add(position)
        sites.append(_invented(gene, position, rng))
    return sites


def _invented(gene: Gene, position: int, rng: np.random.Generator) -> Site:
    terms, _, shares, rarities = zip(*_CONSEQUENCES, strict=True)
    kind = int(rng.choice(len(terms), p=np.array(shares) / sum(shares)))
    ref, alts = _alleles(terms[kind], rng)
    frequencies = np.vstack([_frequencies(rarities[kind], rng) for _ in alts])
    is_doubtful = rng.random() < 0.06
    return Site(
        gene=gene,
        position_1based=position,
        ref=ref,
        alts=alts,
        effects=tuple(_effect(terms[kind], gene, position, ref=ref, alt=alt, rng=rng) for alt in alts),
        frequencies=frequencies,
        filter=str(rng.choice(["LowQual", "LowCallRate"])) if is_doubtful else "PASS",
        quality=int(rng.integers(20, 60)) if is_doubtful else int(rng.integers(200, 5000)),
        missing_rate=0.12 if is_doubtful else float(rng.choice([0.0, 0.002, 0.02], p=[0.5, 0.4, 0.1])),
    )


def _alleles(consequence: str, rng: np.random.Generator) -> tuple[str, tuple[str, ...]]:
    bases = rng.permutation(list(_BASES))
    if consequence in {"frameshift_variant", "inframe_deletion"}:
        length = 3 if consequence == "inframe_deletion" else int(rng.choice([1, 2]))
        return bases[0] + "".join(rng.choice(list(_BASES), size=length)), (str(bases[0]),)
    alternatives = 2 if rng.random() < 0.04 else 1
    return str(bases[0]), tuple(str(base) for base in bases[1 : 1 + alternatives])


def _frequencies(rarity: float, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Most variants are rare, few are common; groups differ, more so for rare ones. float[ancestry groups]."""
    low, high = [(-4.0, -2.4), (-2.4, -1.3), (-1.3, -0.35)][int(rng.choice(3, p=[0.75, 0.16, 0.09]))]
    frequency = 10 ** rng.uniform(low, high) * rarity
    spread = rng.lognormal(0, 0.9 if frequency < 0.01 else 0.3, size=len(ANCESTRIES))
    return np.clip(frequency * spread, 0, 0.6)


def _effect(consequence: str, gene: Gene, position: int, *, ref: str, alt: str, rng: np.random.Generator) -> Effect:
    """A name for the change that fits its kind; the codon grows with the place in the gene."""
    codon = 1 + (position - gene.start_1based) * 800 // (gene.end_1based - gene.start_1based + 1)
    before, after = (_AMINO_ACIDS[place] for place in rng.choice(len(_AMINO_ACIDS), size=2, replace=False))
    base = 3 * codon - int(rng.integers(0, 3))
    protein = {
        "missense_variant": f"p.{before}{codon}{after}",
        "synonymous_variant": f"p.{before}{codon}=",
        "stop_gained": f"p.{before}{codon}Ter",
        "frameshift_variant": f"p.{before}{codon}{after}fsTer{int(rng.integers(2, 40))}",
        "inframe_deletion": f"p.{before}{codon}del",
    }.get(consequence, "")
    coding = {
        "intron_variant": f"c.{base}+{int(rng.integers(20, 900))}{ref}>{alt}",
        "splice_region_variant": f"c.{base}+{int(rng.integers(3, 8))}{ref}>{alt}",
        "splice_donor_variant": f"c.{base}+1{ref}>{alt}",
        "3_prime_UTR_variant": f"c.*{int(rng.integers(5, 900))}{ref}>{alt}",
        "5_prime_UTR_variant": f"c.-{int(rng.integers(5, 150))}{ref}>{alt}",
        "frameshift_variant": f"c.{base}del",
        "inframe_deletion": f"c.{base}_{base + 2}del",
    }.get(consequence, f"c.{base}{ref}>{alt}")
    return Effect(consequence, coding, protein)


def _vep_allele(ref: str, alts: tuple[str, ...], alt: str) -> str:
    """VEP leaves out the base that all alleles share where one of them is an insertion or deletion."""
    if any(len(other) != len(ref) for other in alts):
        return alt[1:] or "-"
    return alt
