"""Consequences from INFO: VEP's CSQ, SnpEff's ANN and bcftools' BCSQ, read as the header declares them.

Of the annotations of one allele, one is picked: the most severe; then the annotator's own pick, the MANE and the
canonical transcript, protein-coding before the rest; then the first in the file.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from .consequences import IMPACT, RANK, by_severity

INFO_KEYS: Final = {"csq": "CSQ", "ann": "ANN", "bcsq": "BCSQ"}

_DESCRIBED: Final = re.compile(r'^##INFO=<ID=(?P<key>CSQ|ANN|BCSQ),.*Description="(?P<text>[^"]*)"')
_COLUMNS: Final = re.compile(r"(?:Format|annotations):\s*'?\s*(?P<names>[^']*)", re.IGNORECASE)

# The columns that the three formats define when the header does not list them.
_DEFAULT_COLUMNS: Final = {
    "csq": "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|EXON|INTRON|HGVSc|HGVSp",
    "ann": "Allele|Annotation|Annotation_Impact|Gene_Name|Gene_ID|Feature_Type|Feature_ID|Transcript_BioType|Rank"
    "|HGVS.c|HGVS.p",
    "bcsq": "Consequence|gene|transcript|biotype|strand|amino_acid_change|dna_change",
}
# One name for the same thing in the three formats; keys are compared in lower case.
_FIELD: Final = {
    "consequence": "terms", "annotation": "terms",
    "symbol": "gene", "gene_name": "gene", "gene": "gene_id", "gene_id": "gene_id",
    "hgvsp": "hgvs_protein", "hgvs.p": "hgvs_protein", "hgvsc": "hgvs_coding", "hgvs.c": "hgvs_coding",
    "allele": "allele", "allele_num": "allele_number", "existing_variation": "existing", "dna_change": "dna_change",
    "amino_acid_change": "amino_acid_change", "pick": "pick", "mane_select": "mane", "mane": "mane",
    "canonical": "canonical", "biotype": "biotype", "transcript_biotype": "biotype",
}  # fmt: skip
_AMINO_ACIDS: Final = {
    "A": "Ala", "C": "Cys", "D": "Asp", "E": "Glu", "F": "Phe", "G": "Gly", "H": "His", "I": "Ile", "K": "Lys",
    "L": "Leu", "M": "Met", "N": "Asn", "P": "Pro", "Q": "Gln", "R": "Arg", "S": "Ser", "T": "Thr", "U": "Sec",
    "V": "Val", "W": "Trp", "Y": "Tyr", "*": "Ter",
}  # fmt: skip
_AMINO_ACID_CHANGE: Final = re.compile(r"(?P<start>\d+)(?P<from>[A-Z*])(?:>(?P<end>\d+)(?P<to>[A-Z*]))?")


@dataclass(frozen=True, slots=True)
class Annotation:
    """What was picked for one allele; ``consequence`` is the first, most severe, of ``terms``."""

    terms: tuple[str, ...] = ()
    gene_symbol: str | None = None
    hgvs_protein: str | None = None
    hgvs_coding: str | None = None
    existing: str | None = None

    @property
    def consequence(self) -> str | None:
        """Sequence Ontology term, or None where nothing is annotated."""
        return self.terms[0] if self.terms else None

    @property
    def impact(self) -> str | None:
        """HIGH, MODERATE, LOW or MODIFIER, by Ensembl's table for the consequence."""
        return IMPACT[self.terms[0]] if self.terms else None


NOTHING: Final = Annotation()


