"""Requests that stand in the demo from the start, on their way out and in, with invented figures."""

from __future__ import annotations

from access_review.models import Project
from airlock import services
from airlock.guards import unanswered
from airlock.models import ExportRequest, ImportRequest

_TABLE = b"gene,people_tested,carriers\nCFTR,180,12\nG6PD,180,9\nLDLR,180,<5\n"
_GUIDELINE = b"gene,inheritance\nCFTR,recessive\nLDLR,dominant\n"
_CONTEXT = "How many people of the demo release carry a rare variant in each of three genes."
_CONTROLS = "Counts below five are masked; no totals are given from which they could be worked out."


def seed_requests() -> str:
    """Make what is missing; returns what there is now, in words."""
    for project in Project.objects.select_related("lead").order_by("reference")[:2]:
        if not ExportRequest.objects.filter(project=project).exists():
            _submitted(project)
        if not ImportRequest.objects.filter(project=project).exists():
            _coming_in(project)
    return f"{ExportRequest.objects.count()} airlock requests, {ImportRequest.objects.count()} imports"


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


def _coming_in(project: Project) -> None:
    declared = services.Declared(
        title="Genes of a guideline",
        origin="Typed from a guideline that anybody can read",
        licence="CC0",
        purpose="To choose the genes of the project's cohort.",
    )
    request = services.create_import(actor=project.lead, project=project, declared=declared)
    _, token = services.open_upload(actor=project.lead, request=request)
    services.receive_file(token, services.Incoming("guideline.csv", [_GUIDELINE]))
    services.check_import(services.submit_import(actor=project.lead, request=request))
