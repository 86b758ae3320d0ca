"""Cases against controls in the genes of a finished query: the form, the answer, and the answer as a file."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.gates import reader_of
from portal.kernel.refusals import InvalidInput
from research_env import burden_charts, services
from research_env.burden import COVARIATES, BurdenReport, check_comparable, compare
from research_env.burden_forms import BurdenForm
from research_env.engine import FISHER
from research_env.listings import burden_table
from research_env.models import Query
from research_env.results import table_as_csv
from research_env.views.query_page import counted, tabs_of
from research_env.views.results import reads_result

MOST_GENES = 200


@reads_result
def query_burden(request: HttpRequest, query: Query) -> HttpResponse:
    """The form, and once two groups are named the genes in which they differ."""
    try:
        check_comparable(query)
    except InvalidInput as refusal:
        context = {"query": query, "tabs": tabs_of(query, "burden"), "refusal": refusal.sentence}
        return render(request, "research_env/query_burden.html", context)
    form, report = _asked(request, query)
    context = {"query": query, "tabs": tabs_of(query, "burden"), "form": form}
    if report:
        address = f"{reverse('research_env:query-burden-file', args=[query.reference])}?{request.GET.urlencode()}"
        context |= {"report": report, "file_url": address, **_shown(query, report)}
    return render(request, "research_env/query_burden.html", context)


@reads_result
def query_burden_file(request: HttpRequest, query: Query) -> HttpResponse:
    """All genes of a comparison as CSV. Taking it is recorded."""
    form, report = _asked(request, query)
    if report is None:
        context = {"query": query, "tabs": tabs_of(query, "burden"), "form": form}
        return render(request, "research_env/query_burden.html", context, status=422)
    services.record_download(actor=request.user, query=query, table="burden", file_format="csv")
    headers = {"Content-Disposition": f'attachment; filename="{query.reference}-burden.csv"'}
    return HttpResponse(table_as_csv(report.table), content_type="text/csv; charset=utf-8", headers=headers)


def _asked(request: HttpRequest, query: Query) -> tuple[BurdenForm, BurdenReport | None]:
    """The form as it was filled in, and the report if it says enough."""
    asked = request.GET if "cases" in request.GET else None
    form = BurdenForm(query, reader_of(request), asked)
    if not form.is_bound or not form.is_valid():
        return form, None
    try:
        return form, compare(query, form.comparison)
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
        return form, None


def _shown(query: Query, report: BurdenReport) -> dict[str, Any]:
    rows = report.table.to_pylist()
    tested = [row for row in rows if row[report.p_column] is not None]
    shown: dict[str, Any] = {"facts": _facts(report), "genes": burden_table(rows[:MOST_GENES], report.comparison.test)}
    shown |= {"more_genes": max(0, len(rows) - MOST_GENES), "untested": rows and not tested}
    return shown | (_pictures(query, report, tested) if tested else {})


def _pictures(query: Query, report: BurdenReport, tested: list[dict[str, Any]]) -> dict[str, Any]:
    """Both pictures, and the line between chance and finding in words, with its correction by name."""
    inflation = f" Lambda is {report.inflation:.3f}." if report.inflation is not None else ""
    genes = counted(report.tested, "gene")
    threshold = burden_charts.LEVEL / report.tested
    return {
        "manhattan": burden_charts.manhattan(tested, report.p_column, query.release.assembly, report.tested),
        "quantiles": burden_charts.quantiles(tested, report.p_column),
        "quantiles_caption": f"P-values against chance: in the grey band where only chance is at work.{inflation}",
        "line_words": f"The line is Bonferroni's for {genes} at 5%: p = 0.05 / {report.tested:,} = {threshold:.3g}.",
        "tested_count": report.tested,
    }


def _facts(report: BurdenReport) -> list[tuple[str, str]]:
    comparison = report.comparison
    controls = comparison.controls.name if comparison.controls else "everybody else whom the query counted"
    named = ", ".join(name for name in COVARIATES if name in comparison.covariates) or "none"
    is_fisher = comparison.test == FISHER
    facts = [
        ("Cases", f"{report.case_count:,}: {comparison.cases.name}"),
        ("Controls", f"{report.control_count:,}: {controls}"),
        ("Left out, in both groups", f"{report.in_both:,}" if report.in_both else ""),
        ("Carriers have", "one altered copy at least" if comparison.copies_needed == 1 else "both copies altered"),
        ("Test", "Fisher's exact test, two-sided" if is_fisher else f"Logistic regression; covariates: {named}"),
        (
            "Corrected for",
            f"{counted(report.tested, 'gene')}: Bonferroni, and Benjamini-Hochberg (false discovery rate)",
        ),
        ("Lambda (inflation)", "" if report.inflation is None else f"{report.inflation:.3f}; 1 by chance alone"),
    ]
    return [(label, text) for label, text in facts if text]
