"""Files as researchers make them, each labelled by what a trained output checker would say: safe to leave, or not.

All values are made up here by a seeded generator. `KNOWN` are the identifiers that stand for the library's real ones.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import openpyxl

KNOWN = tuple(f"HG{number:05d}" for number in range(96, 600)) + tuple(f"NA{number}" for number in range(18500, 18800))
GENES = ("SMAD4", "BRCA1", "BRCA2", "TP53", "PKD1", "MYH7", "KRT6A", "COL4A5", "SCN1A", "FBN1", "LDLR", "CFTR")
TERMS = (
    "Ataxia",
    "Intellectual disability",
    "Cardiomyopathy",
    "Hearing loss",
    "Polycystic kidney",
    "Epilepsy",
    "Skeletal dysplasia",
)


@dataclass(frozen=True)
class Labelled:
    """One file: its label, and what a checker would say about it. `people` is the number that the author declared."""

    name: str
    data: bytes
    unsafe: bool
    why: str
    people: int = 0


def csv(rows: Iterable[Sequence[object]], separator: str = ",") -> bytes:
    """Rows as delimited text."""
    return ("\n".join(separator.join(str(cell) for cell in row) for row in rows) + "\n").encode()


def xlsx(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as a plain spreadsheet."""
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def labelled_files() -> list[Labelled]:
    """The whole set, the same each time."""
    rng = random.Random(20261125)
    return [
        *_safe_tables(rng),
        *_safe_genetics(rng),
        *_safe_others(rng),
        *_unsafe_counts(rng),
        *_unsafe_people(rng),
        *_unsafe_others(rng),
    ]


def _safe(name: str, data: bytes, why: str, people: int = 0) -> Labelled:
    return Labelled(name, data, False, why, people)


def _unsafe(name: str, data: bytes, why: str, people: int = 0) -> Labelled:
    return Labelled(name, data, True, why, people)


def _safe_tables(rng: random.Random) -> list[Labelled]:
    def n() -> int:
        return rng.randint(20, 900)

    cells = {term: (n(), n()) for term in TERMS}
    return [
        _safe(
            "cohort_by_phenotype.csv", csv([("phenotype", "n"), *((t, n()) for t in TERMS)]), "counts of tens and more"
        ),
        _safe(
            "by_sex.csv",
            csv([("phenotype", "female", "male"), *((t, a, b) for t, (a, b) in cells.items())]),
            "a crosstab",
        ),
        _safe(
            "by_sex_with_total.csv",
            csv([("phenotype", "female", "male", "total"), *((t, a, b, a + b) for t, (a, b) in cells.items())]),
            "a crosstab with totals, nothing masked",
        ),
        _safe(
            "masked.csv",
            csv([("phenotype", "n"), ("Ataxia", "<5"), ("Epilepsy", 40), ("Other", "<5")]),
            "masked, no total",
        ),
        _safe(
            "masked_twice.csv",
            csv([("group", "n"), ("a", "<5"), ("b", "<5"), ("c", 30), ("Total", 35)]),
            "two masked cells that share 5 in four ways",
        ),
        _safe(
            "zeros.csv", csv([("phenotype", "cases"), ("Ataxia", 0), ("Epilepsy", 12)]), "nobody is not a small number"
        ),
        _safe(
            "age_bands.csv",
            csv([("age_band", "n", "percent"), ("0-17", 120, 30.0), ("18-64", 200, 50.0), ("65+", 80, 20.0)]),
            "age bands",
        ),
        _safe(
            "means.csv",
            csv([("phenotype", "n", "mean_age", "sd"), *((t, n(), round(rng.uniform(20, 60), 1), 9.8) for t in TERMS)]),
            "means with their n",
        ),
        _safe(
            "table1.csv",
            csv(
                [
                    ("Characteristic", "Cases (n=412)", "Controls (n=398)"),
                    ("Female", "212 (51.5%)", "199 (50.0%)"),
                    ("Smoker", "61 (14.8%)", "72 (18.1%)"),
                ]
            ),
            "the first table of a paper",
        ),
        _safe(
            "by_year.csv",
            csv([("phenotype", "2019", "2020", "2021"), *((t, n(), n(), n()) for t in TERMS)]),
            "counts by year",
        ),
        _safe(
            "counts.tsv",
            csv([("gene", "n_carriers", "n_tested"), *((g, n(), 2500) for g in GENES)], "\t"),
            "carriers per gene",
        ),
        _safe("counts.xlsx", xlsx([("gene", "carriers"), *((g, n()) for g in GENES)]), "a plain spreadsheet"),
        _safe(
            "rates.csv",
            csv(
                [
                    ("region", "cases", "per_100000"),
                    *((f"Region {c}", n(), round(rng.uniform(3, 9), 2)) for c in "ABCDEF"),
                ]
            ),
            "rates with large counts",
        ),
        _safe(
            "survival.csv",
            csv(
                [
                    ("time_months", "at_risk", "survival"),
                    *((m, 400 - 6 * m, round(1 - m / 80, 3)) for m in range(0, 60, 6)),
                ]
            ),
            "a survival curve in steps with many at risk",
        ),
        _safe("rounded.csv", csv([("phenotype", "n"), *((t, 5 * rng.randint(2, 90)) for t in TERMS)]), "rounded to 5"),
        _safe(
            "histogram.csv",
            csv([("bin_start", "bin_end", "n"), *((b, b + 10, n()) for b in range(0, 80, 10))]),
            "a histogram",
        ),
    ]


