"""Addresses at which files of the airlock are looked at."""

from __future__ import annotations

from django.urls import path

from airlock import file_views

app_name = "airlock_files"
urlpatterns = [
    path("files/imports/<str:reference>/<int:pk>/", file_views.import_view, name="import-view"),
    path("files/imports/<str:reference>/<int:pk>/picture.png", file_views.import_picture, name="import-picture"),
    path("files/<str:reference>/<int:pk>/", file_views.file_view, name="view"),
    path("files/<str:reference>/<int:pk>/picture.png", file_views.file_picture, name="picture"),
    path("files/<str:reference>/checks/", file_views.export_checks, name="checks"),
]
