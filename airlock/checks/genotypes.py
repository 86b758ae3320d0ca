"""Genotypes of people and lists of variants, whatever the file is called and however the matrix lies."""

from __future__ import annotations

import re
from collections.abc import Sequence

from airlock.checks.columns import words_of
from airlock.checks.findings import Place
from airlock.checks.notes import Notes
from airlock.checks.tables import Table

MAX_GENOTYPE_CELLS = 20
_CALL = re.compile(r"[0-9.][/|][0-9.](?::.*)?")
_LETTERS = re.compile(r"[ACGT0N][ /|]?[ACGT0N]")
_DOSES = frozenset({"0", "1", "2", "NA", "", ".", "-9", "-1", "0.0", "1.0", "2.0", "nan", "NaN"})
_MATRIX_SIDE = 50
_SEQUENCE = re.compile(r"[ACGTNacgtn]{80,}")
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{200,}={0,2}")
_HEX_OF_BGZF = re.compile(r"1f8b08[0-9a-f]{20,}", re.I)
_FORMAT_LINE = re.compile(r"^#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t\S", re.M)
_VCF_START = re.compile(r"^(?:##fileformat=VCF|#CHROM\s+POS\s+ID\s+REF\s+ALT)", re.M)
_SAM_START = re.compile(r"^@(?:HD\tVN|SQ\tSN|RG\tID):", re.M)
_INFO_CALLS = re.compile(r"(?<![\w.])[0-9][/|][0-9](?:[,:;]|$|\s)")
_CHROM = frozenset({"chrom", "chr", "chromosome", "#chrom", "contig"})
_POS = frozenset({"pos", "position", "bp", "start", "base_pair_location", "pos_1based", "position_1based"})
_ALLELES = frozenset({"ref", "alt", "a1", "a2", "allele1", "allele2", "effect_allele", "other_allele", "alternate"})
_VARIANT_CELL = re.compile(r"(?:chr)?(?:\d{1,2}|X|Y|MT?)[-:_]\d+[-:_][ACGT]+[-:_>/][ACGT]+", re.I)


def genotypes_in_text(text: str, notes: Notes) -> None:
    """Formats that text gives away: VCF with people, SAM, FASTQ, sequences, and data in codes that nobody reads."""
    if _FORMAT_LINE.search(text):
        notes.add("genotype", Place("columns of samples"))
    elif _VCF_START.search(text):
        records = [line for line in text.splitlines() if line and not line.startswith("#")]
        if sum(len(_INFO_CALLS.findall(line)) for line in records) > 0:
            notes.add("genotype", Place("genotypes in INFO"))
        notes.add("variant_list", Place("records"), count=len(records))
    if _SAM_START.search(text[:100_000]) or _is_fastq(text):
        notes.add("genotype", Place("reads"))
    _encoded(text, notes)


def _encoded(text: str, notes: Notes) -> None:
    """Long runs of letters: sequences, base64, the hexadecimal digits of a packed file."""
    if _HEX_OF_BGZF.search(text):
        notes.add("high_entropy", Place("text"))
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) < 80:
            continue
        if _SEQUENCE.search(line):
            notes.add("genotype_like", Place("sequences", rows=(number,)))
        elif any(len(set(match[0])) > 12 for match in _ENCODED.finditer(line)):
            notes.add("high_entropy", Place("text", rows=(number,)))


def _is_fastq(text: str) -> bool:
    lines = text[:20_000].splitlines()[:4]
    return (
        len(lines) == 4
        and lines[0].startswith("@")
        and lines[2].startswith("+")
        and re.fullmatch(r"[ACGTN]+", lines[1]) is not None
        and len(lines[1]) == len(lines[3])
    )


def genotypes_in_table(table: Table, notes: Notes) -> None:
    """Calls, doses and pedigree files among the cells of one table; then whether it is a list of variants."""
    if not table.rows:
        return
    calls = sum(1 for row in table.rows for cell in row if _CALL.fullmatch(cell.strip()))
    if calls > MAX_GENOTYPE_CELLS:
        notes.add("genotype", Place("genotype cells", table.sheet), count=calls)
    elif _is_pedigree(table):
        notes.add("genotype", Place("pedigree file", table.sheet))
    else:
        _matrix(table, notes)
    _variants(table, notes)


