"""Every address under /api/. What is not here answers with a problem in JSON, as the rest of the API does."""

from __future__ import annotations

from django.urls import include, path, re_path

from access_review import api as access_review
from accounts import api as accounts
from airlock import api as airlock
from ngrl import api as ngrl
from panelapp.api.routes import routes as panels
from portal.pages import api_docs
from research_env import analysis_api as analyses
from research_env import api as research_env
from research_env import cohorts_api, genomes_api, rows_api

_application = "applications/<slug:reference>/"
_export = "exports/<slug:reference>/"
_project = "projects/<slug:reference>/"
_table = f"{_project}tables/<slug:release>/<slug:name>"
_query = "queries/<slug:reference>/"
v1 = [
    path("me/", accounts.Me.as_view(), name="me"),
    path("me/memberships/", accounts.MyMemberships.as_view(), name="my-memberships"),
    path("me/training/", accounts.MyTraining.as_view(), name="my-training"),
    path("me/tokens/", accounts.MyTokens.as_view(), name="my-tokens"),
    path("me/visas/", accounts.MyVisas.as_view(), name="my-visas"),
    path("visas/check/", accounts.VisaCheck.as_view(), name="visa-check"),
    path("training/<slug:provider>/", accounts.TrainingCallback.as_view(), name="training-callback"),
    path("releases/", ngrl.ReleaseCollection.as_view(), name="release-list"),
    path("releases/<slug:reference>/", ngrl.ReleaseItem.as_view(), name="release-detail"),
    path("projects/", research_env.ProjectCollection.as_view(), name="project-list"),
    path(f"{_project}person/", analyses.PersonVariants.as_view(), name="person-variants"),
    path(f"{_project}inheritance/", analyses.PersonInheritance.as_view(), name="person-inheritance"),
    path(f"{_project}genomes/<slug:release>/", genomes_api.ProjectGenomes.as_view(), name="project-genomes"),
    path(f"{_project}tables/", rows_api.ProjectTables.as_view(), name="project-tables"),
    path(f"{_table}.parquet", rows_api.ProjectRowsFile.as_view(), name="project-rows-parquet"),
    path(f"{_table}/", rows_api.ProjectRows.as_view(), name="project-rows"),
    path("cohorts/<slug:reference>/pseudonyms/", cohorts_api.CohortPseudonyms.as_view(), name="cohort-pseudonyms"),
    path("applications/", access_review.ApplicationCollection.as_view(), name="application-list"),
    path(_application, access_review.ApplicationItem.as_view(), name="application-detail"),
    path(
        f"{_application}sections/<slug:slug>/", access_review.ApplicationSection.as_view(), name="application-section"
    ),
    path(f"{_application}answers/", access_review.ApplicationAnswers.as_view(), name="application-answers"),
    path(f"{_application}submit/", access_review.ApplicationSubmit.as_view(), name="application-submit"),
    path(f"{_application}team/", access_review.ApplicationTeam.as_view(), name="application-team"),
    path(f"{_application}withdraw/", access_review.ApplicationWithdraw.as_view(), name="application-withdraw"),
    path(f"{_application}appeal/", access_review.ApplicationAppeal.as_view(), name="application-appeal"),
    path("register/projects/", access_review.RegisterCollection.as_view(), name="register-list"),
    path("register/projects/<slug:reference>/", access_review.RegisterItem.as_view(), name="register-detail"),
    path("register/publications/", access_review.PublicationCollection.as_view(), name="publication-list"),
    path("queries/", research_env.QueryCollection.as_view(), name="query-list"),
    path(_query, research_env.QueryItem.as_view(), name="query-detail"),
    path(f"{_query}progress/", research_env.QueryProgress.as_view(), name="query-progress"),
    path(f"{_query}submit/", research_env.QuerySubmit.as_view(), name="query-submit"),
    path(f"{_query}cancel/", research_env.QueryCancel.as_view(), name="query-cancel"),
    path(f"{_query}retry/", research_env.QueryRetry.as_view(), name="query-retry"),
    path(f"{_query}provenance/", research_env.QueryProvenance.as_view(), name="query-provenance"),
    path(f"{_query}burden/", analyses.QueryBurden.as_view(), name="query-burden"),
    path(f"{_query}results/variants/", research_env.QueryVariants.as_view(), name="query-variants"),
    path(f"{_query}results/carriers/", research_env.QueryCarriers.as_view(), name="query-carriers"),
    path(f"{_query}results/variants.parquet", research_env.QueryVariantsFile.as_view(), name="query-variants-parquet"),
    path(f"{_query}results/carriers.parquet", research_env.QueryCarriersFile.as_view(), name="query-carriers-parquet"),
    path("exports/", airlock.ExportCollection.as_view(), name="export-list"),
    path(_export, airlock.ExportItem.as_view(), name="export-detail"),
    path(f"{_export}groups/", airlock.ExportGroups.as_view(), name="export-groups"),
    path(f"{_export}results/", airlock.ExportResults.as_view(), name="export-results"),
    path(f"{_export}files/<str:name>/", airlock.ExportFile.as_view(), name="export-file"),
    *panels,
]

urlpatterns = [
    path("v1/", include((v1, "api-v1"))),
    path("schema/", api_docs.Schema.as_view(), name="api-schema"),
    path("docs/", api_docs.api_docs, name="api-docs"),
    re_path(r"^.*$", api_docs.NothingHere.as_view(), name="api-nothing-here"),
]
