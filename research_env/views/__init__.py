"""The pages of the main job: projects, queries on their way, and what they found."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from access_review.models import Project
from research_env.models import Query


def visible_project(request: HttpRequest, reference: str) -> Project:
    """The project, or 404 for whoever may not know that it exists."""
    return get_object_or_404(Project.objects.visible_to(request.user).select_related("lead"), reference=reference)


def visible_query(request: HttpRequest, reference: str) -> Query:
    """The query with all that its pages need, or 404 for whoever may not know that it exists."""
    queries = Query.objects.visible_to(request.user).select_related("project", "release", "author", "result")
    return get_object_or_404(queries, reference=reference)
