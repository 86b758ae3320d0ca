"""A region of a release: the form, the variants as a picture by igv.js, and the same as a table."""

from __future__ import annotations

import json
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.gates import reader_of
from portal.kernel.access import require
from portal.kernel.refusals import InvalidInput
from research_env import igv, policies
from research_env.engine import CONTIG_LENGTHS, ENGINE_VERSION
from research_env.person_forms import RegionForm
from research_env.region import RegionReport, read_region
from research_env.variant_listings import region_table
from research_env.views import visible_project
from research_env.views.query_page import counted

# What the script of the picture needs beyond the house's policy: its icons are in it.
_POLICY = {"style-src": [SELF, *igv.STYLE_HASHES], "img-src": [SELF, "data:"]}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@csp_update(_POLICY)  # type: ignore[arg-type]  # django-csp types views of one argument alone
def project_region(request: HttpRequest, reference: str) -> HttpResponse:
    """GET shows the form; POST answers. Nothing is stored, so the answer has no address of its own."""
    project = visible_project(request, reference)
    require(policies.can_create_query, request.user, project)
    report = None
    if request.method == "POST":
        form = RegionForm(project, request.POST)
        report = _report(request, form) if form.is_valid() else None
    else:
        given = {name: request.GET[name][:80] for name in ("region", "release") if name in request.GET}
        form = RegionForm(project, initial=given)
    context = {"project": project, "form": form, **_shown(report)}
    return render(request, "research_env/project_region.html", context)


def _report(request: HttpRequest, form: RegionForm) -> RegionReport | None:
    """The answer, or None with its problem in the form."""
    try:
        return read_region(
            actor=reader_of(request), project=form.project, release=form.cleaned_data["release"], raw=form.cleaned_data
        )
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
    return None


def _shown(report: RegionReport | None) -> dict[str, Any]:
    if report is None:
        return {}
    region, release = report.region, report.release
    facts = [
        ("Region", f"{region.contig}:{region.start_1based:,}-{region.end_1based:,}"),
        ("Release", f"{release.name} ({release.basis})"),
        ("Counts are of", f"{report.population_size:,} people"),
        ("People who carry one", f"{report.people_count:,}"),
        ("Read", f"{timezone.localtime(report.consent_read_at):%-d %B %Y at %H:%M}, engine {ENGINE_VERSION}"),
    ]
    picture = {
        "assembly": release.assembly,
        "contig": region.contig,
        "length": CONTIG_LENGTHS[release.assembly][region.contig],
        "start": region.start_1based,
        "end": region.end_1based,
        "vcf": report.as_vcf(),
    }
    return {
        "report": report,
        "facts": facts,
        "found": counted(len(report.variants), "variant"),
        "table": region_table(report.variants, report.people, report.copies, report.normals),
        "picture": json.dumps(picture) if report.variants and igv.folder() else None,
        "script": igv.STATIC_PATH,
    }
