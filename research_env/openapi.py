"""The words and examples by which the OpenAPI document describes the addresses of research_env.api."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from portal.kernel.api import BINARY, CURSOR_PARAMETERS, paged, problems
from research_env import serializers

PARQUET = "application/vnd.apache.parquet"
View = TypeVar("View", bound=Callable[..., Any])
_QUERIES, _RESULTS = "Queries", "Results"
_REFERENCE = OpenApiParameter(
    "reference", str, OpenApiParameter.PATH, description="The query's reference, such as QRY-2026-0042."
)
_SIGNED_IN = ("not_authenticated", "not_found")

QUESTION = {
    "genes": ["CFTR"],
    "consequence": "protein_changing",
    "max_allele_frequency": 0.01,
    "zygosity": ["het", "hom"],
}
NEW_QUERY = {
    "project": "PRJ-2026-0001",
    "release": "v2026-09-demo",
    "name": "Rare changes in CFTR",
    "question": QUESTION,
    "submit": True,
}
_ADDRESS = "https://lectern.example/api/v1/queries/QRY-2026-0042/"
SUMMARY = {
    "reference": "QRY-2026-0042",
    "name": "Rare changes in CFTR",
    "status": "queued",
    "project": "PRJ-2026-0001",
    "release": "v2026-09-demo",
    "author": "Ada Researcher",
    "created_at": "2026-09-27T14:05:09.123456Z",
    "submitted_at": "2026-09-27T14:05:09.234567Z",
    "finished_at": None,
    "links": {
        "self": _ADDRESS,
        "progress": f"{_ADDRESS}progress/",
        "variants": f"{_ADDRESS}results/variants/",
        "carriers": f"{_ADDRESS}results/carriers/",
        "variants_parquet": f"{_ADDRESS}results/variants.parquet",
        "carriers_parquet": f"{_ADDRESS}results/carriers.parquet",
        "provenance": f"{_ADDRESS}provenance/",
    },
}
FULL_QUESTION = {
    **{name: [] for name in ("targets", "datasets", "sexes", "ancestries", "family_roles", "pseudonyms")},
    **dict.fromkeys(
        ("min_allele_frequency", "min_allele_count", "min_genotype_quality", "min_depth", "min_variant_allele_fraction")
    ),
    "min_site_quality": None,
    "pass_only": True,
    **QUESTION,
    "genes": ["HGNC:1884"],
}
QUERY = {
    **SUMMARY,
    "failure": "",
    "rerun_of": None,
    "question": FULL_QUESTION,
    "in_words": [{"label": "Genes", "text": "CFTR"}, {"label": "Frequency at most", "text": "0.01"}],
    "notes": [],
    "estimates": {"records": 5210, "bytes": 1843200, "seconds": 3.1},
    "actions": ["cancel"],
    "result": None,
    "no_result_because": "This query is waiting to start; there is no result to show.",
}
PROGRESS = {
    "status": "running",
    "ended": False,
    "percent": 43,
    "slices_done": 1,
    "slices_total": 3,
    "records_read": 2240,
    "records_estimated": 5210,
    "seconds_left": 4,
    "time_left": "A few seconds left",
    "queries_ahead": 0,
    "waiting_for_worker": False,
}
_VARIANT_KEY = {
    "contig": "chr7",
    "position_1based": 117559590,
    "ref": "ATCT",
    "alt": "A",
    "variant_id": "chr7-117559590-ATCT-A",
}
VARIANT = {
    **_VARIANT_KEY,
    "rsid": "rs113993960",
    "filter": "PASS",
    "site_quality": 812.5,
    "gene_symbol": "CFTR",
    "consequence": "inframe_deletion",
    "impact": "MODERATE",
    "hgvs_protein": "p.Phe508del",
    "hgvs_coding": "c.1521_1523del",
    "orig_position_1based": None,
    "orig_alleles": None,
    "allele_count": 31,
    "allele_number": 2408,
    "allele_frequency": 0.012873754,
    "het_count": 29,
    "hom_count": 1,
    "hemi_count": 0,
    "carrier_count": 30,
    "missing_count": 0,
    "population_allele_count": 31,
    "population_allele_number": 2408,
    "population_allele_frequency": 0.012873754,
}
CARRIER = {
    **_VARIANT_KEY,
    "pseudonym": "7KQ2M-4XD9P-3TW8",
    "zygosity": "het",
    "phased": False,
    "depth": 34,
    "genotype_quality": 99,
    "alt_depth": 16,
}


def _answer(value: Any, status: str = "200") -> OpenApiExample:
    return OpenApiExample(f"Answer {status}", value=value, response_only=True, status_codes=[status])


def _page(row: dict[str, Any], **more: Any) -> OpenApiExample:
    return _answer({"next": None, "previous": None, **more, "results": [row]})


def _action(name: str, summary: str, description: str) -> Callable[[View], View]:
    return extend_schema(
        operation_id=f"queries_{name}",
        summary=summary,
        description=description,
        tags=[_QUERIES],
        parameters=[_REFERENCE],
        request=None,
        responses={200: serializers.QuerySerializer, **problems(*_SIGNED_IN, "not_allowed", "wrong_state")},
        examples=[_answer(QUERY)],
    )


def _result(name: str, summary: str, description: str, **more: Any) -> Callable[[View], View]:
    return extend_schema(
        operation_id=f"results_{name}", summary=summary, description=description, tags=[_RESULTS], **more
    )


def _parquet(table: str) -> Callable[[View], View]:
    return _result(
        f"{table}_parquet",
        f"Take all {table} as Parquet",
        f"The whole table of {table} as one file with the same columns. Taking it is recorded in the audit log.",
        parameters=[_REFERENCE],
        responses={(200, PARQUET): BINARY, **problems(*_SIGNED_IN, "wrong_state")},
    )


projects_list = extend_schema(
    operation_id="projects_list",
    summary="List your projects",
    description="Open projects that you work in, with the datasets that each may read now.",
    tags=["Projects"],
    parameters=CURSOR_PARAMETERS,
    responses={
        200: paged(serializers.ProjectSerializer),
        **problems("invalid", "not_authenticated", "not_allowed"),
    },
    examples=[
        _page(
            {
                "reference": "PRJ-2026-0001",
                "title": "Rare variants in cystic fibrosis and related genes",
                "ends_at": "2029-09-26T14:05:09Z",
                "datasets": ["cancer", "rare-disease"],
            }
        )
    ],
)
queries_list = extend_schema(
    operation_id="queries_list",
    summary="List queries",
    description="Your queries, those that were shared with you, and all of the projects you lead; the newest first.",
    tags=[_QUERIES],
    parameters=[serializers.QueryFilterSerializer, *CURSOR_PARAMETERS],
    responses={
        200: paged(serializers.QuerySummarySerializer),
        **problems("invalid", "not_authenticated", "not_allowed"),
    },
    examples=[_page(SUMMARY)],
)
queries_create = extend_schema(
    operation_id="queries_create",
    summary="Ask a question",
    description=(
        "Plans a query and hands it to the workers. With `submit: false` it stays planned: look at its estimates, "
        "then submit it. Fields that do not exist are refused, so that a misspelt filter cannot widen an answer."
    ),
    tags=[_QUERIES],
    parameters=[
        OpenApiParameter(
            "Idempotency-Key",
            {"type": "string", "minLength": 1, "maxLength": 100},
            OpenApiParameter.HEADER,
            description="A text of your choice. The same key with the same body makes one query, however often sent.",
        ),
        OpenApiParameter(
            "Location", str, OpenApiParameter.HEADER, description="Address of the query.", response=[200, 201]
        ),
        OpenApiParameter(
            "Idempotent-Replay", str, OpenApiParameter.HEADER, description="true: it was made before.", response=[200]
        ),
    ],
    request=serializers.NewQuerySerializer,
    responses={
        201: serializers.QuerySerializer,
        200: serializers.QuerySerializer,
        **problems(
            "invalid",
            "not_authenticated",
            "not_allowed",
            "not_found",
            "wrong_state",
            "too_large",
            "unsupported_media_type",
            "idempotency_mismatch",
        ),
    },
    examples=[
        OpenApiExample("Carriers of rare variants in a gene", value=NEW_QUERY, request_only=True),
        _answer(QUERY, "201"),
        _answer(QUERY),
    ],
)
queries_read = extend_schema(
    operation_id="queries_read",
    summary="Read a query",
    description="The question, also in words, what reading it takes, what was found, and what you can do with it.",
    tags=[_QUERIES],
    parameters=[_REFERENCE],
    responses={200: serializers.QuerySerializer, **problems(*_SIGNED_IN)},
    examples=[_answer(QUERY)],
)
queries_progress = extend_schema(
    operation_id="queries_progress",
    summary="Ask how far a query is",
    description="Ask again after as many seconds as the header `Retry-After` says; it is absent once `ended` is true.",
    tags=[_QUERIES],
    parameters=[
        _REFERENCE,
        OpenApiParameter(
            "Retry-After", int, OpenApiParameter.HEADER, description="Seconds to wait before asking.", response=[200]
        ),
    ],
    responses={200: serializers.ProgressSerializer, **problems(*_SIGNED_IN)},
    examples=[_answer(PROGRESS)],
)
queries_submit = _action("submit", "Run a planned query", "Hands a planned query to the workers.")
queries_cancel = _action("cancel", "Cancel a query", "Workers stop within seconds; what they had is thrown away.")
queries_retry = _action("retry", "Try a query again", "Takes up a failed or cancelled query where it stopped.")
results_variants = _result(
    "variants",
    "Read variants",
    "The variants that were found with their counts in the cohort, in the order of the genome.",
    parameters=[_REFERENCE, serializers.VariantFilterSerializer, *CURSOR_PARAMETERS],
    responses={
        200: paged(serializers.VariantSerializer, with_total=True),
        **problems("invalid", *_SIGNED_IN, "wrong_state"),
    },
    examples=[_page(VARIANT, total=1)],
)
results_carriers = _result(
    "carriers",
    "Read carriers",
    "The people who carry the variants, under your project's pseudonyms, in the order of the genome.",
    parameters=[_REFERENCE, serializers.CarrierFilterSerializer, *CURSOR_PARAMETERS],
    responses={
        200: paged(serializers.CarrierSerializer, with_total=True),
        **problems("invalid", *_SIGNED_IN, "wrong_state"),
    },
    examples=[_page(CARRIER, total=1)],
)
results_variants_parquet = _parquet("variants")
results_carriers_parquet = _parquet("carriers")
results_provenance = _result(
    "provenance",
    "Read the provenance",
    "How the result came to be: release, engine, question, number of people, and the digests of both files.",
    parameters=[_REFERENCE],
    responses={200: serializers.ProvenanceSerializer, **problems(*_SIGNED_IN, "wrong_state")},
    examples=[
        _answer(
            {
                "query": "QRY-2026-0042",
                "project": "PRJ-2026-0001",
                "author": "Ada Researcher",
                "rerun_of": None,
                "release": "v2026-09-demo",
                "assembly": "GRCh38",
                "callset": "germline",
                "release_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "sequence_sha256": "",
                "question": FULL_QUESTION,
                "engine_version": "1.0",
                "submitted_at": "2026-09-27T14:05:09.234567Z",
                "finished_at": "2026-09-27T14:05:12.345678Z",
                "consent_read_at": "2026-09-27T14:05:12.123456Z",
                "cohort_size": 1204,
                "population_size": 1204,
                "variants_sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
                "carriers_sha256": "fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13",
            }
        )
    ],
)
