"""Whether a person is too near to one request to judge it, and why: asked anew at each act."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from accounts.models import User
from airlock.models import ExportRequest, ImportRequest, too_near
from portal.kernel.requests import once_per_reading


def is_near(person: Any, request: ExportRequest | ImportRequest) -> bool:
    """Whether the person is the author, of the project, of the author's institution, or put a file into it."""
    if not isinstance(person, User):
        return False
    key = ("airlock nearness", type(request).__name__, person.pk, request.pk)
    return once_per_reading(key, lambda: _is_near(person, request))


def _is_near(person: User, request: ExportRequest | ImportRequest) -> bool:
    if isinstance(request, ExportRequest):
        near = ExportRequest.objects.filter(too_near(person) | Q(files__added_by=person))
        return near.filter(pk=request.pk).exists()
    return ImportRequest.objects.filter(too_near(person), pk=request.pk).exists()
