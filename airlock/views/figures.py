"""Figures on the queue and the work, as a page and for machines."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.gates import reader_of
from airlock import policies, selectors
from airlock.checks import CODES
from portal.kernel.access import require

_UNKNOWN = "not known yet"
_MINUTES = {
    "oldest_working_minutes": "The oldest has been with us for",
    "median_working_minutes_to_first_decision": "A first decision took, in half of the cases, up to",
    "p90_working_minutes_to_first_decision": "A first decision took, in nine of ten cases, up to",
    "median_working_minutes_to_release": "A release took, in half of the cases, up to",
    "p90_working_minutes_to_release": "A release took, in nine of ten cases, up to",
}
_NUMBERS = {
    "over_target": "Beyond their target",
    "on_hold": "On hold",
    "checks_that_wait": "Whose checks wait for the scanner",
    "releases_that_fail": "Releases that fail again and again",
    "decided": "Released, revoked or rejected so far",
    "first_time_pass_share": "Share that was released in the first turn",
    "turns_per_request": "Turns that a request takes",
    "agreement_of_two_reviewers": "Agreement of two reviewers beyond chance (Cohen's kappa)",
    "files_judged_by_two": "Files that two reviewers judged",
}


@require_safe
@login_required
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures on the queue."""
    require(policies.can_see_queue, reader_of(request), None)
    figures = selectors.metrics()
    wrong = figures["false_positive_share_by_code"]
    context = {
        "figures": [
            *((words, _said(figures[name], minutes=True)) for name, words in _MINUTES.items()),
            *((words, _said(figures[name])) for name, words in _NUMBERS.items()),
        ],
        "states": list(figures["open_by_state"].items()),
        "codes": [(CODES[code].noticed, count) for code, count in figures["findings_by_code"].items()],
        "wrong": [(CODES[code].noticed, f"{share:.0%}") for code, share in wrong.items()],
        "projects": figures["left_by_project"].items(),
        "load": [(f"Checker {number}", count) for number, count in enumerate(figures["reviews_by_checker"], 1)],
    }
    return render(request, "airlock/metrics.html", context)


def _said(value: Any, *, minutes: bool = False) -> Any:
    if value is None:
        return _UNKNOWN
    return selectors.in_days(value) if minutes else value


@require_safe
@login_required
def metrics_json(request: HttpRequest) -> JsonResponse:
    """The same figures for machines."""
    require(policies.can_see_queue, reader_of(request), None)
    return JsonResponse(selectors.metrics())
