"""Requests that stand in the demo from the start: one to be reviewed, one released, with invented figures."""

from __future__ import annotations

from access_review.models import Project
from accounts.models import RoleGrant, User
from accounts.roles import Role
from accounts.services import create_person, grant_role
from airlock import services
from airlock.guards import unanswered
from airlock.models import MANAGER, ExportRequest
from portal.kernel.access import SystemActor

_SETUP = SystemActor("Demo set-up")
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


def seed_checkers() -> str:
    """A second checker and a manager, beside the one whom the demo's people have."""
    for key, name, scope in (("fay", "Fay Checker", ""), ("max", "Max Manager", MANAGER)):
        address = f"{key}@lectern.example"
        if User.objects.filter(email=address).exists():
            continue
        person = create_person(actor=_SETUP, email=address, display_name=name)
        grant_role(
            actor=_SETUP, person=person, role=Role.AIRLOCK_CHECKER, scope=scope, reason="Trained to check outputs."
        )
    held = RoleGrant.objects.filter(role=Role.AIRLOCK_CHECKER).count()
    return f"{held} people who check outputs"
