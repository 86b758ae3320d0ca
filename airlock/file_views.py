"""Looking at a file of a request: pages made anew from its bytes, and each look is on record."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.gates import reader_of
from airlock import policies
from airlock.checks import CODES
from airlock.checks.names import shown
from airlock.looking import View, picture_of, view_of
from airlock.models import ExportRequest, Finding, RequestFile
from airlock.progress import check_progress, findings_in
from airlock.sightings import record_look
from airlock.viewing import CannotBeShown, content_headers
from portal.kernel.refusals import PermissionRefused

_MOST = 10_000_000


@require_safe
@login_required
def file_view(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """One page of a file as it is safely shown, with what the checks found in it."""
    file = _file(request, reference, pk)
    findings = findings_in(file)
    page, sheet, column = (_number(request, name) for name in ("page", "sheet", "column"))
    view = view_of(file.blob, file.name, findings, page=page, sheet=max(1, sheet), column=max(1, column))
    record_look(reader_of(request), file)
    context = {
        "file": file,
        "name": shown(file.name),
        "findings": [_told(each) for each in findings],
        **_parts(view, file),
    }
    answer = render(request, "airlock/file_view.html", context)
    answer["Cache-Control"] = "no-store, private"
    return answer


def _told(finding: Finding) -> dict[str, str]:
    """A finding in words: what was noticed, where, and what to do."""
    meaning = CODES[finding.code]
    return {"noticed": meaning.noticed, "remedy": meaning.remedy, "place": str(finding.place)}


def _parts(view: View, file: RequestFile) -> dict[str, Any]:
    address = reverse("airlock_files:picture", args=[file.request.reference, file.pk])
    return {
        "view": view,
        "mode": view.mode.value,
        "picture": f"{address}?page={view.page}",
        "previous_page": view.page - 1 if view.page > 1 else 0,
        "next_page": view.page + 1 if view.page < view.pages else 0,
    }


@require_safe
@login_required
def file_picture(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """A picture, or a page of a PDF, as new pixels. Sandboxed, and kept nowhere."""
    file = _file(request, reference, pk)
    try:
        pixels = picture_of(file.blob, file.name, max(1, _number(request, "page")))
    except CannotBeShown as refusal:
        raise Http404(str(refusal)) from None
    return HttpResponse(pixels, headers=content_headers(f"{file.name}.png", "image/png"))


@require_safe
@login_required
def export_checks(request: HttpRequest, reference: str) -> HttpResponse:
    """How far the checks are: a part of the request's page that renews itself."""
    found = ExportRequest.objects.visible_to(reader_of(request)).filter(reference=reference).first()
    if found is None:
        raise Http404
    progress = check_progress(found)
    address = "" if progress.is_finished and not found.check_note else request.get_full_path()
    return render(request, "airlock/_checks.html", {"progress": progress, "progress_url": address})


def _file(request: HttpRequest, reference: str, pk: int) -> RequestFile:
    """The file, if the reader may know of its request; a refusal with the reason if not of its content."""
    actor = reader_of(request)
    requests = ExportRequest.objects.visible_to(actor).filter(reference=reference)
    file = RequestFile.objects.current().filter(request__in=requests.values("pk"), pk=pk)
    found = file.select_related("request__project", "blob", "group").first()
    if found is None:
        raise Http404
    if not policies.can_look(actor, found):
        raise PermissionRefused(policies.can_look.sentence)
    return found


def _number(request: HttpRequest, name: str) -> int:
    """A whole number from the address, from 0 to ten million; 0 for anything else."""
    text = request.GET.get(name, "")
    return min(int(text), _MOST) if text.isascii() and text.isdigit() and len(text) < 9 else 0
