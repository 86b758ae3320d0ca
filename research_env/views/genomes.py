"""The genomes of a project and their files: a list of one release, and the same as CSV."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.gates import reader_of
from ngrl.models import Release
from portal.kernel.access import require
from portal.kernel.listing import Download
from portal.kernel.refusals import InvalidInput
from research_env import policies, services
from research_env.filters import GenomeFilter
from research_env.genome_listings import genomes_as_csv, genomes_listing
from research_env.genomes import genomes_for
from research_env.views import visible_project


@require_safe
@login_required
def genome_list(request: HttpRequest, reference: str) -> HttpResponse:
    """The genomes of one release, the newest unless another is asked for."""
    project = visible_project(request, reference)
    require(policies.can_read_genomes, request.user, project)
    genomes = genomes_for(project)
    releases = list(genomes.releases())
    context = {"project": project, "releases": releases}
    if releases:
        release = _chosen(request, releases)
        downloads = [Download("CSV, these rows", reverse("research_env:genome-file", args=[project.reference]))]
        context["listing"] = genomes_listing(project).page(
            request, genomes.within(release), downloads=downloads, form_options={"releases": releases}
        )
    return render(request, "research_env/genome_list.html", context)


@require_safe
@login_required
def genome_file(request: HttpRequest, reference: str) -> HttpResponse:
    """The filtered list as a file. Taking it is recorded: a GET that writes, and only to the audit."""
    project = visible_project(request, reference)
    releases = list(genomes_for(project).releases())
    if not releases:
        raise Http404
    release = _chosen(request, releases)
    form = GenomeFilter(request.GET, releases=releases)
    if not form.is_valid():
        raise InvalidInput(" ".join(str(each) for problems in form.errors.values() for each in problems))
    rows = services.hand_over_genomes(
        actor=reader_of(request), project=project, release=release, asked=form.cleaned_data, file_format="csv"
    )
    name = f"{release.reference}-genomes.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse("".join(genomes_as_csv(rows)), content_type="text/csv; charset=utf-8", headers=headers)


def _chosen(request: HttpRequest, releases: Sequence[Release]) -> Release:
    wanted = request.GET.get("release") or releases[0].reference
    found = next((each for each in releases if each.reference == wanted), None)
    if found is None:
        raise Http404
    return found
