"""Addresses of the airlock."""

from __future__ import annotations

from django.urls import path

from airlock.views import checks, figures, imports, incoming, mine, rules

app_name = "airlock"
urlpatterns = [
    path("requests/", mine.export_list, name="export-list"),
    path("requests/start/", mine.export_start, name="export-start"),
    path("checks/", checks.queue, name="queue"),
    path("checks/figures/", figures.metrics, name="metrics"),
    path("checks/figures.json", figures.metrics_json, name="metrics-json"),
    path("rules/", rules.rules, name="rules"),
    path("rules/<slug:slug>/", rules.rules_publish, name="rules-publish"),
    path("checks/imports/<str:reference>/", incoming.case, name="incoming-case"),
    path("checks/imports/<str:reference>/review/", incoming.review, name="incoming-review"),
    path("checks/imports/<str:reference>/<slug:action>/", incoming.act, name="incoming-act"),
    path("imports/", imports.import_list, name="import-list"),
    path("imports/start/", imports.import_start, name="import-start"),
    path("imports/<str:reference>/", imports.import_detail, name="import-detail"),
    path("imports/<str:reference>/declare/", imports.import_declare, name="import-declare"),
    path("imports/<str:reference>/link/", imports.import_link, name="import-link"),
    path("imports/<str:reference>/link/close/", imports.import_link_close, name="import-link-close"),
    path("imports/<str:reference>/files/<int:number>/remove/", imports.import_file_remove, name="import-file-remove"),
    path("imports/<str:reference>/files/<int:number>/take/", imports.import_take, name="import-take"),
    path("imports/<str:reference>/submit/", imports.import_submit, name="import-submit"),
    path("imports/<str:reference>/withdraw/", imports.import_withdraw, name="import-withdraw"),
    path("checks/<str:reference>/", checks.case, name="case"),
    path("checks/<str:reference>/files/<int:number>/", checks.vote, name="case-vote"),
    path("checks/<str:reference>/findings/<int:number>/", checks.settle, name="case-settle"),
    path("checks/<str:reference>/<slug:action>/", checks.case_act, name="case-act"),
    path("requests/<str:reference>/", mine.export_detail, name="export-detail"),
    path("requests/<str:reference>/groups/<int:number>/", mine.export_group, name="export-group"),
    path("requests/<str:reference>/groups/<int:number>/files/", mine.export_file, name="export-file"),
    path("requests/<str:reference>/files/<int:number>/remove/", mine.export_file_remove, name="export-file-remove"),
    path("requests/<str:reference>/findings/<int:number>/", mine.export_finding, name="export-finding"),
    path("requests/<str:reference>/reply/", mine.export_comment, name="export-comment"),
    path("requests/<str:reference>/submit/", mine.export_submit, name="export-submit"),
    path("requests/<str:reference>/crate/", mine.export_crate, name="export-crate"),
    path("requests/<str:reference>/withdraw/", mine.export_withdraw, name="export-withdraw"),
    path("requests/<str:reference>/receipt.json", mine.export_receipt, name="export-receipt"),
    path("requests/<str:reference>/released/<int:number>/", mine.released_file, name="released-file"),
]
