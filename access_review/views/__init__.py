"""Pages of applications, of the committee, of one's projects and of the public register."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from access_review.models import Application, Project


def own_application(request: HttpRequest, reference: str) -> Application:
    """An application of one's own team, or 404."""
    mine = Application.objects.of_team(request.user).select_related("lead", "domain", "amends")
    return get_object_or_404(mine, reference=clean(reference))


def own_project(request: HttpRequest, reference: str) -> Project:
    """A project in which one works, or 404."""
    return get_object_or_404(Project.objects.of_member(request.user), reference=clean(reference))


def clean(reference: str) -> str:
    """What PostgreSQL cannot hold cannot be a reference."""
    return reference.replace("\0", "")
