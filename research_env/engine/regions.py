"""What a question is about: regions and single variants, under one spelling of contigs."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .assemblies import CONTIG_LENGTHS, CONTIG_RANK
from .errors import InvalidTarget

_ALLELE: Final = re.compile(r"[ACGTN]+")
_REGION: Final = re.compile(r"(?P<contig>[^:\s]+)(?::(?P<start>[\d,]+)(?:\s*(?:-|\.\.|\u2013)\s*(?P<end>[\d,]+))?)?")
_VARIANT: Final = re.compile(
    r"(?P<contig>[^-:\s]+)[-:\s](?P<position>[\d,]+)[-:\s](?P<ref>[A-Za-z]+)[-:>\s](?P<alt>[A-Za-z]+)"
)


def canonical_contig(name: str) -> str:
    """The one spelling of a contig: ``7``, ``chr7`` and ``CHR7`` are ``chr7``; ``M``, ``MT`` are ``chrM``.

    Raises InvalidTarget for anything else than 1 to 22, X, Y and the mitochondrion.
    """
    bare = name.strip()
    if bare[:3].lower() == "chr":
        bare = bare[3:]
    contig = "chrM" if bare.upper() in {"M", "MT"} else f"chr{bare.upper()}"
    if contig not in CONTIG_RANK:
        shown = name.strip()[:30] or "nothing"
        raise InvalidTarget(f"“{shown}” is not a chromosome we know. Write 1 to 22, X, Y or MT, with or without “chr”.")
    return contig


@dataclass(frozen=True, slots=True)
class Region:
    """Positions ``start_1based`` to ``end_1based`` of a contig, both inclusive.

    A variant is in the region when its VCF POS is: a deletion that starts before the region and reaches into
    it is not in it. So each variant is in exactly one of two neighbouring regions.
    """

    contig: str
    start_1based: int
    end_1based: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "contig", canonical_contig(self.contig))
        if self.start_1based < 1:
            raise InvalidTarget(f"A region starts at position 1 or later, not at {self.start_1based:,}.")
        if self.end_1based < self.start_1based:
            raise InvalidTarget(
                f"The region on {self.contig} ends at {self.end_1based:,}, before it starts at {self.start_1based:,}. "
                "Write the smaller position first."
            )

    @property
    def length(self) -> int:
        """Number of positions."""
        return self.end_1based - self.start_1based + 1

    def __str__(self) -> str:
        return f"{self.contig}:{self.start_1based}-{self.end_1based}"

    def to_json(self) -> list[Any]:
        """``[contig, start_1based, end_1based]``."""
        return [self.contig, self.start_1based, self.end_1based]


@dataclass(frozen=True, slots=True)
class Variant:
    """One alternative allele at one position, spelled as VCF spells it (an indel keeps its anchor base).

    Bases are made upper-case. Two spellings are the same variant when they have the same position and differ
    only by bases shared at the end (``CT>AT`` is ``C>A``), as happens when a multi-allelic line is split.
    Left-aligning against a reference sequence is not done here.
    """

    contig: str
    position_1based: int
    ref: str
    alt: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "contig", canonical_contig(self.contig))
        object.__setattr__(self, "ref", self.ref.upper())
        object.__setattr__(self, "alt", self.alt.upper())
        if self.position_1based < 1:
            raise InvalidTarget(f"A variant stands at position 1 or later, not at {self.position_1based:,}.")
        if not _ALLELE.fullmatch(self.ref) or not _ALLELE.fullmatch(self.alt):
            raise InvalidTarget("A variant is given by its bases, A, C, G and T: for example chr7-117559590-ATCT-A.")
        if self.ref == self.alt:
            raise InvalidTarget(f"The reference and the alternative of {self.variant_id} are the same.")

    @property
    def variant_id(self) -> str:
        """For example ``chr7-117559590-ATCT-A``."""
        return f"{self.contig}-{self.position_1based}-{self.ref}-{self.alt}"

    def __str__(self) -> str:
        return self.variant_id

    def to_json(self) -> list[Any]:
        """``[contig, position_1based, ref, alt]``."""
        return [self.contig, self.position_1based, self.ref, self.alt]


Target = Region | Variant


def trimmed_alleles(ref: str, alt: str) -> tuple[str, str]:
    """Upper-case alleles without the bases they share at the end, keeping at least one base of each."""
    ref, alt = ref.upper(), alt.upper()
    shared = 0
    while shared < min(len(ref), len(alt)) - 1 and ref[-1 - shared] == alt[-1 - shared]:
        shared += 1
    return (ref[: len(ref) - shared], alt[: len(alt) - shared])


def check_within(target: Target, assembly: str) -> None:
    """Raise InvalidTarget when a target reaches past the end of its contig in ``assembly``."""
    length = CONTIG_LENGTHS[assembly][target.contig]
    end = target.end_1based if isinstance(target, Region) else target.position_1based + len(target.ref) - 1
    if end > length:
        raise InvalidTarget(
            f"{target.contig} ends at position {length:,} in {assembly}, but {target} reaches {end:,}. "
            "Check the position and the assembly."
        )


def parse_region(text: str, assembly: str) -> Region:
    """Read ``chr7:117,559,590-117,559,700``, ``7:100`` (one position) or ``chrX`` (the whole contig).

    Raises InvalidTarget with a sentence when the text, the contig or the positions are wrong.
    """
    match = _REGION.fullmatch(text.strip())
    if match is None:
        raise InvalidTarget(f"“{text.strip()[:60]}” is not a region. Write for example chr7:117559590-117559700.")
    contig = canonical_contig(match["contig"])
    if match["start"] is None:
        return Region(contig, 1, CONTIG_LENGTHS[assembly][contig])
    start = _position(match["start"])
    region = Region(contig, start, start if match["end"] is None else _position(match["end"]))
    check_within(region, assembly)
    return region


def parse_variant(text: str, assembly: str) -> Variant:
    """Read ``chr7-117559590-ATCT-A``, ``7:117559590:ATCT:A`` or ``7:117559590 ATCT>A``.

    Raises InvalidTarget with a sentence when the text, the contig, the position or the bases are wrong.
    """
    match = _VARIANT.fullmatch(text.strip())
    if match is None:
        raise InvalidTarget(f"“{text.strip()[:60]}” is not a variant. Write for example chr7-117559590-ATCT-A.")
    variant = Variant(match["contig"], _position(match["position"]), match["ref"], match["alt"])
    check_within(variant, assembly)
    return variant


def parse_target(text: str, assembly: str) -> Target:
    """Read a variant or a region, whichever the text looks like. Raises InvalidTarget."""
    return parse_variant(text, assembly) if _VARIANT.fullmatch(text.strip()) else parse_region(text, assembly)


def _position(digits: str) -> int:
    plain = digits.replace(",", "")
    if not plain or len(plain) > 10:
        raise InvalidTarget(f"“{digits[:30]}” is not a position.")
    return int(plain)


def merge_regions(regions: Iterable[Region], gap: int = 0) -> list[Region]:
    """Sorted regions without overlaps; those that touch, or are at most ``gap`` positions apart, become one."""
    merged: list[Region] = []
    for region in sorted(regions, key=lambda each: (CONTIG_RANK[each.contig], each.start_1based)):
        last = merged[-1] if merged else None
        if last and last.contig == region.contig and region.start_1based <= last.end_1based + 1 + gap:
            merged[-1] = Region(last.contig, last.start_1based, max(last.end_1based, region.end_1based))
        else:
            merged.append(region)
    return merged


def split_targets(targets: Sequence[Target]) -> tuple[list[Region], list[Variant]]:
    """Merged regions, and variants without repeats, both in genome order."""
    regions = merge_regions(target for target in targets if isinstance(target, Region))
    unique = {target for target in targets if isinstance(target, Variant)}
    variants = sorted(unique, key=lambda v: (CONTIG_RANK[v.contig], v.position_1based, v.ref, v.alt))
    return regions, variants
