"""Airlock requests for programs of researchers: fill one and see how it stands. People submit, and people review."""

from airlock.api.views import ExportCollection, ExportFile, ExportGroups, ExportItem, ExportResults

__all__ = ["ExportCollection", "ExportFile", "ExportGroups", "ExportItem", "ExportResults"]
