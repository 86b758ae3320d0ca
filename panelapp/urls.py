"""Addresses of genes, under /genes/."""

from __future__ import annotations

from django.urls import path

from panelapp import views

app_name = "panelapp"
urlpatterns = [path("suggest/", views.gene_suggest, name="gene-suggest")]
