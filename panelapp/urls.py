"""Addresses of genes, under /genes/."""

from __future__ import annotations

from django.urls import path

from panelapp.views import genes

app_name = "panelapp"
urlpatterns = [path("suggest/", genes.gene_suggest, name="gene-suggest")]
