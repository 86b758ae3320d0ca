"""One person's rare variants in tiers: the form, and the report as a page or as PDF."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from access_review.models import Project
from accounts.gates import reader_of
from portal.kernel import pdf
from portal.kernel.access import require
from portal.kernel.refusals import InvalidInput
from research_env import policies
from research_env.engine import ENGINE_VERSION, TIERS
from research_env.listings import effect_words, frequency, variant_name
from research_env.person_forms import TieringForm
from research_env.tiering import TieringReport, mode_words, tier_person
from research_env.variant_listings import tier_table
from research_env.views import visible_project

_HEADINGS = {
    1: ("Tier 1", "Loss of function, or new in the person, in a green gene whose mode of inheritance it fits."),
    2: ("Tier 2", "Another change of the protein in a green gene whose mode of inheritance it fits."),
    3: ("Tier 3", "In an amber or red gene of the panel, or in a green one without fitting its mode of inheritance."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def person_tiers(request: HttpRequest, reference: str) -> HttpResponse:
    """GET shows the form; POST works the report out. Nothing is stored, so the report has no address of its own."""
    project = visible_project(request, reference)
    require(policies.can_create_query, request.user, project)
    report = None
    if request.method == "POST":
        form = TieringForm(project, request.POST)
        report = _report(request, form) if form.is_valid() else None
    else:
        form = TieringForm(project, initial={"person": request.GET.get("person", "")[:40]})
    if report and request.POST.get("as") == "pdf":
        return pdf.as_answer(
            pdf.render("tiering", _paper(project, report), at=report.consent_read_at), f"{project.reference}-tiers.pdf"
        )
    return render(request, "research_env/person_tiers.html", {"project": project, "form": form, **_context(report)})


def _report(request: HttpRequest, form: TieringForm) -> TieringReport | None:
    """The report, or None with its problems in the form."""
    try:
        return tier_person(
            actor=reader_of(request), project=form.project, release=form.cleaned_data["release"], raw=form.cleaned_data
        )
    except InvalidInput as refusal:
        field = {"version": "panel_version"}.get(refusal.field, refusal.field)
        form.add_error(field if field in form.fields else None, refusal.sentence)
        return None


def _context(report: TieringReport | None) -> dict[str, Any]:
    if report is None:
        return {}
    tiers = [
        {"title": title, "meaning": meaning, "rows": rows, "table": tier_table(title, rows)}
        for tier in TIERS
        for title, meaning in [_HEADINGS[tier]]
        for rows in [report.of_tier(tier)]
    ]
    return {"report": report, "facts": _facts(report), "tiers": tiers}


def _facts(report: TieringReport) -> list[tuple[str, str]]:
    missing = ", ".join(report.genes_missing)
    facts = [
        ("Person", report.pseudonym),
        ("Panel", report.panel.sentence),
        ("Genes read", f"{report.genes_read:,} of {len(report.panel.genes):,}"),
        ("Not read, place not known", missing),
        ("Known errors of this version", " ".join(report.panel.errata)),
        ("Relatives who were read", "; ".join(report.relatives) or "None"),
        ("Release", f"{report.release.name} ({report.release.basis})"),
        (
            "Rare means",
            f"an allele frequency of at most {report.limits.alone:g} alone and {report.limits.as_a_pair:g} "
            f"as one of two copies, among {report.population_size:,} people",
        ),
        ("Worked out", f"{timezone.localtime(report.consent_read_at):%-d %B %Y at %H:%M}, engine {ENGINE_VERSION}"),
    ]
    return [(label, text) for label, text in facts if text]


def _paper(project: Project, report: TieringReport) -> dict[str, Any]:
    """The report as its PDF shows it."""
    return {
        "title": f"Variants in tiers, {report.pseudonym}",
        "rows": [("Project", project.reference), *_facts(report)],
        "tiers": [
            {
                "title": _HEADINGS[tier][0],
                "meaning": _HEADINGS[tier][1],
                "variants": [_line(row) for row in report.of_tier(tier)],
            }
            for tier in TIERS
        ],
    }


def _line(row: dict[str, Any]) -> list[str]:
    return [
        row["gene_symbol"],
        variant_name(row),
        effect_words(row["consequence"]) or "",
        row["zygosity"],
        frequency(row["population_allele_frequency"]) or "",
        mode_words(row["fits"]),
        row["reason"],
    ]
