"""Addresses of the library, under /data/."""

from __future__ import annotations

from django.urls import path

from ngrl import browser_views, desk_views, preparation_views, views

app_name = "ngrl"
urlpatterns = [
    path("", views.release_list, name="release-list"),
    path("releases/<slug:reference>/", views.release_detail, name="release-detail"),
    path("releases/<slug:reference>/changes/", views.release_changes, name="release-changes"),
    path("releases.csv", browser_views.figures_csv, name="figures-csv"),
    path("releases.json", browser_views.figures_json, name="figures-json"),
    path("catalogue.jsonld", browser_views.catalogue_jsonld, name="catalogue-jsonld"),
    path("catalogue.ttl", browser_views.catalogue_turtle, name="catalogue-turtle"),
    path("fields/<slug:table>/<slug:name>/", browser_views.field_detail, name="field-detail"),
    path("fields/<slug:table>/<slug:name>/distribution.csv", browser_views.field_csv, name="field-csv"),
    path("fields/<slug:table>/<slug:name>/distribution.json", browser_views.field_json, name="field-json"),
    path("decisions/", desk_views.decision_list, name="decision-list"),
    path("decisions/new/", desk_views.decision_create, name="decision-create"),
    path("decisions/<slug:reference>/", desk_views.decision_detail, name="decision-detail"),
    path("linkages/", desk_views.linkage_list, name="linkage-list"),
    path("linkages/new/", desk_views.linkage_create, name="linkage-create"),
    path("linkages/<slug:reference>/", desk_views.linkage_detail, name="linkage-detail"),
    path("linkages/<slug:reference>/approve/", desk_views.linkage_approve, name="linkage-approve"),
    path("linkages/<slug:reference>/refuse/", desk_views.linkage_refuse, name="linkage-refuse"),
    path("linkages/<slug:reference>/open/", desk_views.linkage_open, name="linkage-open"),
    path("preparation/", preparation_views.preparation_list, name="preparation-list"),
    path("preparation/<slug:reference>/", preparation_views.preparation_detail, name="preparation-detail"),
    path("preparation/<slug:reference>/propose/", preparation_views.propose, name="preparation-propose"),
    path("preparation/<slug:reference>/publish/", preparation_views.publish, name="preparation-publish"),
    path("preparation/<slug:reference>/return/", preparation_views.send_back, name="preparation-return"),
    path("releases/<slug:reference>/dictionary/", views.dictionary, name="dictionary"),
    path("releases/<slug:reference>/dictionary/<slug:name>/", views.dictionary_table, name="dictionary-table"),
]
