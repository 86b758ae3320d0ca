"""Addresses of panels, under /panels/."""

from __future__ import annotations

from django.urls import path, register_converter

from panelapp.views import entities, genes, panels, searching


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
    path("genes/<str:symbol>/", genes.gene_detail, name="gene-detail"),
    path("<int:pk>/", panels.panel_detail, name="panel-detail"),
    path("<int:pk>/strs/", panels.panel_detail, {"kind": "str"}, name="panel-strs"),
    path("<int:pk>/regions/", panels.panel_detail, {"kind": "region"}, name="panel-regions"),
    path("<int:pk>/history/", panels.panel_history, name="panel-history"),
    path("<int:pk>/history/diff/", panels.panel_diff, name="panel-diff"),
    path("<int:pk>/contributors/", panels.panel_contributors, name="panel-contributors"),
    path(_ENTITY, entities.entity_detail, name="entity-detail"),
    path(f"{_ENTITY}reviews/", entities.entity_reviews, name="entity-reviews"),
    path(f"{_ENTITY}details/", entities.entity_facts, name="entity-facts"),
    path(f"{_ENTITY}history/", entities.entity_history, name="entity-history"),
]