def _safe_genetics(rng: random.Random) -> list[Labelled]:
    def p() -> str:
        return f"{10 ** rng.uniform(-12, -0.1):.3e}"

    return [
        _safe(
            "gene_burden.csv",
            csv(
                [
                    ("gene", "n_variants", "beta", "se", "p"),
                    *((g, rng.randint(1, 30), round(rng.gauss(0, 0.3), 4), 0.11, p()) for g in GENES),
                ]
            ),
            "burden test; variants are not people",
        ),
        _safe(
            "lead_variants.csv",
            csv(
                [
                    ("rsid", "chrom", "pos", "ref", "alt", "maf", "beta", "p"),
                    *(
                        (
                            f"rs{rng.randint(10**4, 10**8)}",
                            1 + at,
                            rng.randint(10**6, 10**8),
                            "A",
                            "G",
                            round(rng.uniform(0.05, 0.5), 3),
                            0.12,
                            p(),
                        )
                        for at in range(12)
                    ),
                ]
            ),
            "a short list of common variants",
        ),
        _safe(
            "pcs_variance.csv",
            csv([("PC", "variance_explained"), *((f"PC{at}", round(9 / at, 4)) for at in range(1, 21))]),
            "variance explained",
        ),
        _safe(
            "ld_matrix.csv",
            csv(
                [
                    ("", *(f"v{a}" for a in range(60))),
                    *(
                        (f"v{a}", *(1.0 if a == b else round(rng.random() * 0.9, 3) for b in range(60)))
                        for a in range(60)
                    ),
                ]
            ),
            "correlations between variants",
        ),
        _safe(
            "qc_by_chromosome.csv",
            csv(
                [
                    ("chromosome", "variants", "missingness"),
                    *((c, rng.randint(10**4, 10**6), 0.002) for c in range(1, 23)),
                ]
            ),
            "quality by chromosome",
        ),
        _safe(
            "allele_counts.csv",
            csv(
                [
                    ("gene", "variant_class", "allele_count", "allele_number"),
                    *((g, "missense", rng.randint(50, 400), 5000) for g in GENES),
                ]
            ),
            "allele counts per gene",
        ),
        _safe(
            "enrichment.csv",
            csv(
                [
                    ("pathway", "genes", "p", "fdr"),
                    *((f"Pathway {at}", rng.randint(2, 40), p(), p()) for at in range(30)),
                ]
            ),
            "pathways and genes are not people",
        ),
        _safe(
            "hpo_summary.csv",
            csv(
                [
                    ("hpo_id", "term", "n_participants"),
                    *((f"HP:{rng.randint(1, 9999):07d}", f"Term {at}", rng.randint(25, 700)) for at in range(40)),
                ]
            ),
            "ontology terms with large counts",
        ),
        _safe("manhattan_bins.csv", csv([("bin", "min_p"), *((at, p()) for at in range(200))]), "p-values by bin"),
        _safe("gene_list.txt", ("\n".join(GENES) + "\n").encode(), "a list of genes"),
        _safe(
            "panel_versions.csv",
            csv([("panel", "version", "genes_green"), ("Ataxia", "4.2", 112), ("Epilepsy", "1.3", 3)]),
            "three genes are not three people",
        ),
    ]


