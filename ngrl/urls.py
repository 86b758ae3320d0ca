"""Addresses of the library, under /data/."""

from __future__ import annotations

from django.urls import path

from ngrl import views

app_name = "ngrl"
urlpatterns = [
    path("", views.release_list, name="release-list"),
    path("releases/<slug:reference>/", views.release_detail, name="release-detail"),
    path("releases/<slug:reference>/dictionary/", views.dictionary, name="dictionary"),
    path("releases/<slug:reference>/dictionary/<slug:name>/", views.dictionary_table, name="dictionary-table"),
]
