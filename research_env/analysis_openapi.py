"""The words and examples by which the OpenAPI document describes the addresses of research_env.analysis_api."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from portal.kernel.api import problems
from research_env import analysis_serializers as shapes
from research_env.openapi import CARRIER, VARIANT

View = TypeVar("View", bound=Callable[..., Any])
_TAG = "Analyses"
_PROJECT = OpenApiParameter(
    "reference", str, OpenApiParameter.PATH, description="The project's reference, such as PRJ-2026-0001."
)
_QUERY = OpenApiParameter(
    "reference", str, OpenApiParameter.PATH, description="The query's reference, such as QRY-2026-0042."
)
_ASKED = {
    "release": "v2026-09-demo",
    "person": "7KQ2M-4XD9P-3TW8",
    "question": {"genes": ["CFTR"], "max_allele_frequency": 0.01, "consequence": "protein_changing"},
}
_SITE = {name: VARIANT[name] for name in VARIANT if name.startswith("population") or "count" not in name}
_ROW = {
    **{name: value for name, value in _SITE.items() if name not in ("allele_number", "allele_frequency")},
    **{name: CARRIER[name] for name in ("zygosity", "phased", "depth", "genotype_quality", "alt_depth")},
}
_REPORT = {
    "person": "7KQ2M-4XD9P-3TW8",
    "release": "v2026-09-demo",
    "in_words": [{"label": "Genes", "text": "CFTR"}],
    "notes": [],
    "population_size": 1204,
    "consent_read_at": "2026-09-27T14:05:12.123456Z",
    "results": [_ROW],
}
_INHERITED = {"mode": "de_novo", "mother": "absent", "father": "absent", "partner_variant_id": None}
_GENE = {
    "gene_symbol": "CFTR",
    "contig": "chr7",
    "position_1based": 117480025,
    "variant_count": 12,
    "case_carriers": 9,
    "case_count": 120,
    "control_carriers": 21,
    "control_count": 1084,
    "odds_ratio": 4.1,
    "odds_ratio_low": 1.8,
    "odds_ratio_high": 9.2,
    "fisher_p": 0.0011,
    "regression_p": None,
    "bonferroni_p": 0.0044,
    "fdr_q": 0.0044,
}
_REFUSED = ("invalid", "not_authenticated", "not_allowed", "not_found")


def _answer(value: Any) -> OpenApiExample:
    return OpenApiExample("Answer 200", value=value, response_only=True, status_codes=["200"])


def _asked(value: Any) -> OpenApiExample:
    return OpenApiExample("Rare changes of the protein in a gene", value=value, request_only=True)


person_read = extend_schema(
    operation_id="analyses_person",
    summary="Read one person's variants",
    description=(
        "What one person carries in the genes, panel or regions that are named. Worked out at once and not stored; "
        "it is recorded in the audit log. What would take long is refused: ask a query for the person then."
    ),
    tags=[_TAG],
    parameters=[_PROJECT],
    request=shapes.NewPersonSerializer,
    responses={200: shapes.PersonReportSerializer, **problems(*_REFUSED, "too_large", "unsupported_media_type")},
    examples=[_asked(_ASKED), _answer(_REPORT)],
)
family_read = extend_schema(
    operation_id="analyses_inheritance",
    summary="Read how a family passed variants on",
    description=(
        "A person's variants that are new, in both copies, compound heterozygous or on the X chromosome, by what the "
        "relatives have whom the project may read. A call that is missing supports nothing. Worked out at once."
    ),
    tags=[_TAG],
    parameters=[_PROJECT],
    request=shapes.NewFamilySerializer,
    responses={200: shapes.FamilyReportSerializer, **problems(*_REFUSED, "too_large", "unsupported_media_type")},
    examples=[
        _asked({**_ASKED, "modes": ["de_novo"]}),
        _answer(
            {
                **_REPORT,
                "modes": ["de_novo"],
                "relatives": ["Mother, not affected", "Father, not affected"],
                "results": [{**_ROW, **_INHERITED}],
            }
        ),
    ],
)
burden_read = extend_schema(
    operation_id="analyses_burden",
    summary="Compare cases with controls",
    description=(
        "Gene by gene, how many cases and controls carry a variant that a finished query found. Who is in the cohorts "
        "is asked anew. p-values are corrected for the number of genes by Bonferroni and by Benjamini-Hochberg."
    ),
    tags=[_TAG],
    parameters=[_QUERY, shapes.BurdenFilterSerializer],
    responses={
        200: shapes.BurdenReportSerializer,
        **problems("invalid", "not_authenticated", "not_found", "wrong_state"),
    },
    examples=[
        _answer(
            {
                "test": "fisher",
                "case_count": 120,
                "control_count": 1084,
                "in_both": 0,
                "tested": 4,
                "inflation": None,
                "results": [_GENE],
            }
        )
    ],
)
