"""The page behind a link for sending: anybody who has it puts files in, and reads nothing back."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables

from airlock import services
from airlock.blobs import in_pieces
from airlock.forms import SendForm
from airlock.models import ImportFile
from portal.kernel.acts import add_refusal, form_page
from portal.kernel.refusals import InvalidInput

_BESIDE_THE_FILE = 1 << 20  # bytes of a request that are no file


# The link itself is the only right that is used here, not a cookie: there is nothing that another page could borrow.
@csrf_exempt
@form_page
@sensitive_variables("token")
def send(request: HttpRequest) -> HttpResponse:
    """Show the form, or keep the file that was sent. What was sent before, and by whom, is not told."""
    token = request.GET.get("link", "")
    try:
        ticket = services.find_upload(token)
    except services.LinkIsShut as refusal:
        return _private(render(request, "airlock/send_shut.html", {"why": refusal.sentence}, status=refusal.status))
    received, status = None, HTTPStatus.OK
    if _is_too_large(request):
        form, status = SendForm(), HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    elif request.method == "POST":
        form = SendForm(request.POST, request.FILES)
        received = _receive(token, form) if form.is_valid() else None
        status = HTTPStatus.CREATED if received else HTTPStatus.BAD_REQUEST
    else:
        form = SendForm()
    context = {
        "ticket": ticket,
        "form": form if received is None else SendForm(),
        "received": received,
        "is_too_large": status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "largest": settings.AIRLOCK_IMPORT_MAX_FILE_BYTES,
        "most": settings.AIRLOCK_IMPORT_MAX_FILES,
    }
    return _private(render(request, "airlock/send.html", context, status=status))


def _private(answer: HttpResponse) -> HttpResponse:
    """The address itself is the secret: no cache keeps the page, and no other site learns where its reader was."""
    answer["Cache-Control"] = "no-store, private"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _is_too_large(request: HttpRequest) -> bool:
    """Asked before the body is read."""
    told = request.headers.get("Content-Length", "")
    return told.isdigit() and int(told) > settings.AIRLOCK_IMPORT_MAX_FILE_BYTES + _BESIDE_THE_FILE


def _receive(token: str, form: SendForm) -> ImportFile | None:
    sent = form.cleaned_data["file"]
    try:
        return services.receive_file(
            token, services.Incoming(sent.name, in_pieces(sent), form.cleaned_data["declared_sha256"])
        )
    except InvalidInput as refusal:
        add_refusal(form, refusal)
        return None
