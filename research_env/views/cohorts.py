"""Cohorts of a project: built and counted, saved, described, shared with a colleague."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from access_review.models import Project, ProjectMember
from access_review.selectors import members_of
from accounts.gates import reader_of
from ngrl.cohorts import vocabulary_of, worded
from ngrl.criteria import as_data, read_criteria
from ngrl.models import Release
from ngrl.passports import compared, passport_of
from portal.kernel.access import require
from portal.kernel.listing import table
from portal.kernel.refusals import InvalidInput
from portal.kernel.sheets import csv_line
from research_env import policies, services
from research_env.cohort_forms import CohortBuilder, SaveCohort
from research_env.filters import CompareFilter
from research_env.listings import COHORTS
from research_env.models import CohortShare, SavedCohort
from research_env.person_listings import compared_tables
from research_env.saved_cohorts import check_released, clinical_releases, count_for, people_of, words_of
from research_env.share_forms import ShareForm
from research_env.views import visible_project


def _visible_cohort(request: HttpRequest, reference: str) -> SavedCohort:
    cohorts = SavedCohort.objects.visible_to(request.user).select_related("project", "release", "author")
    return get_object_or_404(cohorts, reference=reference)


@require_safe
@login_required
def cohort_list(request: HttpRequest, reference: str) -> HttpResponse:
    """The project's saved cohorts that the reader may see."""
    project = visible_project(request, reference)
    cohorts = SavedCohort.objects.visible_to(request.user).filter(project=project).select_related("author", "release")
    shown = table("Saved cohorts", COHORTS, cohorts.order_by("-created_at")[:200])
    return render(request, "research_env/cohort_list.html", {"project": project, "cohorts": shown})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def cohort_create(request: HttpRequest, reference: str) -> HttpResponse:
    """GET counts the conditions in the query string, again at each change where scripts run; POST saves them."""
    project = visible_project(request, reference)
    require(policies.can_build_cohort, request.user, project)
    releases = list(clinical_releases())
    asked = request.POST.get("release", "") if request.method == "POST" else request.GET.get("release", "")
    release = next((each for each in releases if each.reference == asked), releases[0] if releases else None)
    if release is None:
        return render(request, "research_env/cohort_create.html", {"project": project})
    if request.method == "POST":
        return _save(request, project, release)
    context = {"project": project, "release": release, "releases": releases, **_counted(request, project, release)}
    part = request.htmx  # type: ignore[attr-defined]  # set by its middleware
    return render(request, f"research_env/{'_cohort_count' if part else 'cohort_create'}.html", context)


def _counted(request: HttpRequest, project: Project, release: Release) -> dict[str, Any]:
    vocabulary = vocabulary_of(release)
    builder = CohortBuilder(vocabulary, request.GET if "join" in request.GET else None)
    if not builder.is_bound or not builder.is_valid() or builder.node is None:
        return {"builder": builder}
    criteria = json.dumps(as_data(builder.node), ensure_ascii=False)
    return {
        "builder": builder,
        "people": count_for(project, release, builder.node, vocabulary),
        "words": worded(builder.node, vocabulary),
        "save_form": SaveCohort(initial={"criteria": criteria, "release": release.reference}),
    }


def _save(request: HttpRequest, project: Project, release: Release) -> HttpResponse:
    form = SaveCohort(request.POST)
    if form.is_valid():
        try:
            cohort = services.save_cohort(
                actor=reader_of(request),
                project=project,
                release=release,
                name=form.cleaned_data["name"],
                criteria=json.loads(form.cleaned_data["criteria"]),
            )
        except (InvalidInput, json.JSONDecodeError, RecursionError) as refusal:
            form.add_error(None, getattr(refusal, "sentence", "The conditions cannot be read. Build them again."))
        else:
            messages.success(request, "The cohort was saved.")
            return redirect(cohort)
    context = {"project": project, "release": release, "form": form}
    return render(request, "research_env/cohort_save.html", context)


@require_safe
@login_required
def cohort_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """The data passport of a cohort: exact numbers of those who fit and consent now."""
    cohort = _visible_cohort(request, reference)
    check_released(cohort)
    vocabulary = vocabulary_of(cohort.release)
    passport = passport_of(people_of(cohort, vocabulary), cohort.release, vocabulary)
    is_author = policies.can_share_cohort(request.user, cohort)
    context = {
        "cohort": cohort,
        "words": words_of(cohort, vocabulary),
        "passport": passport,
        "conditions": json.dumps(as_data(read_criteria(cohort.criteria)), indent=1, ensure_ascii=False),
        "share_form": ShareForm(_others(cohort)) if is_author else None,
    }
    return render(request, "research_env/cohort_detail.html", context)


@require_safe
@login_required
def cohort_file(request: HttpRequest, reference: str) -> HttpResponse:
    """Who is in the cohort now, as the form of a query takes it. A GET that writes, and only to the audit."""
    cohort = _visible_cohort(request, reference)
    names = services.hand_over_cohort(actor=reader_of(request), cohort=cohort, file_format="csv")
    headers = {"Content-Disposition": f'attachment; filename="{cohort.reference}-pseudonyms.csv"'}
    lines = "".join(csv_line([each]) for each in ("pseudonym", *names))
    return HttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


@require_safe
@login_required
def cohort_compare(request: HttpRequest, reference: str) -> HttpResponse:
    """Two cohorts of the project side by side, counted now."""
    project = visible_project(request, reference)
    saved = SavedCohort.objects.visible_to(request.user).filter(project=project).select_related("project", "release")
    cohorts = {each.reference: each for each in saved.order_by("-created_at")}
    form = CompareFilter(request.GET if "first" in request.GET else None, cohorts=cohorts.values())
    context: dict[str, Any] = {"project": project, "form": form, "has_two": len(cohorts) > 1}
    if form.is_bound and form.is_valid():
        chosen = [cohorts[form.cleaned_data[name]] for name in ("first", "second")]
        for each in chosen:
            check_released(each)
        words = {each.release_id: vocabulary_of(each.release) for each in chosen}
        sides = [(each.release, words[each.release_id]) for each in chosen]
        first, second = (people_of(each, words[each.release_id]) for each in chosen)
        found = compared(first, second, sides)
        context |= {"chosen": chosen, "compared": found, "tables": compared_tables(found)}
    return render(request, "research_env/cohort_compare.html", context)


def _others(cohort: SavedCohort) -> list[Any]:
    """Members who do not see the cohort yet."""
    shown = CohortShare.objects.filter(content_object=cohort).values("user")
    members = members_of(cohort.project).exclude(person=cohort.author_id).exclude(person__in=shown)
    return [each.person for each in members.exclude(role=ProjectMember.Role.LEAD)]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def cohort_share(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a cohort to a colleague of the project."""
    cohort = _visible_cohort(request, reference)
    require(policies.can_share_cohort, request.user, cohort)
    form = ShareForm(_others(cohort), request.POST or None)
    if form.is_valid():
        person = form.cleaned_data["person"]
        services.share_cohort(actor=reader_of(request), cohort=cohort, person=person)
        messages.success(request, f"{person.display_name} sees this cohort now.")
        return redirect(cohort)
    return render(request, "research_env/cohort_share.html", {"cohort": cohort, "form": form})
