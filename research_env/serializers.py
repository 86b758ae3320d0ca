"""Shapes of queries for programs: what they send, what they get back, and the words that document both."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.reverse import reverse

from ngrl.models import Participant
from portal.kernel.api import FiniteNumber, Instant, StrictSerializer
from research_env.engine import VARIANTS_SCHEMA
from research_env.models import Query, QueryStatus
from research_env.panels_asked import LEVELS
from research_env.questions import CONSEQUENCE_CHOICES, Question, described
from research_env.results import SOMATIC_PROJECT_CARRIERS_SCHEMA, standing_of
from research_env.workflows import QUERY

_LARGEST = 2**31 - 1
_TEXT = 100
COLUMNS = {
    "contig": "Chromosome, as chr7.",
    "position_1based": "Position of the first base of `ref`, counted from 1.",
    "ref": "Bases of the reference genome.",
    "alt": "Bases instead of them.",
    "variant_id": "The four columns before as one text, such as chr7-117559590-ATCT-A.",
    "rsid": "Name in dbSNP, where the file has one.",
    "filter": "FILTER of the file; null where it is empty.",
    "site_quality": "QUAL of the file.",
    "gene_symbol": "Gene of the picked consequence.",
    "consequence": "Sequence Ontology term of the gravest consequence.",
    "impact": "HIGH, MODERATE, LOW or MODIFIER.",
    "hgvs_protein": "Change of the protein.",
    "hgvs_coding": "Change of the coding sequence.",
    "orig_position_1based": "Position in the file, where the file spells the allele in another way; null otherwise.",
    "orig_alleles": "REF and ALT of the line in the file, as CTT>C,CT; null where they are those above.",
    "allele_count": "Copies of the allele in the cohort.",
    "allele_number": "Called copies in the cohort.",
    "allele_frequency": "allele_count / allele_number; null where nobody was called.",
    "het_count": "People with one copy of two.",
    "hom_count": "People with two copies.",
    "hemi_count": "People with one copy of one, such as men on chromosome X.",
    "carrier_count": "People with at least one copy, of the zygosity that was asked for.",
    "missing_count": "People who could not be called.",
    "population_allele_count": "Copies of the allele in all genomes that the project may read.",
    "population_allele_number": "Called copies in those genomes.",
    "population_allele_frequency": "The frequency that the frequency filters look at.",
    "pseudonym": "The project's pseudonym of the person. Another project knows the person by another one.",
    "zygosity": "het, hom or hemi.",
    "phased": "Whether the genotype is phased.",
    "depth": "DP of the genotype.",
    "genotype_quality": "GQ of the genotype.",
    "alt_depth": "Reads with the allele.",
    "normal": "In somatic releases: whether the normal of the tumour has it: absent, carried, not_called or no_normal.",
}


@extend_schema_field(
    {"oneOf": [{"type": "array", "items": {"type": "string", "maxLength": _TEXT}}, {"type": "string"}]}
)
class GeneWords(serializers.Field[Any, Any, Any, Any]):
    """Genes as a list, or as one text with spaces, commas or line ends between them."""

    _list = serializers.ListField(child=serializers.CharField(max_length=_TEXT))
    _text = serializers.CharField(allow_blank=True)

    def to_internal_value(self, data: Any) -> str:
        """One text. Raises ValidationError."""
        if isinstance(data, str):
            return str(self._text.run_validation(data))
        return "\n".join(self._list.run_validation(data))

    def to_representation(self, value: Any) -> list[str]:
        """The genes as a list."""
        return list(value)


def _words(help_text: str, *choices: str) -> serializers.ListField:
    child: serializers.Field[Any, Any, Any, Any] = (
        serializers.ChoiceField(choices=list(choices)) if choices else serializers.CharField(max_length=_TEXT)
    )
    return serializers.ListField(child=child, required=False, default=list, help_text=help_text)


def _number(help_text: str, maximum: float = 1e9) -> FiniteNumber:
    return FiniteNumber(
        min_value=0, max_value=maximum, required=False, allow_null=True, default=None, help_text=help_text
    )


def _whole(help_text: str) -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=0, max_value=_LARGEST, required=False, allow_null=True, default=None, help_text=help_text
    )


class QuestionSerializer(StrictSerializer):
    """What is asked. Name at least one gene, gene panel or target; everything else narrows the answer."""

    genes = GeneWords(
        required=False,
        default="",
        help_text="Symbols, older symbols, aliases, HGNC or Ensembl ids: a list, or one text. Answers give HGNC ids.",
    )
    targets = _words("Regions (chr7:117,480,025-117,668,665) and single variants (chr7-117559590-ATCT-A).")
    panel = _whole("Number of a public gene panel whose genes are read too.")
    panel_version = serializers.CharField(
        max_length=20,
        required=False,
        default="",
        allow_blank=True,
        help_text="Version of the panel, such as 2.3. Empty takes the current one; the answer says which it was.",
    )
    panel_level = serializers.ChoiceField(
        choices=list(LEVELS), required=False, default="green", help_text="The panel's genes from this level up."
    )
    datasets = _words("Only people of these of the project's datasets.")
    sexes = _words("Only people of these sexes.", *Participant.Sex.values)
    ancestries = _words("Only people of these ancestries.")
    family_roles = _words("Only people in these places of their family.", *Participant.FamilyRole.values)
    pseudonyms = _words("Only these people, by your project's own pseudonyms.")
    cohort = serializers.CharField(
        max_length=20,
        required=False,
        default="",
        allow_blank=True,
        help_text="Only people of this saved cohort of the project, such as CHT-2026-0001, asked when it runs.",
    )
    consequence = serializers.ChoiceField(
        choices=list(CONSEQUENCE_CHOICES), required=False, default="any", help_text="What the variant does to a gene."
    )
    max_allele_frequency = _number("At most this frequency, 0 to 1, in all genomes the project may read.", 1)
    min_allele_frequency = _number("At least this frequency, 0 to 1, in all genomes the project may read.", 1)
    min_allele_count = _whole("At least so many copies in the cohort.")
    zygosity = _words("Only carriers of this kind.", "het", "hom", "hemi")
    pass_only = serializers.BooleanField(
        required=False, default=True, help_text="Only sites whose FILTER is PASS. False takes all."
    )
    min_genotype_quality = _whole("A genotype below this GQ, or without GQ, counts as missing.")
    min_depth = _whole("A genotype below this depth, or without depth, counts as missing.")
    min_site_quality = _number("Only sites with at least this QUAL.")
    min_variant_allele_fraction = _number(
        "A carrier with less of the reads (alt_depth / depth, 0 to 1), or without both numbers, is no carrier.", 1
    )


class NewQuerySerializer(StrictSerializer):
    """A question put to a release inside a project."""

    project = serializers.CharField(max_length=20, help_text="Reference of one of your projects.")
    release = serializers.CharField(max_length=60, help_text="Reference of a published release.")
    name = serializers.CharField(
        max_length=120, required=False, default="", allow_blank=True, help_text="What you want to call it."
    )
    question = QuestionSerializer()
    submit = serializers.BooleanField(
        required=False, default=True, help_text="False only plans it: look at the estimates, then submit."
    )


class QueryFilterSerializer(StrictSerializer):
    """Which queries to list."""

    project = serializers.CharField(required=False, max_length=20, help_text="Reference of one of your projects.")
    status = serializers.ChoiceField(
        required=False, choices=QueryStatus.choices, help_text="Only queries that stand there."
    )


class VariantFilterSerializer(StrictSerializer):
    """Which variants to give."""

    variant_id = serializers.CharField(required=False, max_length=2_000, help_text="Only this variant.")


class CarrierFilterSerializer(VariantFilterSerializer):
    """Which carriers to give."""

    pseudonym = serializers.CharField(required=False, max_length=_TEXT, help_text="Only this person.")


class ProjectSerializer(serializers.Serializer[Any]):
    """A project that you work in."""

    reference = serializers.CharField(help_text="The project's permanent name, to be given in queries.")
    title = serializers.CharField(help_text="Title.")
    ends_at = Instant(help_text="The project's term ends then.")
    datasets = serializers.ListField(child=serializers.CharField(), help_text="What it may read now.")


class EstimatesSerializer(serializers.Serializer[Any]):
    """What reading will take, as planned."""

    records = serializers.IntegerField(source="estimated_records", help_text="Lines of the release's files.")
    bytes = serializers.IntegerField(source="estimated_bytes", help_text="Bytes of them.")
    seconds = serializers.FloatField(source="estimated_seconds", help_text="Seconds of work, about.")


class LineSerializer(serializers.Serializer[Any]):
    """A part of the question in words."""

    label = serializers.CharField(help_text="Which part.")  # type: ignore[assignment]  # a field, not the caption of one
    text = serializers.CharField(help_text="What it says.")


class QueryLinksSerializer(serializers.Serializer[Any]):
    """Where to go from here."""

    self = serializers.URLField(help_text="This query.")
    progress = serializers.URLField(help_text="How far it is.")
    variants = serializers.URLField(help_text="Its variants as JSON.")
    carriers = serializers.URLField(help_text="Its carriers as JSON.")
    variants_parquet = serializers.URLField(help_text="All variants as one Parquet file.")
    carriers_parquet = serializers.URLField(help_text="All carriers as one Parquet file.")
    provenance = serializers.URLField(help_text="How the result came to be.")


LINKS = {
    "self": "query-detail",
    "progress": "query-progress",
    "variants": "query-variants",
    "carriers": "query-carriers",
    "variants_parquet": "query-variants-parquet",
    "carriers_parquet": "query-carriers-parquet",
    "provenance": "query-provenance",
}


class QuerySummarySerializer(serializers.Serializer[Any]):
    """A query in a list."""

    reference = serializers.CharField(help_text="The query's permanent name.")
    name = serializers.CharField(help_text="What its author calls it.")
    status = serializers.ChoiceField(choices=QueryStatus.choices, help_text="Where it stands.")
    project = serializers.CharField(source="project.reference", help_text="Reference of its project.")
    release = serializers.CharField(source="release.reference", help_text="Reference of its release.")
    author = serializers.CharField(source="author.display_name", help_text="Who asked.")
    created_at = Instant(help_text="When it was planned.")
    submitted_at = Instant(allow_null=True, help_text="When it was handed to the workers.")
    finished_at = Instant(allow_null=True, help_text="When it ended, in whatever way.")
    links = serializers.SerializerMethodField(help_text="Where to go from here.")

    @extend_schema_field(QueryLinksSerializer)
    def get_links(self, query: Query) -> dict[str, str]:
        """Addresses, by name."""
        request: Request = self.context["request"]
        return {key: reverse(f"api-v1:{name}", [query.reference], request=request) for key, name in LINKS.items()}


class ResultSerializer(serializers.Serializer[Any]):
    """What was found, in numbers."""

    variant_count = serializers.IntegerField(help_text="Variants.")
    carrier_row_count = serializers.IntegerField(help_text="Pairs of a variant and a carrier.")
    people_count = serializers.IntegerField(help_text="Different people who carry any of the variants.")
    cohort_size = serializers.IntegerField(help_text="People who were looked at.")
    population_size = serializers.IntegerField(help_text="People whom frequencies are taken from.")
    size_bytes = serializers.IntegerField(help_text="Size of the two Parquet files together.")


class QuerySerializer(QuerySummarySerializer):
    """A query with all that there is to know."""

    failure = serializers.CharField(allow_blank=True, help_text="Why it failed, was stopped or is withheld.")
    rerun_of = serializers.CharField(
        source="rerun_of.reference", allow_null=True, help_text="The query that it repeats, if any."
    )
    question = QuestionSerializer(help_text="The question, ready to be sent again.")
    in_words = serializers.SerializerMethodField(help_text="The question as people read it.")
    notes = serializers.SerializerMethodField(help_text="Remarks, such as an older symbol that was understood.")
    estimates = EstimatesSerializer(source="*", help_text="What reading will take.")
    actions = serializers.SerializerMethodField(help_text="What you can do with it now.")
    result = serializers.SerializerMethodField(help_text="What was found; null while there is nothing to show.")
    no_result_because = serializers.SerializerMethodField(help_text="Why there is no result to show; null if there is.")

    def to_representation(self, instance: Query) -> dict[str, Any]:
        """The query as a dictionary. Whether the result may be shown is asked once."""
        self._standing = standing_of(instance)
        return super().to_representation(instance)

    @extend_schema_field(LineSerializer(many=True))
    def get_in_words(self, query: Query) -> list[dict[str, str]]:
        """The same lines as on the page."""
        return [{"label": label, "text": text} for label, text in described(Question.from_json(query.question))]

    def get_notes(self, query: Query) -> list[str]:
        """What was remarked when the question was read."""
        return list(Question.from_json(query.question).notes)

    @extend_schema_field({"type": "array", "items": {"type": "string", "enum": ["submit", "cancel", "retry"]}})
    def get_actions(self, query: Query) -> list[str]:
        """Actions that would not be refused at this moment."""
        return [row.action for row in QUERY.available(query, self.context["request"].user)]

    @extend_schema_field(ResultSerializer(allow_null=True))
    def get_result(self, query: Query) -> dict[str, Any] | None:
        """The numbers, for who may see the result."""
        return None if self._standing else dict(ResultSerializer(query.result).data)

    def get_no_result_because(self, query: Query) -> str | None:
        """The sentence that the result's own addresses answer with."""
        return self._standing