def _safe_others(rng: random.Random) -> list[Labelled]:
    model = {
        "model": "logistic",
        "auc": 0.81,
        "coefficients": {"age": 0.02, "sex": -0.3},
        "n_cases": 412,
        "n_controls": 398,
    }
    code = "import csv\n\n\ndef carriers(rows):\n    return sum(1 for row in rows if row['gt'] != '0/0')\n"
    return [
        _safe("model.json", json.dumps(model).encode(), "coefficients and large counts"),
        _safe(
            "README.md",
            b"# Carriers of loss-of-function variants\n\nOf 2,504 participants, 112 carried one. "
            b"Counts below 5 are shown as fewer than 5 people.\n",
            "a description",
        ),
        _safe("analysis.py", code.encode(), "code"),
        _safe(
            "run.sh",
            b"#!/bin/sh\nset -eu\nfor chrom in 1 2 3; do\n"
            b"  plink2 --pfile data/chr$chrom --freq --out freq_$chrom\ndone\n",
            "a script",
        ),
        _safe(
            "pipeline.log",
            b"2026-11-02 10:00:01 INFO read 2504 samples\n"
            b"2026-11-02 10:02:11 INFO kept 118203 variants\n"
            b"2026-11-02 10:02:12 INFO wrote table in 3 seconds\n",
            "a quiet log",
        ),
        _safe(
            "query.sql", b"SELECT phenotype, count(*) FROM people GROUP BY phenotype HAVING count(*) >= 5;\n", "a query"
        ),
        _safe(
            "notebook.ipynb",
            json.dumps(
                {
                    "nbformat": 4,
                    "nbformat_minor": 5,
                    "metadata": {},
                    "cells": [
                        {
                            "cell_type": "code",
                            "source": ["print('hello')\n"],
                            "outputs": [],
                            "execution_count": None,
                            "metadata": {},
                        }
                    ],
                }
            ).encode(),
            "a notebook without outputs",
        ),
        _safe(
            "regression.txt",
            b"                 coef    std err          z      P>|z|\n"
            b"age            0.0231      0.004      5.775      0.000\n"
            b"sex           -0.3010      0.110     -2.736      0.006\n"
            b"No. Observations: 810   Df Residuals: 807\n",
            "a printed regression",
        ),
    ]