def _is_pedigree(table: Table) -> bool:
    """The six columns of .fam and .ped: family, person, father, mother, sex (0-2), phenotype (-9, 0-2)."""
    rows = table.rows[:200]
    if len(rows) < 3 or any(len(row) < 6 for row in rows):
        return False
    sexes, phenotypes = {row[4].strip() for row in rows}, {row[5].strip() for row in rows}
    people = {(row[0], row[1]) for row in rows}
    plain = sexes <= {"0", "1", "2"} and phenotypes <= {"-9", "0", "1", "2"} and len(people) == len(rows)
    parents = all(row[2].strip() == "0" or any(row[2] == other[1] for other in rows) for row in rows)
    return (
        plain
        and parents
        and (len(rows[0]) == 6 or all(_LETTERS.fullmatch(cell) or len(cell) == 1 for cell in rows[0][6:]))
    )


def _matrix(table: Table, notes: Notes) -> None:
    """Doses 0, 1, 2 (or fractions up to 2) in a matrix with more than 50 people on one of its sides."""
    body = [row[1:] for row in table.rows]
    cells = [cell.strip() for row in body for cell in row]
    wide, tall = table.width > _MATRIX_SIDE, len(table.rows) > _MATRIX_SIDE
    if len(cells) < 200 or not (wide or tall) or table.width < 6:
        return
    whole = sum(1 for cell in cells if cell in _DOSES)
    known = sum(1 for cell in cells if cell in {"0", "1", "2", "0.0", "1.0", "2.0"})
    if (
        whole >= 0.95 * len(cells)
        and known > 0.3 * len(cells)
        and (wide or any(cell.startswith("2") for cell in cells))
    ):
        notes.add("genotype", Place("matrix of doses", table.sheet))
        return
    letters = sum(1 for cell in cells if len(cell) >= 2 and _LETTERS.fullmatch(cell))
    if letters >= 0.9 * len(cells):
        notes.add("genotype", Place("matrix of alleles", table.sheet))
        return
    doses = [value for value in map(_number, cells) if value is not None]
    if len(doses) >= 0.9 * len(cells) and all(0 <= value <= 2 for value in doses) and max(doses) > 1.01:
        notes.add("genotype_like", Place("matrix of doses", table.sheet))


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _variants(table: Table, notes: Notes) -> None:
    """A table with a row for each variant: long, or with variants that only a few people carry."""
    words = [header.strip().lower() for header in table.header]
    named = bool(_CHROM & set(words)) and bool(_POS & set(words)) and len(_ALLELES & set(words)) >= 2
    cells = [row[0].strip() for row in table.rows[:200]]
    keyed = sum(1 for cell in cells if _VARIANT_CELL.fullmatch(cell)) > 0.5 * len(cells)
    if not (named or keyed):
        return
    if len(table.rows) > notes.policy.variant_list_rows and not _is_filtered_gwas(table, notes):
        notes.add("variant_list", Place("rows", table.sheet), count=len(table.rows))
    _rare(table, notes)


def _is_filtered_gwas(table: Table, notes: Notes) -> bool:
    """Results of an association study whose variants all pass the dataset's frequency filter."""
    words = set().union(*(words_of(header) for header in table.header))
    if not notes.policy.gwas_min_maf or not words & {"p", "pval", "pvalue"} or not words & {"beta", "or", "effect"}:
        return False
    column = _first(table, {"maf", "af", "eaf", "effect_allele_frequency", "a1freq", "freq"})
    values = [_number(cell) for cell in table.column(column)] if column is not None else [None]
    return all(value is not None and min(value, 1 - value) >= notes.policy.gwas_min_maf for value in values)


def _rare(table: Table, notes: Notes) -> None:
    column = _first(table, {"ac", "allele_count", "alt_count", "ac_cohort"})
    if column is None:
        return
    for at, cell in enumerate(table.column(column)):
        value = _number(cell)
        if value is not None and 0 < value < notes.policy.threshold:
            place = Place("rare in the cohort", table.sheet, column + 1, (table.row_number(at),))
            notes.add("variant_list", place, [cell])


def _first(table: Table, names: Sequence[str] | set[str]) -> int | None:
    return next((at for at, header in enumerate(table.header) if header.strip().lower() in names), None)
