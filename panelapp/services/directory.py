"""The national test directory is loaded an edition at a time: what stands in it replaces the edition before."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from panelapp.directory_files import read_directory
from panelapp.events import Event
from panelapp.models import Indication
from panelapp.policies import can_load_panels
from portal.kernel import audit, events
from portal.kernel.access import Actor, require


@transaction.atomic
def load_directory(*, actor: Actor, path: Path) -> int:
    """Make these the tests of the directory, and no others; returns how many there are. InvalidInput changes nothing.

    It makes no version of any panel: which tests ask for a panel is not part of the panel.
    """
    require(can_load_panels, actor, None)
    edition, rows = read_directory(path)
    made = [Indication(edition=edition, **vars(row)) for row in rows]
    Indication.objects.exclude(code__in=[row.code for row in rows]).delete()
    fields = ["clinical_number", "name", "test_method", "panel_numbers", "hgnc_ids", "targets", "edition"]
    Indication.objects.bulk_create(made, update_conflicts=True, unique_fields=["code"], update_fields=fields)
    detail = {"count": len(rows)}
    audit.record(Event.DIRECTORY_LOADED, "the test directory", actor, detail=detail)
    events.publish(Event.DIRECTORY_LOADED, "the test directory", actor, detail)
    return len(rows)
