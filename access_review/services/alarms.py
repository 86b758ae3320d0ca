"""Applications whose status no event explains: somebody wrote it past the workflow, and past the database's own rules.

The last move in the audit log says what the status must be. Nobody who goes through Lectern can make the two differ.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import OuterRef, Subquery

from access_review.models import Application
from access_review.workflows import APPLICATION
from portal.kernel.models import AuditEvent

TARGETS: Mapping[str, str] = {str(row.event): str(row.target) for row in APPLICATION.transitions}


def unexplained_applications() -> list[Application]:
    """Those whose status is not the one that their last move led to. Two queries."""
    moves = AuditEvent.objects.filter(
        subject_type="access_review.application", subject_ref=OuterRef("reference"), event__in=TARGETS
    ).order_by("-at", "-id")
    rows = Application.objects.annotate(last_move=Subquery(moves.values("event")[:1]))
    found = [
        pk
        for pk, status, last_move in rows.values_list("pk", "status", "last_move")
        if status != TARGETS.get(last_move or "", Application.Status.DRAFT)
    ]
    return list(Application.objects.filter(pk__in=found).order_by("pk"))
