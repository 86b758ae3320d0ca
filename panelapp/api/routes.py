"""Addresses of panels under /api/v1/, each answered with and without its last slash."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from panelapp.api import activity, bulk, entities, history, panels, webhooks

_KEY = r"(?P<key>[^/]+)"
_NAMES = r"(?P<names>[^/]+)"
_ONE = r"(?P<name>[^/]+)"


def _route(address: str, view: object, name: str) -> URLPattern:
    return re_path(rf"^{address}/?$", view.as_view(), name=name)  # type: ignore[attr-defined]


routes = [
    _route("panels", panels.PanelCollection, "panel-list"),
    _route("panels/signedoff", panels.SignedOffCollection, "panel-signed-off-list"),
    _route(f"panels/signedoff/{_KEY}", panels.SignedOffItem, "panel-signed-off"),
    _route("panels/bulk", bulk.BulkManifest, "panel-bulk"),
    _route(f"panels/bulk/{_ONE}", bulk.BulkFile, "panel-bulk-file"),
    _route(f"panels/{_KEY}", panels.PanelItem, "panel-detail"),
    _route(f"panels/{_KEY}/versions", history.VersionCollection, "panel-version-list"),
    _route(f"panels/{_KEY}/versions/(?P<number>[^/]+)", history.VersionItem, "panel-version"),
    _route(f"panels/{_KEY}/diff", history.VersionDiff, "panel-diff"),
    _route(f"panels/{_KEY}/activities", activity.PanelActivities, "panel-activities"),
    _route(f"panels/{_KEY}/genes", entities.PanelGenes, "panel-genes"),
    _route(f"panels/{_KEY}/strs", entities.PanelStrs, "panel-strs"),
    _route(f"panels/{_KEY}/regions", entities.PanelRegions, "panel-regions"),
    _route(f"panels/{_KEY}/genes/{_ONE}/evaluations", entities.GeneEvaluations, "panel-gene-evaluations"),
    _route(f"panels/{_KEY}/strs/{_ONE}/evaluations", entities.StrEvaluations, "panel-str-evaluations"),
    _route(f"panels/{_KEY}/regions/{_ONE}/evaluations", entities.RegionEvaluations, "panel-region-evaluations"),
    _route("genes", entities.GeneCollection, "gene-list"),
    _route(f"genes/{_NAMES}", entities.GenesNamed, "gene-detail"),
    _route("strs", entities.StrCollection, "str-list"),
    _route(f"strs/{_NAMES}", entities.StrsNamed, "str-detail"),
    _route("regions", entities.RegionCollection, "region-list"),
    _route(f"regions/{_NAMES}", entities.RegionsNamed, "region-detail"),
    _route("entities", entities.EntityCollection, "entity-list"),
    _route(f"entities/{_NAMES}", entities.EntitiesNamed, "entity-detail"),
    _route("activities", activity.ActivityCollection, "activity-list"),
    _route("changes", activity.ChangeCollection, "change-list"),
    path("webhooks/", webhooks.WebhookCollection.as_view(), name="webhook-list"),
    path("webhooks/<int:number>/stop/", webhooks.WebhookItem.as_view(), name="webhook-stop"),
    _route("changes/atom", activity.ChangeFeed, "change-feed"),
]
