"""Requests that stand in the demo from the start: one to be reviewed, one released, with invented figures."""

from __future__ import annotations

from access_review.models import Project
from airlock import services
from airlock.guards import unanswered
from airlock.models import ExportRequest

_TABLE = b"gene,people_tested,carriers\nCFTR,180,12\nG6PD,180,9\nLDLR,180,<5\n"
_CONTEXT = "How many people of the demo release carry a rare variant in each of three genes."
_CONTROLS = "Counts below five are masked; no totals are given from which they could be worked out."


def seed_requests() -> str:
    """Make what is missing; returns what there is now, in words."""
    for project in Project.objects.select_related("lead").order_by("reference")[:2]:
        if not ExportRequest.objects.filter(project=project).exists():
            _submitted(project)
    return f"{ExportRequest.objects.count()} airlock requests"


def _submitted(project: Project) -> None:
    request = services.create_export(actor=project.lead, project=project, title="Carriers by gene, for a poster")
    group = services.save_group(
        actor=project.lead, request=request, name="Table 1", context=_CONTEXT, controls=_CONTROLS, people=180
    )
    services.add_file(actor=project.lead, request=request, group=group, name="carriers.csv", pieces=[_TABLE])
    for finding in unanswered(request):
        services.explain_finding(
            actor=project.lead, request=request, finding=finding, text="These are counts of invented people."
        )
    services.check_submitted(services.submit_export(actor=project.lead, request=request, declares=True))