def _unsafe_counts(rng: random.Random) -> list[Labelled]:
    def n() -> int:
        return rng.randint(20, 900)

    return [
        _unsafe("small.csv", csv([("phenotype", "n"), ("Ataxia", 4), ("Epilepsy", 40)]), "a count of four"),
        _unsafe(
            "crosstab_small.csv",
            csv([("phenotype", "female", "male"), ("Ataxia", 31, 2), ("Epilepsy", 44, 39)]),
            "two men",
        ),
        _unsafe(
            "words.csv",
            csv([("phenotype", "number_of_people"), ("Ataxia", "four"), ("Epilepsy", "40"), ("Other", 33)]),
            "four in a word",
        ),
        _unsafe(
            "one_masked_with_total.csv",
            csv([("phenotype", "n"), ("Ataxia", "<5"), ("Epilepsy", 40), ("Other", 33), ("Total", 76)]),
            "76 - 73 = 3",
        ),
        _unsafe(
            "row_total.csv",
            csv([("phenotype", "female", "male", "total"), ("Ataxia", "<5", 30, 33), ("Epilepsy", 21, 44, 65)]),
            "33 - 30 = 3",
        ),
        _unsafe(
            "two_masked_tight.csv",
            csv([("group", "n"), ("a", "<5"), ("b", "<5"), ("c", 30), ("Total", 38)]),
            "only 4 and 4 make 8",
        ),
        _unsafe(
            "mask_and_percent.csv",
            csv([("phenotype", "n", "percent"), ("Ataxia", "<5", 0.75), ("Epilepsy", 397, 99.25), ("Total", 400, 100)]),
            "0.75% of 400 is 3",
        ),
        _unsafe(
            "percent_of_known.csv",
            csv([("phenotype", "percent"), ("Ataxia", "0.04%"), ("Epilepsy", "12.10%")]),
            "0.04% of 10,000 is 4",
            people=10_000,
        ),
        _unsafe(
            "count_with_percent.csv",
            csv([("Characteristic", "Cases (n=412)"), ("Female", "212 (51.5%)"), ("Blind", "3 (0.7%)")]),
            "3 (0.7%)",
        ),
        _unsafe("weak_mask.csv", csv([("phenotype", "n"), ("Ataxia", "<3"), ("Epilepsy", 40)]), "<3 says one or two"),
        _unsafe(
            "carriers.tsv",
            csv([("gene", "n_carriers"), *((g, 1 + at) for at, g in enumerate(GENES))], "\t"),
            "few carriers of a gene",
        ),
        _unsafe(
            "carriers.xlsx", xlsx([("gene", "carriers"), ("SMAD4", 2), ("BRCA1", 90)]), "two carriers in a spreadsheet"
        ),
        _unsafe(
            "summary.json", json.dumps({"cohort": {"n_cases": 3, "n_controls": 900}}).encode(), "three cases in JSON"
        ),
        _unsafe(
            "note.txt",
            b"We found 3 participants with biallelic variants in SMAD4.\n",
            "three participants in a sentence",
        ),
        _unsafe(
            "results.md", b"| phenotype | n |\n|---|---|\n| Ataxia | 2 |\n| Epilepsy | 80 |\n", "a table in Markdown"
        ),
        _unsafe(
            "semicolons.csv", csv([("phenotype", "n"), ("Ataxia", 1), ("Epilepsy", 50)], ";"), "one person, semicolons"
        ),
        _unsafe(
            "second_table.csv",
            csv([("phenotype", "n"), ("Ataxia", 40), (), ("sex", "n"), ("female", 38), ("male", 2)]),
            "a second table below",
        ),
        _unsafe(
            "by_year_small.csv",
            csv([("phenotype", "2019", "2020"), ("Ataxia", n(), 3), ("Epilepsy", n(), n())]),
            "three in 2020",
        ),
        _unsafe(
            "survival_small.csv",
            csv([("time_months", "at_risk", "deaths"), (0, 40, 1), (6, 33, 2), (12, 9, 1)]),
            "single deaths",
        ),
    ]


def _unsafe_people(rng: random.Random) -> list[Labelled]:
    def age() -> int:
        return rng.randint(18, 90)

    def sex() -> str:
        return rng.choice(["F", "M"])

    known = rng.sample(KNOWN, 60)
    return [
        _unsafe(
            "people.csv",
            csv(
                [
                    ("participant_id", "age", "sex"),
                    *((f"P{rng.randint(10**6, 10**7)}", age(), sex()) for _ in range(40)),
                ]
            ),
            "a row for each person",
        ),
        _unsafe("samples.txt", ("\n".join(known[:30]) + "\n").encode(), "names of samples"),
        _unsafe(
            "one_id.csv",
            csv([("phenotype", "n", "note"), ("Ataxia", 40, f"index case {known[0]}"), ("Epilepsy", 50, "")]),
            "one identifier in a note",
        ),
        _unsafe(
            "traits.csv",
            csv([("age", "sex", "diagnosis"), *((age(), sex(), rng.choice(TERMS)) for _ in range(12))]),
            "twelve people by their traits",
        ),
        _unsafe(
            "dates.csv",
            csv(
                [
                    ("admission_date", "ward"),
                    *(
                        (
                            f"20{rng.randint(10, 24)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
                            rng.choice("ABC"),
                        )
                        for _ in range(40)
                    ),
                ]
            ),
            "dates in lives",
        ),
        _unsafe(
            "coded.csv",
            csv([("code", "value"), *((f"X{rng.randint(10**7, 10**8)}", rng.random()) for _ in range(60))]),
            "a code for each person",
        ),
        _unsafe("nhs.csv", csv([("ref", "score"), ("943 476 5919", 3.2), ("401 023 2137", 4.1)]), "NHS numbers"),
        _unsafe(
            "pca.csv",
            csv([("IID", "PC1", "PC2"), *((s, rng.gauss(0, 1), rng.gauss(0, 1)) for s in known[:40])]),
            "components of each person",
        ),
        _unsafe(
            "pseudonyms.csv",
            csv([("carrier", "gene"), *((_pseudonym(rng), "SMAD4") for _ in range(6))]),
            "pseudonyms of carriers",
        ),
        _unsafe("contact.txt", b"Results were discussed with j.doe@hospital.example and SW1A 2AA.\n", "an address"),
        _unsafe(
            "frame.log",
            ("".join(f"{at}   {known[at]}   {age()}   {rng.random():.3f}\n" for at in range(8))).encode(),
            "rows in a log",
        ),
    ]


