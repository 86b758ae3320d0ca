"""Consequence terms of the Sequence Ontology in Ensembl's published order of severity, with their impact."""

from typing import Final

_BY_IMPACT: Final = (
    ("HIGH", "transcript_ablation splice_acceptor_variant splice_donor_variant stop_gained frameshift_variant"
             " stop_lost start_lost transcript_amplification feature_elongation feature_truncation"),
    ("MODERATE", "inframe_insertion inframe_deletion missense_variant protein_altering_variant"),
    ("LOW", "splice_donor_5th_base_variant splice_region_variant splice_donor_region_variant"
            " splice_polypyrimidine_tract_variant incomplete_terminal_codon_variant start_retained_variant"
            " stop_retained_variant synonymous_variant"),
    ("MODIFIER", "coding_sequence_variant mature_miRNA_variant 5_prime_UTR_variant 3_prime_UTR_variant"
                 " non_coding_transcript_exon_variant intron_variant NMD_transcript_variant"
                 " non_coding_transcript_variant coding_transcript_variant upstream_gene_variant"
                 " downstream_gene_variant TFBS_ablation TFBS_amplification TF_binding_site_variant"
                 " regulatory_region_ablation regulatory_region_amplification regulatory_region_variant"
                 " intergenic_variant sequence_variant"),
)  # fmt: skip

CONSEQUENCES: Final[tuple[str, ...]] = tuple(term for _, terms in _BY_IMPACT for term in terms.split())
RANK: Final[dict[str, int]] = {term: rank for rank, term in enumerate(CONSEQUENCES)}
IMPACT: Final[dict[str, str]] = {term: impact for impact, terms in _BY_IMPACT for term in terms.split()}

LOSS_OF_FUNCTION: Final = frozenset(
    {"transcript_ablation", "splice_acceptor_variant", "splice_donor_variant", "stop_gained", "frameshift_variant",
     "stop_lost", "start_lost"}
)  # fmt: skip
PROTEIN_CHANGING: Final = LOSS_OF_FUNCTION | frozenset(
    {"inframe_insertion", "inframe_deletion", "missense_variant", "protein_altering_variant"}
)

# What is asked for gene by gene: the product, its splicing and its untranslated ends
CODING: Final = frozenset(
    term for term in CONSEQUENCES if IMPACT[term] != "MODIFIER" or term.endswith("UTR_variant") or "coding_seq" in term
)

# Spellings of SnpEff and of bcftools csq, each with the Sequence Ontology term of the list above.
_SAME_AS: Final[dict[str, str]] = {
    "3_prime_utr": "3_prime_UTR_variant",
    "5_prime_utr": "5_prime_UTR_variant",
    "5_prime_UTR_premature_start_codon_gain_variant": "5_prime_UTR_variant",
    "bidirectional_gene_fusion": "transcript_ablation",
    "chromosome_number_variation": "transcript_ablation",
    "coding_sequence": "coding_sequence_variant",
    "conservative_inframe_deletion": "inframe_deletion",
    "conservative_inframe_insertion": "inframe_insertion",
    "conserved_intergenic_variant": "intergenic_variant",
    "conserved_intron_variant": "intron_variant",
    "disruptive_inframe_deletion": "inframe_deletion",
    "disruptive_inframe_insertion": "inframe_insertion",
    "exon_loss_variant": "transcript_ablation",
    "exon_variant": "non_coding_transcript_exon_variant",
    "frameshift": "frameshift_variant",
    "gene_fusion": "transcript_ablation",
    "gene_variant": "coding_transcript_variant",
    "initiator_codon_variant": "start_retained_variant",
    "inframe_altering": "protein_altering_variant",
    "intergenic": "intergenic_variant",
    "intergenic_region": "intergenic_variant",
    "intragenic_variant": "coding_transcript_variant",
    "intron": "intron_variant",
    "miRNA": "mature_miRNA_variant",
    "missense": "missense_variant",
    "non_coding": "non_coding_transcript_variant",
    "rare_amino_acid_variant": "missense_variant",
    "splice_acceptor": "splice_acceptor_variant",
    "splice_branch_variant": "splice_region_variant",
    "splice_donor": "splice_donor_variant",
    "splice_region": "splice_region_variant",
    "start_retained": "start_retained_variant",
    "stop_retained": "stop_retained_variant",
    "structural_interaction_variant": "coding_sequence_variant",
    "synonymous": "synonymous_variant",
    "transcript_variant": "coding_transcript_variant",
    "protein_protein_contact": "coding_sequence_variant",
}


def canonical_term(term: str) -> str:
    """The Sequence Ontology term for an annotator's spelling; unknown words become ``sequence_variant``."""
    bare = term.lstrip("*").strip()
    term = _SAME_AS.get(bare, bare)
    return term if term in RANK else "sequence_variant"


def by_severity(joined: str) -> tuple[str, ...]:
    """Terms of one annotation (joined by ``&`` or ``,``), canonical, without repeats, the most severe first."""
    terms = {canonical_term(term) for term in joined.replace(",", "&").split("&") if term}
    return tuple(sorted(terms, key=RANK.__getitem__))
