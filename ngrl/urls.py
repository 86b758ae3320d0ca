"""Addresses of the library, under /data/."""

from __future__ import annotations

from django.urls import path

from ngrl import preparation_views, views

app_name = "ngrl"
urlpatterns = [
    path("", views.release_list, name="release-list"),
    path("releases/<slug:reference>/", views.release_detail, name="release-detail"),
    path("releases/<slug:reference>/changes/", views.release_changes, name="release-changes"),
    path("preparation/", preparation_views.preparation_list, name="preparation-list"),
    path("preparation/<slug:reference>/", preparation_views.preparation_detail, name="preparation-detail"),
    path("preparation/<slug:reference>/propose/", preparation_views.propose, name="preparation-propose"),
    path("preparation/<slug:reference>/publish/", preparation_views.publish, name="preparation-publish"),
    path("preparation/<slug:reference>/return/", preparation_views.send_back, name="preparation-return"),
    path("releases/<slug:reference>/dictionary/", views.dictionary, name="dictionary"),
    path("releases/<slug:reference>/dictionary/<slug:name>/", views.dictionary_table, name="dictionary-table"),
]
