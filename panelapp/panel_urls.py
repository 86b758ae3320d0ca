"""Addresses of panels, under /panels/."""

from __future__ import annotations

from django.urls import path, re_path, register_converter

from panelapp.views import (
    comparing,
    curating,
    directory,
    downloads,
    entities,
    genes,
    governing,
    moved,
    national,
    panels,
    refreshes,
    reviewers,
    reviewing,
    searching,
    sharing,
)


class ListConverter:
    """The plural of a kind of entity in an address."""

    regex = "genes|strs|regions"

    def to_python(self, value: str) -> str:
        """As it stands."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands."""
        return value


register_converter(ListConverter, "entities")

app_name = "panels"
_ENTITY = "<int:pk>/<entities:kind>/<str:name>/"

urlpatterns = [
    path("", panels.panel_list, name="panel-list"),
    path("search/", searching.panel_search, name="panel-search"),
    path("activity/", panels.activity, name="activity"),
    path("activity.csv", downloads.activity_csv, name="activity-csv"),
    path("test-directory/", directory.directory, name="directory"),
    path("files/", national.files, name="files"),
    path("files/panels.tsv", national.all_panels, name="all-panels"),
    path("files/<entities:kind>.tsv", national.all_entities, name="all-entities"),
    path("compare/", comparing.compare, name="compare"),
    path("new/", governing.panel_create, name="panel-create"),
    path("curation/", curating.queue, name="curation-queue"),
    path("my-reviews/", reviewing.my_reviews, name="my-reviews"),
    path("reviewers/", reviewers.reviewer_list, name="reviewer-list"),
    path("reviewers/apply/", reviewers.reviewer_apply, name="reviewer-apply"),
    path("reviewers/<int:number>/", reviewers.reviewer_detail, name="reviewer-detail"),
    path("reviewers/<int:number>/<slug:action>/", reviewers.reviewer_decide, name="reviewer-decide"),
    path("gene-tables/", refreshes.refresh_list, name="refresh-list"),
    path("gene-tables/propose/", refreshes.refresh_propose, name="refresh-propose"),
    path("gene-tables/<int:number>/", refreshes.refresh_detail, name="refresh-detail"),
    path("gene-tables/<int:number>/<slug:action>/", refreshes.refresh_decide, name="refresh-decide"),
    path("genes/<str:symbol>/", genes.gene_detail, name="gene-detail"),
    path("entities/<str:symbol>/", moved.entity, name="moved-entity"),
    re_path(r"^(?P<hash_id>[0-9a-f]{24})/(?P<rest>(?:[^/]+/)?)$", moved.by_hash, name="moved-panel"),
    path("<int:pk>/gene/<str:symbol>/", moved.by_symbol, name="moved-gene"),
    path("<int:pk>/str/<str:symbol>/", moved.by_symbol, {"kind": "str"}, name="moved-str"),
    path("<int:pk>/region/<str:symbol>/", moved.by_symbol, {"kind": "region"}, name="moved-region"),
    path("<int:pk>/", panels.panel_detail, name="panel-detail"),
    path("<int:pk>/strs/", panels.panel_detail, {"kind": "str"}, name="panel-strs"),
    path("<int:pk>/regions/", panels.panel_detail, {"kind": "region"}, name="panel-regions"),
    path("<int:pk>/history/", panels.panel_history, name="panel-history"),
    path("<int:pk>/history/diff/", panels.panel_diff, name="panel-diff"),
    path("<int:pk>/contributors/", panels.panel_contributors, name="panel-contributors"),
    path("<int:pk>/entities.tsv", downloads.panel_tsv, name="panel-tsv"),
    re_path(r"^(?P<pk>[0-9]+)/download/(?P<levels>[0-4]{1,5})/$", downloads.panel_tsv, name="panel-download"),
    path("<int:pk>/panel.json", downloads.panel_json, name="panel-json"),
    path("<int:pk>/curation/", governing.panel_work, name="panel-work"),
    path("<int:pk>/edit/", governing.panel_edit, name="panel-edit"),
    path("<int:pk>/promote/", governing.panel_promote, name="panel-promote"),
    path("<int:pk>/sign-off/", governing.panel_sign_off, name="panel-sign-off"),
    path("<int:pk>/erratum/", governing.panel_erratum, name="panel-erratum"),
    path("<int:pk>/upload/", downloads.panel_upload, name="panel-upload"),
    path("<int:pk>/copy-reviews/", comparing.copy_reviews, name="panel-copy"),
    path("<int:pk>/upload-reviews/", downloads.reviews_upload, name="panel-upload-reviews"),
    path("<int:pk>/reopen/", governing.panel_reopen, name="panel-reopen"),
    path("<int:pk>/add-gene/", reviewing.entity_add, name="entity-add"),
    path("<int:pk>/add-str/", reviewing.entity_add, {"kind": "str"}, name="str-add"),
    path("<int:pk>/add-region/", reviewing.entity_add, {"kind": "region"}, name="region-add"),
    path("<int:pk>/show/", sharing.panel_show, name="panel-show"),
    path("<int:pk>/show/<int:person>/stop/", sharing.panel_hide, name="panel-hide"),
    path("<int:pk>/status/<slug:action>/", governing.panel_status, name="panel-status"),
    path(_ENTITY, entities.entity_detail, name="entity-detail"),
    path(f"{_ENTITY}reviews/", entities.entity_reviews, name="entity-reviews"),
    path(f"{_ENTITY}details/", entities.entity_facts, name="entity-facts"),
    path(f"{_ENTITY}history/", entities.entity_history, name="entity-history"),
    path(f"{_ENTITY}review/", reviewing.review, name="entity-review"),
    path(f"{_ENTITY}reviews/<int:number>/delete/", reviewing.review_delete, name="review-delete"),
    path(f"{_ENTITY}comment/", reviewing.comment, name="entity-comment"),
    path(f"{_ENTITY}comments/<int:number>/edit/", reviewing.comment, name="comment-edit"),
    path(f"{_ENTITY}comments/<int:number>/delete/", reviewing.comment_delete, name="comment-delete"),
    path(f"{_ENTITY}reopen/", curating.entity_reopen, name="entity-reopen"),
    path(f"{_ENTITY}copy/", curating.entity_copy, name="entity-copy"),
    path(f"{_ENTITY}curate/", curating.curate, name="curate"),
    path(f"{_ENTITY}edit/", curating.entity_edit, name="entity-edit"),
    path(f"{_ENTITY}remove/", curating.entity_remove, name="entity-remove"),
]