def _pseudonym(rng: random.Random) -> str:
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return "-".join("".join(rng.choice(letters) for _ in range(size)) for size in (5, 5, 4))


def _unsafe_others(rng: random.Random) -> list[Labelled]:
    def call() -> str:
        return rng.choice(["0/0", "0/1", "1/1"])

    doses = [
        ("gene", *(f"s{at}" for at in range(80))),
        *((g, *(rng.choice([0, 0, 1, 2]) for _ in range(80))) for g in GENES),
    ]
    fractions = [
        ("site", *(f"s{at}" for at in range(80))),
        *((f"v{at}", *(round(rng.uniform(0, 2), 3) for _ in range(80))) for at in range(12)),
    ]
    vcf = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\n"
    vcf += "1\t100\t.\tA\tG\t50\tPASS\tAC=1\tGT\t0/1\n"
    book = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {
                "cell_type": "code",
                "source": ["df.head()"],
                "outputs": [{"output_type": "stream", "text": ["x"]}],
                "execution_count": 1,
                "metadata": {},
            }
        ],
    }
    return [
        _unsafe(
            "genotypes.csv",
            csv(
                [
                    ("variant", *(f"s{at}" for at in range(10))),
                    *((f"v{at}", *(call() for _ in range(10))) for at in range(10)),
                ]
            ),
            "genotypes",
        ),
        _unsafe("doses.csv", csv(doses), "a matrix of doses"),
        _unsafe("doses_turned.csv", csv(list(zip(*doses, strict=True))), "the same matrix, turned"),
        _unsafe("dosages.csv", csv(fractions), "dosages as fractions"),
        _unsafe("calls.txt", vcf.encode(), "a VCF under another name"),
        _unsafe(
            "rare.csv",
            csv([("chrom", "pos", "ref", "alt", "ac"), *((1, 10**6 + at, "A", "G", 1) for at in range(10))]),
            "singletons of the cohort",
        ),
        _unsafe(
            "all_variants.csv",
            csv([("chrom", "pos", "ref", "alt", "af"), *((1, 10**6 + at, "A", "G", 0.001) for at in range(400))]),
            "a long list of variants",
        ),
        _unsafe("explored.ipynb", json.dumps(book).encode(), "a notebook with outputs"),
        _unsafe(
            "formula.csv", csv([("gene", "n"), ("SMAD4", '=HYPERLINK("//x.invalid")'), ("BRCA1", 40)]), "a formula"
        ),
        _unsafe(
            "packed.txt",
            b"data: "
            + ("".join(rng.choice("ABCDEFGHIJKLMNOPabcdefghijklmnop0123456789+/") for _ in range(4000))).encode()
            + b"\n",
            "encoded data",
        ),
        _unsafe("secret.py", b"client = connect(password='correct-horse-battery')\n", "a password"),
        _unsafe(
            "family.fam.txt",
            "".join(f"F{at} I{at} 0 0 {1 + at % 2} 2\n" for at in range(12)).encode(),
            "a pedigree file",
        ),
        _unsafe(
            "mask_beside_people_tested.csv",
            csv(
                [("gene", "people_tested", "carriers", "share"), ("CFTR", 180, 12, "6.7%"), ("LDLR", 180, "<5", "2.2%")]
            ),
            "2.2% of 180 is 4",
        ),
    ]
