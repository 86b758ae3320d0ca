"""One person of a project: found by the pseudonym, shown with everything the project may know of them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.gates import reader_of
from research_env import services
from research_env.filters import PersonFilter
from research_env.genome_listings import specimens_table
from research_env.pedigree import SIZE, pedigree_of
from research_env.people import person_named
from research_env.person_listings import events_table, family_table, findings_table, genomes_table
from research_env.views import visible_project


@require_safe
@login_required
def person_find(request: HttpRequest, reference: str) -> HttpResponse:
    """Where a pseudonym is written; it leads to the person's page."""
    project = visible_project(request, reference)
    form = PersonFilter(request.GET if "person" in request.GET else None)
    if form.is_bound and form.is_valid():
        found = person_named(project, form.cleaned_data["person"])
        if found:
            return redirect("research_env:person-detail", project.reference, found.pseudonym)
        form.add_error("person", "Nobody whom this project may read now has this pseudonym. Check how it is written.")
    return render(request, "research_env/person_find.html", {"project": project, "form": form})


@require_safe
@login_required
def person_detail(request: HttpRequest, reference: str, pseudonym: str) -> HttpResponse:
    """The person. Looking is recorded: a GET that writes, and only to the audit."""
    project = visible_project(request, reference)
    found = person_named(project, pseudonym)
    if found is None:
        raise Http404
    wanted = request.GET.get("release", found.releases[0].reference)
    release = next((each for each in found.releases if each.reference == wanted), None)
    if release is None:
        raise Http404
    record = services.read_person(actor=reader_of(request), project=project, found=found, release=release)
    context = {
        "project": project,
        "record": record,
        "events": events_table(record.events),
        "present": findings_table("Found", record.present),
        "absent": findings_table("Looked for and absent", record.absent),
        "others": findings_table("Without a date", record.others),
        "family": family_table(record.family, project),
        "picture": pedigree_of(record.family),
        "half": SIZE // 2,
        "size": SIZE,
        "genomes": genomes_table(record.genomes),
        "specimens": specimens_table(record.specimens),
        "other_releases": [each for each in found.releases if each != release],
    }
    return render(request, "research_env/person_detail.html", context)