class ProgressSerializer(serializers.Serializer[Any]):
    """How far a query is."""

    status = serializers.ChoiceField(choices=QueryStatus.choices, help_text="Where it stands.")
    ended = serializers.BooleanField(help_text="Whether asking again is of no use.")
    percent = serializers.IntegerField(help_text="0 to 100; 100 only when it is finished.")
    slices_done = serializers.IntegerField(help_text="Pieces of work that are done.")
    slices_total = serializers.IntegerField(help_text="Pieces of work in all.")
    records_read = serializers.IntegerField(help_text="Lines read so far.")
    records_estimated = serializers.IntegerField(help_text="Lines to read in all, about.")
    seconds_left = serializers.IntegerField(allow_null=True, help_text="Seconds left, about; null while not known.")
    time_left = serializers.CharField(help_text="The same in words.")
    queries_ahead = serializers.IntegerField(help_text="Queries that wait before this one.")
    waiting_for_worker = serializers.BooleanField(help_text="Whether nobody has begun with it yet.")


class ProvenanceSerializer(serializers.Serializer[Any]):
    """How a result came to be: enough to repeat it, and to see whether a file is the same."""

    query = serializers.CharField(source="reference", help_text="Reference of the query.")
    project = serializers.CharField(source="project.reference", help_text="Reference of its project.")
    author = serializers.CharField(source="author.display_name", help_text="Who asked.")
    rerun_of = serializers.CharField(
        source="rerun_of.reference", allow_null=True, help_text="The query that it repeats, if any."
    )
    release = serializers.CharField(source="release.reference", help_text="Reference of the release.")
    assembly = serializers.CharField(source="release.assembly", help_text="The reference genome.")
    callset = serializers.CharField(source="release.callset", help_text="germline, or somatic: of tumours.")
    release_sha256 = serializers.CharField(
        source="release.source_sha256", help_text="Digest of the list of files that the release was loaded from."
    )
    sequence_sha256 = serializers.CharField(
        source="release.sequence_sha256",
        allow_blank=True,
        help_text="Digest of the reference sequence that alleles are spelled by; empty where the release has none.",
    )
    question = QuestionSerializer(help_text="The question.")
    engine_version = serializers.CharField(source="result.engine_version", help_text="Version of the engine.")
    submitted_at = Instant(help_text="When it was handed to the workers.")
    finished_at = Instant(help_text="When it was finished.")
    consent_read_at = Instant(source="result.consent_read_at", help_text="When consent was last looked at.")
    cohort_size = serializers.IntegerField(source="result.cohort_size", help_text="People who were looked at.")
    population_size = serializers.IntegerField(
        source="result.population_size", help_text="People whom frequencies are taken from."
    )
    variants_sha256 = serializers.CharField(source="result.variants_sha256", help_text="Digest of variants.parquet.")
    carriers_sha256 = serializers.CharField(source="result.carriers_sha256", help_text="Digest of carriers.parquet.")


