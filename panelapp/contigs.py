"""The one spelling of contigs that tables and pages share: chr1 to chr22, chrX, chrY, chrM."""

from __future__ import annotations

CONTIGS = (*(f"chr{number}" for number in range(1, 23)), "chrX", "chrY", "chrM")
_KNOWN = frozenset(CONTIGS)


def canonical_contig(name: str) -> str | None:
    """`7`, `chr7` and `CHR7` are `chr7`; `M` and `MT` are `chrM`; None for anything that is no human chromosome."""
    bare = name.strip()
    bare = bare[3:] if bare[:3].lower() == "chr" else bare
    contig = "chrM" if bare.upper() in {"M", "MT"} else f"chr{bare.upper()}"
    return contig if contig in _KNOWN else None
