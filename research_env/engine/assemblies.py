"""Facts about the two human assemblies: names and lengths of contigs, and pseudo-autosomal regions."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

ASSEMBLIES: Final = ("GRCh37", "GRCh38")

_AUTOSOMES: Final = tuple(f"chr{number}" for number in range(1, 23))
CONTIGS: Final = (*_AUTOSOMES, "chrX", "chrY", "chrM")
CONTIG_RANK: Final = {contig: rank for rank, contig in enumerate(CONTIGS)}

# Lengths in base pairs, in the order of CONTIGS. chrM is the revised Cambridge sequence in both.
_GRCH37: Final = (
    249_250_621, 243_199_373, 198_022_430, 191_154_276, 180_915_260, 171_115_067, 159_138_663, 146_364_022,
    141_213_431, 135_534_747, 135_006_516, 133_851_895, 115_169_878, 107_349_540, 102_531_392, 90_354_753,
    81_195_210, 78_077_248, 59_128_983, 63_025_520, 48_129_895, 51_304_566, 155_270_560, 59_373_566, 16_569,
)  # fmt: skip
_GRCH38: Final = (
    248_956_422, 242_193_529, 198_295_559, 190_214_555, 181_538_259, 170_805_979, 159_345_973, 145_138_636,
    138_394_717, 133_797_422, 135_086_622, 133_275_309, 114_364_328, 107_043_718, 101_991_189, 90_338_345,
    83_257_441, 80_373_285, 58_617_616, 64_444_167, 46_709_983, 50_818_468, 156_040_895, 57_227_415, 16_569,
)  # fmt: skip

CONTIG_LENGTHS: Final = {
    "GRCh37": dict(zip(CONTIGS, _GRCH37, strict=True)),
    "GRCh38": dict(zip(CONTIGS, _GRCH38, strict=True)),
}

# (start_1based, end_1based), both inclusive: here a man has two copies, outside of them on X and Y one.
PSEUDO_AUTOSOMAL: Final = {
    "GRCh37": {
        "chrX": ((60_001, 2_699_520), (154_931_044, 155_260_560)),
        "chrY": ((10_001, 2_649_520), (59_034_050, 59_363_566)),
    },
    "GRCh38": {
        "chrX": ((10_001, 2_781_479), (155_701_383, 156_030_895)),
        "chrY": ((10_001, 2_781_479), (56_887_903, 57_217_415)),
    },
}


def is_pseudo_autosomal(assembly: str, contig: str, position_1based: int) -> bool:
    """Whether a position of a canonical contig lies where X and Y recombine."""
    return bool(are_pseudo_autosomal(assembly, contig, np.array([position_1based]))[0])


def are_pseudo_autosomal(assembly: str, contig: str, positions_1based: NDArray[np.integer]) -> NDArray[np.bool_]:
    """The same of many positions."""
    found = np.zeros(positions_1based.size, dtype=bool)
    for start, end in PSEUDO_AUTOSOMAL[assembly].get(contig, ()):
        found |= (start <= positions_1based) & (positions_1based <= end)
    return found
