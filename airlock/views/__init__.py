"""Pages of the airlock: the author's, the checkers', and figures."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest

from airlock.models import ExportRequest, ImportRequest


def own_request(request: HttpRequest, reference: str) -> ExportRequest:
    """The team's request of this reference, or 404."""
    found: ExportRequest = _one(ExportRequest.objects.of_team(request.user), reference)
    return found


def checked_request(request: HttpRequest, reference: str) -> ExportRequest:
    """A request that this person may judge or oversee, or 404."""
    found: ExportRequest = _one(ExportRequest.objects.checkable_by(request.user), reference)
    return found


def is_only_checked(person: Any, reference: str) -> bool:
    """Whether a person judges or oversees this request, and is not of its team: notices lead both to one address."""
    of_team = ExportRequest.objects.of_team(person).filter(reference=reference)
    return ExportRequest.objects.checkable_by(person).filter(reference=reference).exists() and not of_team.exists()


def own_import(request: HttpRequest, reference: str) -> ImportRequest:
    """The team's import of this reference, or 404."""
    found: ImportRequest = _one(ImportRequest.objects.of_team(request.user), reference)
    return found


def checked_import(request: HttpRequest, reference: str) -> ImportRequest:
    """An import that this person may judge or oversee, or 404."""
    found: ImportRequest = _one(ImportRequest.objects.checkable_by(request.user), reference)
    return found


def is_only_checked_import(person: Any, reference: str) -> bool:
    """Whether a person judges or oversees this import, and is not of its team."""
    of_team = ImportRequest.objects.of_team(person).filter(reference=reference)
    return ImportRequest.objects.checkable_by(person).filter(reference=reference).exists() and not of_team.exists()


def _one(requests: Any, reference: str) -> Any:
    found = requests.filter(reference=reference).select_related("project", "author").first()
    if found is None:
        raise Http404("There is no such request.")
    return found
