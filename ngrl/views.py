"""Public pages of the library: its releases, and what each holds."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from ngrl.listings import CONTIGS, RELEASES, charts
from ngrl.models import Release
from ngrl.summaries import contigs_of, summaries_of
from portal.kernel.listing import table


@require_safe
def release_list(request: HttpRequest) -> HttpResponse:
    """Every release that was ever published, newest first."""
    releases = Release.objects.visible_to(request.user).order_by("-published_at", "-pk")
    found = summaries_of(list(releases))
    return render(request, "ngrl/release_list.html", {"releases": table("Data releases", RELEASES, found)})


@require_safe
def release_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One release: who is in it by dataset, sex and ancestry, and where it has variants."""
    release = get_object_or_404(Release.objects.visible_to(request.user), reference=reference)
    summary = summaries_of([release])[0]
    context = {
        "release": release,
        "summary": summary,
        "charts": charts(summary),
        "contigs": table("Variants by contig", CONTIGS, contigs_of(release)),
    }
    return render(request, "ngrl/release_detail.html", context)
