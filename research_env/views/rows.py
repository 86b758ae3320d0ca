"""The clinical tables of a project, to be taken into its workspace."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.gates import reader_of
from ngrl.rows import as_parquet
from research_env import services
from research_env.handover import by_release, tables_for
from research_env.listings import clinical_table
from research_env.views import visible_project


@require_safe
@login_required
def project_tables(request: HttpRequest, reference: str) -> HttpResponse:
    """The tables that the project may read, by release."""
    project = visible_project(request, reference)
    tables = tables_for(project).order_by("-edition__release__published_at", "-edition__release__pk", "position")
    releases = [(release, clinical_table(found, project)) for release, found in by_release(tables)]
    return render(request, "research_env/project_tables.html", {"project": project, "releases": releases})


@require_safe
@login_required
def project_rows(request: HttpRequest, reference: str, release: str, name: str) -> FileResponse:
    """One table as a file. Taking it is recorded: a GET that writes, and only to the audit."""
    project = visible_project(request, reference)
    table = get_object_or_404(tables_for(project), edition__release__reference=release, name=name)
    rows = services.hand_over_rows(actor=reader_of(request), project=project, table=table, file_format="parquet")
    return FileResponse(as_parquet(rows), as_attachment=True, filename=f"{release}-{name}.parquet")
