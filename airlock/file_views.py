"""Looking at a file of a request: pages made anew from its bytes, and each look is on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.gates import reader_of
from airlock import policies
from airlock.blobs import Stored
from airlock.checks import meaning_of
from airlock.checks.names import shown
from airlock.looking import View, picture_of, view_of
from airlock.models import ExportRequest, Finding, ImportFile, ImportRequest, RequestFile
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
    back = reverse("airlock:export-detail", args=[reference])
    return _shown(request, _Asked(file, file.blob, file.name, findings_in(file), file.group.name, back))


@require_safe
@login_required
def import_view(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """One page of a file on its way in, for who reviews it."""
    file = _import_file(request, reference, pk)
    findings = list(Finding.objects.filter(run__import_file=file).order_by("-consequence", "pk"))
    back = reverse("airlock:incoming-case", args=[reference])
    return _shown(request, _Asked(file, file, file.name, findings, file.request.title, back))


@dataclass(frozen=True)
class _Asked:
    """A file that somebody may look at, its bytes and name, what was found in it, and where its page leads back."""

    file: RequestFile | ImportFile
    stored: Stored
    name: str
    findings: Sequence[Finding]
    caption: str
    back: str


def _shown(request: HttpRequest, asked: _Asked) -> HttpResponse:
    page, sheet, column = (_number(request, name) for name in ("page", "sheet", "column"))
    view = view_of(asked.stored, asked.name, asked.findings, page=page, sheet=max(1, sheet), column=max(1, column))
    record_look(reader_of(request), asked.file)
    context = {
        "file": asked.file,
        "caption": asked.caption,
        "back": asked.back,
        "name": shown(asked.name),
        "findings": [_told(each) for each in asked.findings],
        **_parts(view, asked.file),
    }
    answer = render(request, "airlock/file_view.html", context)
    answer["Cache-Control"] = "no-store, private"
    return answer


def _told(finding: Finding) -> dict[str, str]:
    """A finding in words: what was noticed, where, and what to do."""
    meaning = meaning_of(finding.code)
    return {"noticed": meaning.noticed, "remedy": meaning.remedy, "place": str(finding.place)}


def _parts(view: View, file: RequestFile | ImportFile) -> dict[str, Any]:
    which = "import-picture" if isinstance(file, ImportFile) else "picture"
    address = reverse(f"airlock_files:{which}", args=[file.request.reference, file.pk])
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
    return _picture(request, file.blob, file.name)


@require_safe
@login_required
def import_picture(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """The same of a file on its way in."""
    file = _import_file(request, reference, pk)
    return _picture(request, file, file.name)


def _picture(request: HttpRequest, stored: Stored, name: str) -> HttpResponse:
    try:
        pixels = picture_of(stored, name, max(1, _number(request, "page")))
    except CannotBeShown as refusal:
        raise Http404(str(refusal)) from None
    return HttpResponse(pixels, headers=content_headers(f"{name}.png", "image/png"))


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


def _import_file(request: HttpRequest, reference: str, pk: int) -> ImportFile:
    """The file, if the reader judges its import now; a refusal with the reason if they only know of it."""
    actor = reader_of(request)
    imports = ImportRequest.objects.visible_to(actor).filter(reference=reference)
    files = ImportFile.objects.current().filter(request__in=imports.values("pk"), pk=pk)
    found = files.select_related("request__project").first()
    if found is None:
        raise Http404
    if not policies.can_look_at_import(actor, found):
        raise PermissionRefused(policies.can_look_at_import.sentence)
    return found


def _number(request: HttpRequest, name: str) -> int:
    """A whole number from the address, from 0 to ten million; 0 for anything else."""
    text = request.GET.get(name, "")
    return min(int(text), _MOST) if text.isascii() and text.isdigit() and len(text) < 9 else 0
