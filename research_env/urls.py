"""Addresses of the research environment, under /environment/."""

from __future__ import annotations

from django.urls import path, re_path

from research_env.views import (
    acts,
    burden,
    cohorts,
    genomes,
    people,
    person,
    projects,
    queries,
    region,
    results,
    rows,
    tiering,
)

app_name = "research_env"

_QUERY = "queries/<slug:reference>/"
_FILES = r"^queries/(?P<reference>[-\w]+)/(?P<table>variants|carriers)\.(?P<ending>csv|parquet)$"

urlpatterns = [
    path("", projects.environment, name="environment"),
    path("projects/<slug:reference>/", projects.project_detail, name="project-detail"),
    path("projects/<slug:reference>/queries/new/", queries.query_create, name="query-create"),
    path("projects/<slug:reference>/person/", person.person_variants, name="person-variants"),
    path("projects/<slug:reference>/region/", region.project_region, name="project-region"),
    path("projects/<slug:reference>/tiers/", tiering.person_tiers, name="person-tiers"),
    path("projects/<slug:reference>/data/", rows.project_tables, name="project-tables"),
    path("projects/<slug:reference>/data/<slug:release>/<slug:name>.parquet", rows.project_rows, name="project-rows"),
    path("projects/<slug:reference>/genomes/", genomes.genome_list, name="genome-list"),
    path("projects/<slug:reference>/genomes.csv", genomes.genome_file, name="genome-file"),
    path("projects/<slug:reference>/people/", people.person_find, name="person-find"),
    path("projects/<slug:reference>/people/<slug:pseudonym>/", people.person_detail, name="person-detail"),
    path("projects/<slug:reference>/cohorts/compare/", cohorts.cohort_compare, name="cohort-compare"),
    path("projects/<slug:reference>/cohorts/", cohorts.cohort_list, name="cohort-list"),
    path("projects/<slug:reference>/cohorts/new/", cohorts.cohort_create, name="cohort-create"),
    path("cohorts/<slug:reference>/", cohorts.cohort_detail, name="cohort-detail"),
    path("cohorts/<slug:reference>/pseudonyms.csv", cohorts.cohort_file, name="cohort-file"),
    path("cohorts/<slug:reference>/share/", cohorts.cohort_share, name="cohort-share"),
    path(_QUERY, queries.query_detail, name="query-detail"),
    path(f"{_QUERY}progress/", queries.query_progress, name="query-progress"),
    path(f"{_QUERY}variants/", results.query_variants, name="query-variants"),
    path(f"{_QUERY}carriers/", results.query_carriers, name="query-carriers"),
    path(f"{_QUERY}variants/<str:variant_id>/", results.query_variant, name="query-variant"),
    path(f"{_QUERY}burden/", burden.query_burden, name="query-burden"),
    path(f"{_QUERY}burden.csv", burden.query_burden_file, name="query-burden-file"),
    re_path(_FILES, results.query_file, name="query-file"),
    path(f"{_QUERY}share/", acts.query_share, name="query-share"),
    path(f"{_QUERY}unshare/", acts.query_unshare, name="query-unshare"),
    *(path(f"{_QUERY}{action}/", acts.query_act, {"action": action}, name=f"query-{action}") for action in acts.ACTS),
]
