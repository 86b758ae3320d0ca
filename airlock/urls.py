"""Addresses of the airlock."""

from __future__ import annotations

from django.urls import path

from airlock.views import checks, figures, mine, rules

app_name = "airlock"
urlpatterns = [
    path("requests/", mine.export_list, name="export-list"),
    path("requests/start/", mine.export_start, name="export-start"),
    path("checks/", checks.queue, name="queue"),
    path("checks/figures/", figures.metrics, name="metrics"),
    path("checks/figures.json", figures.metrics_json, name="metrics-json"),
    path("rules/", rules.rules, name="rules"),
    path("rules/<slug:slug>/", rules.rules_publish, name="rules-publish"),
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
