"""A query on its way: asked, planned, run, stopped. One address whose content follows the status."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from access_review.models import Project
from accounts.gates import reader_of
from portal.kernel.access import require
from portal.kernel.refusals import InvalidInput
from research_env import policies, services
from research_env.forms import QueryForm, initial_of
from research_env.models import UNDER_WAY, Query
from research_env.views import visible_project, visible_query
from research_env.views.query_page import page_of, progress_part


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def query_create(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask a question: GET shows the form, POST plans the query. Nothing is read yet."""
    project = visible_project(request, reference)
    require(policies.can_create_query, request.user, project)
    source = _source(request)
    if request.method == "POST":
        form = QueryForm(project, request.POST, request.FILES, reader=request.user)
        if form.is_valid() and (query := _planned(request, form)):
            return redirect(query)
    else:
        form = QueryForm(project, initial=_initial(request, project, source), reader=request.user)
    return render(request, "research_env/query_create.html", {"project": project, "form": form, "source": source})


def _source(request: HttpRequest) -> Query | None:
    """The query to copy from, if one is named."""
    reference = request.GET.get("copy", "").replace("\x00", "")
    queries = Query.objects.visible_to(request.user).select_related("release")
    return get_object_or_404(queries, reference=reference) if reference else None


def _initial(request: HttpRequest, project: Project, source: Query | None) -> dict[str, Any]:
    if source:
        return initial_of(source, project)
    return {
        "release": request.GET.get("release", ""),
        "cohort": request.GET.get("cohort", ""),
    }


def _planned(request: HttpRequest, form: QueryForm) -> Query | None:
    """The new query, or None with its problems in the form."""
    assert form.question is not None, "a valid form has read its question"
    try:
        return services.plan_query_once(
            actor=reader_of(request),
            project=form.project,
            release=form.cleaned_data["release"],
            name=form.cleaned_data["name"],
            question=form.question,
        )
    except InvalidInput as refusal:
        form.show_problems({refusal.field: [refusal.sentence]})
        return None


@require_safe
@login_required
def query_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """The query's one address: plan, progress, result, or why there is none."""
    page = page_of(visible_query(request, reference), reader_of(request))
    return render(request, page.template, page.context)


@require_safe
@login_required
def query_progress(request: HttpRequest, reference: str) -> HttpResponse:
    """The live part of a query that is under way; when it has ended, the whole page is asked for anew."""
    query = visible_query(request, reference)
    if not request.htmx:  # type: ignore[attr-defined]  # set by its middleware
        return redirect(query)
    if query.status not in UNDER_WAY:
        return HttpResponseClientRefresh()
    return render(request, "research_env/_progress.html", {"query": query, **progress_part(query)})
