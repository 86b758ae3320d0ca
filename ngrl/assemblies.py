"""The two human assemblies: how long each contig is. The engine keeps the same facts; a test holds them together."""

from __future__ import annotations

from panelapp.contigs import CONTIGS

_GRCH37 = (
    249_250_621, 243_199_373, 198_022_430, 191_154_276, 180_915_260, 171_115_067, 159_138_663, 146_364_022,
    141_213_431, 135_534_747, 135_006_516, 133_851_895, 115_169_878, 107_349_540, 102_531_392, 90_354_753,
    81_195_210, 78_077_248, 59_128_983, 63_025_520, 48_129_895, 51_304_566, 155_270_560, 59_373_566, 16_569,
)  # fmt: skip
_GRCH38 = (
    248_956_422, 242_193_529, 198_295_559, 190_214_555, 181_538_259, 170_805_979, 159_345_973, 145_138_636,
    138_394_717, 133_797_422, 135_086_622, 133_275_309, 114_364_328, 107_043_718, 101_991_189, 90_338_345,
    83_257_441, 80_373_285, 58_617_616, 64_444_167, 46_709_983, 50_818_468, 156_040_895, 57_227_415, 16_569,
)  # fmt: skip

CONTIG_LENGTHS: dict[str, dict[str, int]] = {
    "GRCh37": dict(zip(CONTIGS, _GRCH37, strict=True)),
    "GRCh38": dict(zip(CONTIGS, _GRCH38, strict=True)),
}

# Words that headers use for the assemblies, in lower case and without dots and digits of a patch.
ALSO_CALLED = {
    "grch37": "GRCh37", "b37": "GRCh37", "hg19": "GRCh37", "hs37d5": "GRCh37", "g1k_v37": "GRCh37",
    "grch38": "GRCh38", "b38": "GRCh38", "hg38": "GRCh38", "hs38dh": "GRCh38",
}  # fmt: skip


def fitting_assemblies(lengths: dict[str, int]) -> list[str]:
    """The assemblies on which all these contigs have these lengths (chrM apart: hg19 has another one)."""
    judged = {contig: length for contig, length in lengths.items() if contig != "chrM"}
    return [
        assembly
        for assembly, known in CONTIG_LENGTHS.items()
        if judged and all(known[contig] == length for contig, length in judged.items())
    ]
