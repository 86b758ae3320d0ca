"""Pages of words: help, accessibility, privacy, deadlines and limits. They read no database."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.kernel import limits


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Where to begin, and whom to ask."""
    return render(request, "portal/help.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """How far everybody can use these pages, and what is not there yet."""
    return render(request, "portal/accessibility.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about the people who use the portal, and how participants are protected."""
    return render(request, "portal/privacy.html")


@require_safe
def deadlines(request: HttpRequest) -> HttpResponse:
    """Every rule that is a number, from the constants that the portal works with."""
    groups = [(group, [(each.rule, each.value) for each in rules]) for group, rules in limits.declared().items()]
    return render(request, "portal/deadlines.html", {"groups": groups, "version": limits.VERSION})
