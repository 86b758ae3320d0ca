"""CSQ, ANN and BCSQ: the most severe consequence of each allele, under one name whoever wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from research_env.engine import (
    Cohort,
    Filters,
    InvalidTarget,
    NotAnnotated,
    Region,
    counts,
    detect_annotation,
    open_release,
)
from research_env.engine.annotation import NOTHING, Annotator, find_annotator
from research_env.engine.consequences import CONSEQUENCES, IMPACT, by_severity
from tests.oracles.vcf_files import release_of, write_vcf

CSQ = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: '
    'Allele|Consequence|IMPACT|SYMBOL|Gene|Feature|BIOTYPE|HGVSc|HGVSp|Existing_variation|PICK|CANONICAL">'
)
ANN = (
    "##INFO=<ID=ANN,Number=.,Type=String,Description=\"Functional annotations: 'Allele | Annotation | "
    "Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | Feature_ID | Transcript_BioType | Rank | HGVS.c | "
    "HGVS.p | cDNA.pos / cDNA.length'\">"
)
BCSQ = (
    '##INFO=<ID=BCSQ,Number=.,Type=String,Description="Local consequence annotation from BCFtools/csq. Format: '
    "'[*]consequence|gene|transcript|biotype[|strand|amino_acid_change|dna_change]' or, for consequences of variants "
    'split across multiple sites, a pointer to the record storing the consequences">'
)


def _annotator(line: str) -> Annotator:
    found = find_annotator([line])
    assert found is not None
    return found


def test_csq__the_most_severe_transcript_is_picked() -> None:
    info = (
        "AC=1;CSQ=T|intron_variant|MODIFIER|AAA|G1|T1|protein_coding||||1|YES,"
        "T|missense_variant&splice_region_variant|MODERATE|BBB|G2|T2|protein_coding|T2:c.1A>T|P2:p.Met1%3D|rs9&COSV1||;DP=3"
    )
    (picked,) = _annotator(CSQ).pick(info, "A", ["T"])
    assert (picked.gene_symbol, picked.consequence, picked.impact) == ("BBB", "missense_variant", "MODERATE")
    assert picked.terms == ("missense_variant", "splice_region_variant")
    assert (picked.hgvs_coding, picked.hgvs_protein) == ("T2:c.1A>T", "P2:p.Met1=")


def test_csq__equal_severity__goes_to_the_picked_then_canonical_then_coding_then_first() -> None:
    first = "T|intron_variant||LNC|G1|T1|lncRNA|||||"
    coding = "T|intron_variant||COD|G2|T2|protein_coding|||||"
    canonical = "T|intron_variant||CAN|G3|T3|lncRNA|||||YES"
    pick = "T|intron_variant||PIC|G4|T4|lncRNA||||1|"
    entries = [first, coding, canonical, pick]
    for length, symbol in ((1, "LNC"), (2, "COD"), (3, "CAN"), (4, "PIC")):
        (picked,) = _annotator(CSQ).pick("CSQ=" + ",".join(entries[:length]), "A", ["T"])
        assert picked.gene_symbol == symbol


@pytest.mark.parametrize(
    ("ref", "alts", "written"),
    [
        ("A", ["T", "G"], ["T", "G"]),  # substitutions keep the base
        ("ATCT", ["A", "ATC"], ["-", "TC"]),  # with an indel, the shared first base goes
        ("A", ["AG", "*"], ["G", "*"]),
        ("CT", ["AT", "C"], ["AT", "C"]),  # not all share it
    ],
)
def test_csq__multi_allelic__each_allele_gets_its_own(ref: str, alts: list[str], written: list[str]) -> None:
    terms = ["stop_gained", "synonymous_variant"]
    info = "CSQ=" + ",".join(f"{allele}|{term}||G|||||||" for allele, term in zip(written, terms, strict=True))
    picked = _annotator(CSQ).pick(info, ref, alts)
    assert [each.consequence for each in picked] == terms


def test_csq__allele_number__is_believed_before_the_allele() -> None:
    header = CSQ.replace("Allele|", "Allele|ALLELE_NUM|")
    info = "CSQ=X|2|stop_gained||G||||||||,X|1|intron_variant||G||||||||"
    assert [each.consequence for each in _annotator(header).pick(info, "A", ["C", "T"])] == [
        "intron_variant",
        "stop_gained",
    ]


def test_ann__is_read_with_its_own_columns() -> None:
    info = (
        "ANN=T|missense_variant|MODERATE|CFTR|ENSG1|transcript|T1|protein_coding|1/2|c.1A>T|p.Met1Leu|1/9|||,"
        "G|disruptive_inframe_deletion|MODERATE|CFTR|ENSG1|transcript|T1|protein_coding|1/2|c.1A>G|p.Met1del|1/9|||"
    )
    first, second = _annotator(ANN).pick(info, "A", ["T", "G"])
    assert (first.gene_symbol, first.consequence) == ("CFTR", "missense_variant")
    assert (first.hgvs_protein, first.hgvs_coding) == ("p.Met1Leu", "c.1A>T")
    assert (second.consequence, second.impact) == ("inframe_deletion", "MODERATE")


def test_bcsq__short_terms_and_amino_acids_are_translated() -> None:
    info = (
        "BCSQ=missense|BRAF|T1|protein_coding|-|600V>600E|140753336A>T,"
        "synonymous|BRAF|T1|protein_coding|-|600V|140753336A>C,intron|OTHER||protein_coding"
    )
    to_t, to_c = _annotator(BCSQ).pick(info, "A", ["T", "C"])
    assert (to_t.consequence, to_t.gene_symbol, to_t.hgvs_protein) == ("missense_variant", "BRAF", "p.Val600Glu")
    assert (to_c.consequence, to_c.hgvs_protein) == ("synonymous_variant", "p.Val600=")


def test_bcsq__pointers_to_other_records_and_odd_changes_give_nothing() -> None:
    assert _annotator(BCSQ).pick("BCSQ=@140753336", "A", ["T"]) == (NOTHING,)
    (picked,) = _annotator(BCSQ).pick("BCSQ=*frameshift|X|T|protein_coding|+|5LK>5L*|1AC>A", "AC", ["A"])
    assert (picked.consequence, picked.hgvs_protein) == ("frameshift_variant", None)


def test_record_without_annotation__has_nothing() -> None:
    assert _annotator(CSQ).pick("AC=1", "A", ["T", "C"]) == (NOTHING, NOTHING)
    assert _annotator(CSQ).pick("CSQ=.", "A", ["T"]) == (NOTHING,)
    assert (NOTHING.consequence, NOTHING.impact) == (None, None)


def test_header__decides_which_format() -> None:
    assert [detect_annotation([line]) for line in (CSQ, ANN, BCSQ, "##INFO=<ID=DP>")] == ["csq", "ann", "bcsq", ""]
    assert detect_annotation([BCSQ, CSQ]) == "csq"


def test_header_without_columns__uses_the_columns_of_the_format() -> None:
    silent = '##INFO=<ID=ANN,Number=.,Type=String,Description="Annotation">'
    (picked,) = _annotator(silent).pick("ANN=T|stop_gained|HIGH|CFTR", "A", ["T"])
    assert (picked.consequence, picked.gene_symbol) == ("stop_gained", "CFTR")


def test_severity__is_ensembls_order() -> None:
    assert CONSEQUENCES[0] == "transcript_ablation"
    assert by_severity("intron_variant&splice_donor_variant&intron_variant") == (
        "splice_donor_variant",
        "intron_variant",
    )
    assert by_severity("something_new") == ("sequence_variant",)
    assert {IMPACT[term] for term in CONSEQUENCES} == {"HIGH", "MODERATE", "LOW", "MODIFIER"}


def _annotated(folder: Path, header: list[str]) -> Path:
    lines = [
        "7\t10\trs1\tA\tT\t.\tPASS\tCSQ=T|missense_variant||CFTR|G|T|protein_coding||P:p.Gene\u00e9||1|\tGT\t0/1",
        "7\t20\t.\tA\tT,G\t.\tPASS\tCSQ=T|intron_variant||CFTR|||||||,G|stop_gained||CFTR||||||rs7||\tGT\t1/2",
    ]
    return write_vcf(folder / "annotated.vcf.gz", [*header, "##contig=<ID=7>"], ["a"], lines)


def test_consequence_filter__keeps_the_alleles_that_have_it(tmp_path: Path) -> None:
    asked = Filters(consequences=frozenset({"missense_variant", "stop_gained"}))
    with open_release(release_of(_annotated(tmp_path, [CSQ]))) as release:
        rows = counts(release, [Region("7", 1, 50)], Cohort.everyone(1), asked).to_pylist()
    assert [(row["alt"], row["consequence"], row["impact"], row["rsid"]) for row in rows] == [
        ("T", "missense_variant", "MODERATE", "rs1"),
        ("G", "stop_gained", "HIGH", "rs7"),
    ]
    assert rows[0]["hgvs_protein"] == "P:p.Geneé"


def test_consequence_filter__without_annotation__is_refused_rather_than_empty(tmp_path: Path) -> None:
    asked = Filters(consequences=frozenset({"missense_variant"}))
    with (
        open_release(release_of(_annotated(tmp_path, []))) as release,
        pytest.raises(NotAnnotated, match="carry no consequences to filter by"),
    ):
        counts(release, [Region("7", 1, 50)], Cohort.everyone(1), asked)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"consequences": ["missense"]}, "“missense” is not a consequence we know"),
        ({"consequences": []}, "Choose at least one consequence"),
        ({"zygosity": ["homozygous"]}, "one or more of het, hom and hemi"),
        ({"max_allele_frequency": 1.5}, "between 0 and 1, not at 1.5"),
        ({"max_allele_frequency": float("nan")}, "between 0 and 1"),
        ({"max_allele_frequency": 0.1, "min_allele_frequency": 0.2}, r"lowest allele frequency \(0.2\) is above"),
        ({"min_depth": -1}, "zero or more"),
    ],
)
def test_filters__out_of_range__are_refused_with_a_sentence(wrong: dict[str, object], complaint: str) -> None:
    with pytest.raises(InvalidTarget, match=complaint):
        Filters.from_json(wrong)


def test_filters__go_through_json() -> None:
    filters = Filters(consequences=frozenset({"stop_gained", "missense_variant"}), zygosity=frozenset({"hom"}))
    assert filters.to_json()["consequences"] == ["missense_variant", "stop_gained"]
    assert Filters.from_json(filters.to_json()) == filters
