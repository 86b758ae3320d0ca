"""Shapes of analyses that are worked out when they are asked for: one person, a family, cases against controls."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
from rest_framework import serializers

from portal.kernel.api import Instant, StrictSerializer
from research_env.engine import BURDEN_SCHEMA, FISHER, INHERITANCE_SCHEMA, REGRESSION, SOMATIC_PERSON_SCHEMA
from research_env.one_person import MODES, PersonReport
from research_env.questions import described
from research_env.serializers import (
    COLUMNS,
    LineSerializer,
    QuestionSerializer,
    field_for,
    plain,
)

_GROUPS: Final = ("datasets", "sexes", "ancestries", "family_roles", "pseudonyms", "cohort")
_COUNTS: Final = ("min_allele_count", "zygosity", "min_site_quality", "min_allele_frequency")
_MORE: Final = {
    "mode": "How it was passed on: de_novo, recessive, compound_het or x_linked.",
    "mother": "What the mother has: absent, het, full (no other copy) or unknown.",
    "father": "What the father has: absent, het, full (no other copy) or unknown.",
    "partner_variant_id": "The other variant of a compound heterozygote; null otherwise.",
    "variant_count": "Variants of the gene that somebody compared carries.",
    "case_carriers": "Cases who count as carriers.",
    "case_count": "Cases who were compared.",
    "control_carriers": "Controls who count as carriers.",
    "control_count": "Controls who were compared.",
    "odds_ratio": "Odds of carrying among cases against controls; null where it has no value.",
    "odds_ratio_low": "Lower end of its 95% interval.",
    "odds_ratio_high": "Upper end of its 95% interval.",
    "fisher_p": "Fisher's exact test, two-sided.",
    "regression_p": "Score test of the logistic regression; null where it was not asked for or says nothing.",
    "bonferroni_p": "p, corrected for the number of genes by Bonferroni.",
    "fdr_q": "p, corrected by Benjamini-Hochberg (false discovery rate).",
}


def _rows(name: str, schema: pa.Schema, doc: str) -> type[serializers.Serializer[Any]]:
    words = COLUMNS | _MORE
    listed: dict[str, Any] = {column.name: field_for(column, words.get(column.name, column.name)) for column in schema}
    return type(name, (serializers.Serializer,), {**listed, "__doc__": doc})


PersonVariantSerializer = _rows("PersonVariantSerializer", SOMATIC_PERSON_SCHEMA, "A variant that the person carries.")
InheritedVariantSerializer = _rows(
    "InheritedVariantSerializer", INHERITANCE_SCHEMA, "A variant of the person, and how the family passed it on."
)
BurdenGeneSerializer = _rows("BurdenGeneSerializer", BURDEN_SCHEMA, "A gene, compared in cases and controls.")


class PersonQuestionSerializer(QuestionSerializer):
    """Where to look, and which variants count. Name at least one gene, gene panel or target."""

    class Meta:
        ref_name = "PersonQuestion"

    locals().update(dict.fromkeys((*_GROUPS, *_COUNTS)))


class NewPersonSerializer(StrictSerializer):
    """One person of a release, and what is asked."""

    release = serializers.CharField(max_length=60, help_text="Reference of a published release.")
    person = serializers.CharField(max_length=40, help_text="The person, by your project's own pseudonym.")
    question = PersonQuestionSerializer()


class NewFamilySerializer(NewPersonSerializer):
    """One person of a release, what is asked, and which ways of inheritance."""

    modes = serializers.ListField(
        child=serializers.ChoiceField(choices=list(MODES)),
        required=False,
        default=list,
        help_text="Only these ways of inheritance; all of them where none is named.",
    )


class PersonReportSerializer(serializers.Serializer[Any]):
    """What one person carries in what was read."""

    person = serializers.CharField(help_text="The project's pseudonym of the person.")
    release = serializers.CharField(help_text="The release that was read.")
    in_words = LineSerializer(many=True, help_text="The question in words.")
    notes = serializers.ListField(child=serializers.CharField(), help_text="What to know about the genes or panel.")
    population_size = serializers.IntegerField(help_text="People whom frequencies are taken from.")
    consent_read_at = Instant(help_text="When consent was last looked at.")
    results = PersonVariantSerializer(many=True, help_text="The variants, in the order of the genome.")


class FamilyReportSerializer(PersonReportSerializer):
    """A person's variants by how the family passed them on."""

    modes = serializers.ListField(child=serializers.CharField(), help_text="The ways that were looked for.")
    relatives = serializers.ListField(child=serializers.CharField(), help_text="Who of the family was read.")
    results = InheritedVariantSerializer(many=True, help_text="The variants, by way of inheritance.")


class BurdenFilterSerializer(StrictSerializer):
    """Who is compared with whom, and how."""

    cases = serializers.CharField(max_length=20, help_text="Reference of the saved cohort of the cases.")
    controls = serializers.CharField(
        max_length=20, required=False, help_text="Saved cohort of the controls; everybody else where none is named."
    )
    copies = serializers.ChoiceField(
        choices=["1", "2"], required=False, help_text="Altered copies that make a carrier: 1, or 2 for both."
    )
    test = serializers.ChoiceField(choices=[FISHER, REGRESSION], required=False, help_text="The test; Fisher's first.")
    covariates = serializers.CharField(
        max_length=40, required=False, help_text="Of the regression, with commas between: sex, ancestry."
    )


class BurdenReportSerializer(serializers.Serializer[Any]):
    """Genes by p-value, and who was compared."""

    test = serializers.CharField(help_text="The test that was asked for.")
    case_count = serializers.IntegerField(help_text="Cases.")
    control_count = serializers.IntegerField(help_text="Controls.")
    in_both = serializers.IntegerField(help_text="People who fit both groups, and were left out.")
    tested = serializers.IntegerField(help_text="Genes with a p-value: what the corrections count.")
    inflation = serializers.FloatField(
        allow_null=True, help_text="Genomic inflation factor; null with few genes or Fisher's test."
    )
    results = BurdenGeneSerializer(many=True, help_text="The genes, smallest p-value first.")


def report_as_json(report: PersonReport) -> dict[str, Any]:
    """A report as its serializers take it."""
    return {
        "person": report.pseudonym,
        "release": report.release.reference,
        "in_words": [{"label": label, "text": text} for label, text in described(report.question)],
        "notes": list(report.question.notes),
        "population_size": report.population_size,
        "consent_read_at": report.consent_read_at,
        "modes": list(report.modes),
        "relatives": report.relatives,
        "results": rows_as_json(report.rows),
    }


def rows_as_json(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows as JSON can hold them."""
    return [{name: plain(value) for name, value in row.items()} for row in rows]
