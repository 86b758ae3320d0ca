"""The OpenAPI document is valid, quiet, stable and true to its own examples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from portal.kernel.problems import KINDS
from portal.pages.api_docs import document
from tests.integration.api.program import PROBLEM, faults_of

OPERATIONS = {
    "GET /api/v1/me/visas/": "my_visas",
    "POST /api/v1/visas/check/": "check_visa",
    "GET /api/v1/me/memberships/": "my_memberships",
    "GET /api/v1/me/tokens/": "my_tokens",
    "GET /api/v1/me/training/": "my_training",
    "POST /api/v1/training/{provider}/": "training_callback",
    "GET /api/v1/activities/": "activities_list",
    "GET /api/v1/changes/": "changes_list",
    "GET /api/v1/changes/atom/": "changes_atom",
    "GET /api/v1/entities/": "entities_list",
    "GET /api/v1/entities/{names}/": "entities_read",
    "GET /api/v1/genes/": "genes_list",
    "GET /api/v1/genes/{names}/": "genes_read",
    "GET /api/v1/panels/": "panels_list",
    "GET /api/v1/panels/{key}/": "panels_read",
    "GET /api/v1/panels/{key}/activities/": "panels_activities",
    "GET /api/v1/panels/{key}/diff/": "panels_diff",
    "GET /api/v1/panels/{key}/genes/": "panels_genes",
    "GET /api/v1/panels/{key}/genes/{name}/evaluations/": "panels_genes_evaluations",
    "GET /api/v1/panels/{key}/regions/": "panels_regions",
    "GET /api/v1/panels/{key}/regions/{name}/evaluations/": "panels_regions_evaluations",
    "GET /api/v1/panels/{key}/strs/": "panels_strs",
    "GET /api/v1/panels/{key}/strs/{name}/evaluations/": "panels_strs_evaluations",
    "GET /api/v1/panels/{key}/versions/": "panels_versions_list",
    "GET /api/v1/panels/{key}/versions/{number}/": "panels_versions_read",
    "GET /api/v1/panels/bulk/": "panels_bulk",
    "GET /api/v1/panels/bulk/{name}/": "panels_bulk_file",
    "GET /api/v1/panels/signedoff/": "panels_signed_off_list",
    "GET /api/v1/panels/signedoff/{key}/": "panels_signed_off_read",
    "GET /api/v1/regions/": "regions_list",
    "GET /api/v1/regions/{names}/": "regions_read",
    "GET /api/v1/strs/": "strs_list",
    "GET /api/v1/strs/{names}/": "strs_read",
    "GET /api/v1/webhooks/": "webhooks_list",
    "POST /api/v1/webhooks/": "webhooks_create",
    "POST /api/v1/webhooks/{number}/stop/": "webhooks_stop",
    "GET /api/v1/me/": "me",
    "GET /api/v1/projects/": "projects_list",
    "GET /api/v1/projects/{reference}/tables/": "projects_tables",
    "GET /api/v1/projects/{reference}/genomes/{release}/": "projects_genomes",
    "GET /api/v1/projects/{reference}/tables/{release}/{name}.parquet": "projects_rows_parquet",
    "GET /api/v1/projects/{reference}/tables/{release}/{name}/": "projects_rows",
    "GET /api/v1/cohorts/{reference}/pseudonyms/": "cohorts_pseudonyms",
    "GET /api/v1/applications/": "applications_list",
    "POST /api/v1/applications/": "applications_create",
    "GET /api/v1/applications/{reference}/": "applications_read",
    "POST /api/v1/applications/{reference}/answers/": "applications_answer",
    "POST /api/v1/applications/{reference}/appeal/": "applications_appeal",
    "POST /api/v1/applications/{reference}/sections/{slug}/": "applications_save_section",
    "POST /api/v1/applications/{reference}/submit/": "applications_submit",
    "GET /api/v1/applications/{reference}/team/": "applications_team",
    "POST /api/v1/applications/{reference}/team/": "applications_invite",
    "POST /api/v1/applications/{reference}/withdraw/": "applications_withdraw",
    "GET /api/v1/exports/": "exports_list",
    "POST /api/v1/exports/": "exports_create",
    "GET /api/v1/exports/{reference}/": "exports_read",
    "DELETE /api/v1/exports/{reference}/files/{name}/": "exports_remove_file",
    "GET /api/v1/exports/{reference}/files/{name}/": "exports_read_file",
    "PUT /api/v1/exports/{reference}/files/{name}/": "exports_put_file",
    "POST /api/v1/exports/{reference}/groups/": "exports_save_group",
    "POST /api/v1/exports/{reference}/results/": "exports_add_result",
    "GET /api/v1/register/projects/": "register_list",
    "GET /api/v1/register/projects/{reference}/": "register_read",
    "GET /api/v1/register/publications/": "publications_list",
    "GET /api/v1/queries/": "queries_list",
    "POST /api/v1/queries/": "queries_create",
    "GET /api/v1/queries/{reference}/": "queries_read",
    "GET /api/v1/queries/{reference}/burden/": "analyses_burden",
    "POST /api/v1/projects/{reference}/inheritance/": "analyses_inheritance",
    "POST /api/v1/projects/{reference}/person/": "analyses_person",
    "POST /api/v1/queries/{reference}/cancel/": "queries_cancel",
    "GET /api/v1/queries/{reference}/progress/": "queries_progress",
    "GET /api/v1/queries/{reference}/provenance/": "results_provenance",
    "GET /api/v1/queries/{reference}/results/carriers.parquet": "results_carriers_parquet",
    "GET /api/v1/queries/{reference}/results/carriers/": "results_carriers",
    "GET /api/v1/queries/{reference}/results/variants.parquet": "results_variants_parquet",
    "GET /api/v1/queries/{reference}/results/variants/": "results_variants",
    "POST /api/v1/queries/{reference}/retry/": "queries_retry",
    "POST /api/v1/queries/{reference}/submit/": "queries_submit",
    "GET /api/v1/releases/": "releases_list",
    "GET /api/v1/releases/{reference}/": "releases_read",
}


def operations() -> Iterator[tuple[str, Any]]:
    for path, methods in document()["paths"].items():
        for method, facts in methods.items():
            yield f"{method.upper()} {path}", facts


def test_document__is_valid_openapi_3_1() -> None:
    plain = json.loads(Client().get(reverse("api-schema"), {"format": "json"}).content)
    assert plain["openapi"].startswith("3.1")
    validate(plain, cls=OpenAPIV31SpecValidator)


def test_document__as_yaml_says_the_same() -> None:
    as_json = Client().get(reverse("api-schema"))
    as_yaml = Client().get(reverse("api-schema"), {"format": "yaml"})
    by_accept = Client().get(reverse("api-schema"), headers={"Accept": "application/yaml"})
    assert as_json["Content-Type"] == "application/vnd.oai.openapi+json"
    assert yaml.safe_load(as_yaml.content) == json.loads(as_json.content)
    assert by_accept.content == as_yaml.content
    assert Client().get(reverse("api-schema"), {"format": "xml"}).status_code == 400


def test_document__is_made_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--fail-on-warn", "--validate")
    assert "openapi: 3.1" in capsys.readouterr().out


def test_operations__keep_their_names() -> None:
    assert {key: facts["operationId"] for key, facts in operations()} == OPERATIONS


def test_operations__have_words_examples_and_refusals() -> None:
    for name, facts in operations():
        assert facts["summary"], name
        assert facts["description"], name
        good = [facts["responses"][status] for status in facts["responses"] if status < "300"]
        for kind, content in [pair for answer in good for pair in answer["content"].items()]:
            assert "parquet" in kind or "gzip" in kind or content["examples"], name
        refusals = {status: answer for status, answer in facts["responses"].items() if status >= "400"}
        assert {"429", "500"} <= set(refusals), name
        # Clients of PanelApp look for {"detail": "Not found."}.
        shape = "application/json" if facts["tags"] == ["Panels"] else PROBLEM
        assert all(shape in answer["content"] and answer["description"] for answer in refusals.values()), name
        assert all(parameter.get("description") for parameter in facts.get("parameters", [])), name


def test_fields__have_words_each() -> None:
    for name, schema in document()["components"]["schemas"].items():
        for field, inner in schema.get("properties", {}).items():
            said = inner.get("description") or inner.get("$ref")
            assert said or "items" in inner, f"{name}.{field}"


def test_examples__are_what_they_exemplify() -> None:
    for name, facts in operations():
        places = [facts.get("requestBody", {}).get("content", {})]
        places += [answer["content"] for answer in facts["responses"].values()]
        for content in [content for place in places for content in place.values()]:
            for example in content.get("examples", {}).values():
                assert not faults_of(example["value"], content["schema"]), name


def test_codes__are_all_in_the_document() -> None:
    assert document()["components"]["schemas"]["CodeEnum"]["enum"] == sorted(KINDS)
