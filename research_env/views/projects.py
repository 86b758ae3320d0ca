"""Where a researcher starts: one's projects, and the room of one project."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from access_review.selectors import granted_datasets, members_of
from accounts.gates import data_access, reader_of
from portal.kernel import clock
from research_env import listings, selectors
from research_env.allowances import allowance_of, usage_of
from research_env.models import Query
from research_env.views import visible_project


@require_safe
@login_required
def environment(request: HttpRequest) -> HttpResponse:
    """One's projects and latest queries, or what stands between oneself and data."""
    person = reader_of(request)
    projects = list(selectors.my_projects(person))
    recent = list(selectors.recent_queries(person, limit=8))
    context = {
        "access": data_access(person, clock.now()),
        "projects": projects,
        "project_table": listings.project_table(projects, selectors.datasets_by_project(projects)),
        "recent": recent,
        "recent_table": listings.recent_table(recent, of_one_project=len(projects) == 1),
    }
    return render(request, "research_env/environment.html", context)


@require_safe
@login_required
def project_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """A project: what it may read, who works in it, and its queries."""
    project = visible_project(request, reference)
    members = list(members_of(project))
    queries = Query.objects.visible_to(request.user).filter(project=project).select_related("author", "release")
    people = [each.person for each in members]
    releases = list(selectors.readable_releases(project))
    context = {
        "project": project,
        "datasets": list(granted_datasets(project)),
        "releases": releases,
        "release_table": listings.release_table(releases, project),
        "member_table": listings.member_table(members),
        "usage": usage_of(project, clock.now()),
        "allowance": allowance_of(project),
        "queries": listings.QUERIES.page(request, queries, form_options={"people": people}),
    }
    return render(request, "research_env/project_detail.html", context)