class Annotator:
    """Reads one of the three formats: columns come from the header line, or are the format's own."""

    def __init__(self, kind: str, columns: Sequence[str]) -> None:
        self.kind = kind
        self._prefix = f"{INFO_KEYS[kind]}="
        names = [_FIELD.get(name.strip().lower()) for name in columns]
        if kind == "bcsq":
            names = ["gene" if name == "gene_id" else name for name in names]
        self._names = names

    def pick(self, info: str, ref: str, alts: Sequence[str]) -> tuple[Annotation, ...]:
        """One annotation for each of ``alts``, in order; NOTHING where the record has none for it."""
        entries = [self._parse(entry) for entry in self._entries(info)]
        if not entries:
            return (NOTHING,) * len(alts)
        return tuple(self._pick_one(entries, number, ref, alts) for number in range(1, len(alts) + 1))

    def _entries(self, info: str) -> list[str]:
        for item in info.split(";"):
            if item.startswith(self._prefix):
                listed = item[len(self._prefix) :].split(",")
                return [entry for entry in listed if entry not in {"", "."} and not entry.startswith("@")]
        return []

    def _parse(self, entry: str) -> dict[str, str]:
        values = entry.split("|")
        return {name: value for name, value in zip(self._names, values, strict=False) if name and value}

    def _pick_one(self, entries: list[dict[str, str]], number: int, ref: str, alts: Sequence[str]) -> Annotation:
        mine = entries if len(alts) == 1 else [each for each in entries if self._is_for(each, number, ref, alts)]
        best = min(((_preference(each), place) for place, each in enumerate(mine)), default=None)
        return NOTHING if best is None else _annotation(mine[best[1]])

    def _is_for(self, entry: dict[str, str], number: int, ref: str, alts: Sequence[str]) -> bool:
        alt = alts[number - 1]
        if self.kind == "bcsq":
            change = entry.get("dna_change")
            return change is None or any(part.endswith(f"{ref}>{alt}") for part in change.split("+"))
        if "allele_number" in entry:
            return entry["allele_number"] == str(number)
        return entry.get("allele") in {alt, _vep_allele(ref, alts, alt) if self.kind == "csq" else alt}


def _vep_allele(ref: str, alts: Sequence[str], alt: str) -> str:
    """VEP drops the first base when an indel is present and all alleles share that base; nothing left is ``-``."""
    plain = [other for other in alts if other[:1] not in {"*", "<"}]
    is_indel = any(len(other) != len(ref) for other in plain)
    if is_indel and all(other[0] == ref[0] for other in plain):
        return alt[1:] or "-"
    return alt


def _preference(entry: dict[str, str]) -> tuple[int, ...]:
    """Smaller is better."""
    terms = by_severity(entry.get("terms", ""))
    return (
        RANK[terms[0]] if terms else len(RANK),
        entry.get("pick") != "1",
        "mane" not in entry,
        entry.get("canonical") != "YES",
        entry.get("biotype") not in {"protein_coding", "Coding"},
    )


def _annotation(entry: dict[str, str]) -> Annotation:
    protein = entry.get("hgvs_protein")
    return Annotation(
        terms=by_severity(entry.get("terms", "")),
        gene_symbol=entry.get("gene") or entry.get("gene_id"),
        hgvs_protein=unquote(protein) if protein else _protein_change(entry.get("amino_acid_change", "")),
        hgvs_coding=unquote(entry["hgvs_coding"]) if "hgvs_coding" in entry else None,
        existing=entry.get("existing"),
    )


def _protein_change(change: str) -> str | None:
    """HGVS for one substitution as bcftools spells it: ``600V>600E`` is ``p.Val600Glu``, ``600V`` is ``p.Val600=``."""
    match = _AMINO_ACID_CHANGE.fullmatch(change)
    if match is None or match["from"] not in _AMINO_ACIDS:
        return None
    place = f"p.{_AMINO_ACIDS[match['from']]}{match['start']}"
    if match["to"] is None:
        return f"{place}="
    return f"{place}{_AMINO_ACIDS[match['to']]}" if match["to"] in _AMINO_ACIDS else None


def find_annotator(header: Iterable[str]) -> Annotator | None:
    """The annotator that the lines of a VCF header declare: CSQ before ANN before BCSQ; None when there is none."""
    described = {match["key"]: match["text"] for line in header if (match := _DESCRIBED.match(line))}
    for kind, key in INFO_KEYS.items():
        if key in described:
            listed = _COLUMNS.search(described[key])
            names = listed["names"] if listed and "|" in listed["names"] else _DEFAULT_COLUMNS[kind]
            return Annotator(kind, [_plain(name) for name in names.split("|")])
    return None


def _plain(name: str) -> str:
    """A column without the decoration of ``[*]consequence``, ``biotype[``, ``dna_change]`` or ``cDNA.pos / length``."""
    return name.replace("[*]", "").split("/")[0].strip(" []")


def detect_annotation(header: Iterable[str]) -> str:
    """``csq``, ``ann``, ``bcsq`` or the empty string, for ChunkSource.annotation."""
    annotator = find_annotator(header)
    return annotator.kind if annotator else ""
