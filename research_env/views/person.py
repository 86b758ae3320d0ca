"""What one person carries, and how the family passed it on: the form and the answer."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.gates import reader_of
from portal.kernel.access import require
from portal.kernel.refusals import InvalidInput
from research_env import policies
from research_env.engine import ENGINE_VERSION
from research_env.one_person import MODES, PersonReport, read_person
from research_env.person_forms import PersonForm
from research_env.questions import BadQuestion, described
from research_env.variant_listings import person_table
from research_env.views import visible_project
from research_env.views.query_page import counted

MOST_SHOWN = 500


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def person_variants(request: HttpRequest, reference: str) -> HttpResponse:
    """GET shows the form; POST answers. Nothing is stored, so the answer has no address of its own."""
    project = visible_project(request, reference)
    require(policies.can_create_query, request.user, project)
    report = None
    if request.method == "POST":
        form = PersonForm(project, request.POST)
        report = _report(request, form) if form.is_valid() else None
    else:
        form = PersonForm(project, initial={"person": request.GET.get("person", "")[:40]})
    context = {"project": project, "form": form, **_shown(report)}
    return render(request, "research_env/person_variants.html", context)


def _report(request: HttpRequest, form: PersonForm) -> PersonReport | None:
    """The answer, or None with its problems in the form."""
    try:
        return read_person(
            actor=reader_of(request),
            project=form.project,
            release=form.cleaned_data["release"],
            raw=form.cleaned_data,
            modes=form.modes_asked,
        )
    except BadQuestion as refusal:
        for field, sentences in refusal.problems.items():
            form.add_error(field if field in form.fields else None, sentences)
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
    return None


def _shown(report: PersonReport | None) -> dict[str, Any]:
    if report is None:
        return {}
    modes = {mode: MODES[mode] for mode in report.modes}
    return {
        "report": report,
        "facts": _facts(report),
        "found": counted(len(report.rows), "variant"),
        "table": person_table(report.rows[:MOST_SHOWN], modes, of_a_tumour=report.release.is_somatic),
        "more": max(0, len(report.rows) - MOST_SHOWN),
    }


def _facts(report: PersonReport) -> list[tuple[str, str]]:
    facts = [
        ("Person", report.pseudonym),
        ("Passed on", "; ".join(MODES[mode] for mode in report.modes)),
        ("Relatives who were read", ("; ".join(report.relatives) or "None") if report.modes else ""),
        *described(report.question),
        ("Notes", " ".join(report.question.notes)),
        ("Release", f"{report.release.name} ({report.release.basis})"),
        ("Frequencies are of", f"{report.population_size:,} people"),
        ("Worked out", f"{timezone.localtime(report.consent_read_at):%-d %B %Y at %H:%M}, engine {ENGINE_VERSION}"),
    ]
    return [(label, text) for label, text in facts if text]
