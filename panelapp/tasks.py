"""Celery's errands for panels: announcements of new versions, nightly bulk files, approved tables of genes."""

from __future__ import annotations

from panelapp import bulk
from panelapp.services.refreshes import apply_refreshes
from panelapp.services.webhooks import deliver_webhooks as deliver
from portal.celery import app


@app.task(name="panelapp.deliver_webhooks")
def deliver_webhooks() -> None:
    """Send what is due."""
    deliver()


@app.task(name="panelapp.write_panel_bulk")
def write_panel_bulk() -> None:
    """Write today's files."""
    bulk.write_panel_bulk()


@app.task(name="panelapp.apply_gene_refreshes")
def apply_gene_refreshes() -> None:
    """Write the table of genes that was approved."""
    apply_refreshes()
