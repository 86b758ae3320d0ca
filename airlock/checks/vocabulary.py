"""The words by which rules know what a column is about. Each is one word of a header, in lower case."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# headers that say how many people
PEOPLE_COUNTED = _words(
    """
    n count counts counted num number total totals cases controls people persons participants patients
    individuals subjects probands families carriers females males women men children adults affected
    unaffected samples size obs observations cohort members relatives parents deaths events freq frequency
    noncarriers heterozygous_people recruited tested diagnosed exposed unexposed admissions
    """
)
# headers of numbers that count or measure something else
NOT_PEOPLE = _words(
    """
    ac an af hom het allele alleles variant variants gene genes snp snps site sites read reads depth dp exon
    exons locus loci chrom chr chromosome pos position start end rank df dof score pct percent percentage
    proportion rate rates p pvalue beta se or hr ratio mean median sd std var min max age year years month
    day days weeks length bp kb mb cpg cpgs transcript transcripts pathway pathways terms term panel panels
    version id step steps iteration iterations lines rows columns cells files seconds minutes hours memory
    peptide residues residue amino acid maf eaf qual info gq call calls
    """
)
# headers of percentages
SHARES = _words(
    """
    % pct percent percentage proportion share fraction prevalence
    """
)
# what is known of people outside: with a few of these, somebody is recognised
TRAITS = _words(
    """
    age sex gender ethnicity ethnic ancestry region postcode district diagnosis yob height weight bmi
    occupation hospital trust centre consultant admission admitted died death birth born karyotype
    """
)
# headers of tables that are summaries
STATISTICS = _words(
    """
    mean median sd se std stderr or hr rr beta p pvalue ci lower upper estimate coefficient coef ratio rate
    percent percentage pct proportion prevalence n count auc auroc statistic z chi2 q1 q3 iqr variance
    """
)
# what differs in every row without being a person
THINGS = _words(
    """
    variant variants gene genes symbol rsid rs snp snps pos position start end chrom chr chromosome index idx
    rank row hgnc ensembl transcript exon term hpo icd omim orpha mondo phenotype disease condition disorder
    category group year month quarter bin date_of_release pathway go panel hgvs hgvsc hgvsp cytoband
    region_id locus marker cpg probe cpra key_variant allele consequence
    """
)
# the ends of a range, where one person may stand alone
EXTREMES = _words(
    """
    min max minimum maximum lowest highest smallest largest youngest oldest range p0 p1 p99 p100
    """
)
# labels of rows that say how many people
FACTS = _words(
    """
    n number count cases controls participants people patients individuals carriers total
    """
)