def field_for(column: pa.Field[Any], words: str) -> serializers.Field[Any, Any, Any, Any]:
    """A column of a table as a documented field."""
    options: dict[str, Any] = {"allow_null": column.nullable, "help_text": words}
    if column.name == "normal":
        options["required"] = False
    if pa.types.is_boolean(column.type):
        return serializers.BooleanField(**options)
    if pa.types.is_integer(column.type):
        return serializers.IntegerField(**options)
    if pa.types.is_floating(column.type):
        return serializers.FloatField(**options)
    return serializers.CharField(**options)


def _row_serializer(name: str, schema: pa.Schema, doc: str) -> type[serializers.Serializer[Any]]:
    fields: dict[str, Any] = {column.name: field_for(column, COLUMNS[column.name]) for column in schema}
    return type(name, (serializers.Serializer,), {**fields, "__doc__": doc})


VariantSerializer = _row_serializer("VariantSerializer", VARIANTS_SCHEMA, "A variant and its counts.")
CarrierSerializer = _row_serializer(
    "CarrierSerializer", SOMATIC_PROJECT_CARRIERS_SCHEMA, "A person who carries a variant."
)


def plain_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a result as JSON can hold them: a quality that the file gives as "nan" or "inf" becomes null."""
    return [{name: plain(value) for name, value in row.items() if name in COLUMNS} for row in rows]


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
