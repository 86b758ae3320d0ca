"""The national test directory: codes, what they are for, and the panels and genes that they ask for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from panelapp import summaries
from panelapp.listings.directory import directory_listing
from panelapp.models import Indication
from panelapp.views.tabs import section_tabs


@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    """All tests with their panels, by code; narrowed by a code or a word."""
    targets = summaries.targets_of_directory(request.user)
    listing = directory_listing(targets).page(request, Indication.objects.all())
    edition = Indication.objects.values_list("edition", flat=True).first()
    context = {"listing": listing, "edition": edition, "tabs": section_tabs(request.user, "directory")}
    return render(request, "panelapp/directory.html", context)
