"""Of the demo alone: be one of its people at a press, and read the mail it would have sent. portal/urls.py leaves
these out everywhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.gates.second_factor import mark_second_factor
from accounts.models import User
from portal.demo_people import demo_person

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_FILE_NAME = re.compile(r"\d{8}-\d{6}-\d+\.log")
# What Django's file backend writes after each message
_END_OF_MESSAGE = b"\n" + b"-" * 79 + b"\n"
_NEWEST = 100


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Become a demo person, as if both factors had been given."""
    person = demo_person(request.POST.get("person", ""))
    if person is None:
        raise Http404
    user = get_object_or_404(User, email=person.email, is_active=True)
    login(request, user, backend=BACKEND)
    mark_second_factor(request.session, user, stays_fresh=timedelta(seconds=settings.SESSION_COOKIE_AGE))
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if is_ours else "home")


@dataclass(frozen=True)
class Mail:
    """One message of the demo's mail folder; `name` and `number` are its address."""

    name: str
    number: int
    at: datetime | None
    to: str
    subject: str
    text: str


@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """The newest mails, newest first."""
    found = [mail for file in _files()[:_NEWEST] for mail in reversed(_mails(file))]
    return render(request, "portal/demo_mail_list.html", {"mails": found[:_NEWEST]})


@require_safe
def mail_message(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """One mail as text."""
    file = next((file for file in _files() if file.name == name), None)
    mails = _mails(file) if file else []
    if not 1 <= number <= len(mails):
        raise Http404
    return render(request, "portal/demo_mail_message.html", {"mail": mails[number - 1]})


def _files() -> list[Path]:
    folder = Path(settings.EMAIL_FILE_PATH)
    files = folder.iterdir() if folder.is_dir() else ()
    return sorted((file for file in files if _FILE_NAME.fullmatch(file.name)), key=_written_at, reverse=True)


def _written_at(file: Path) -> tuple[int, str]:
    return file.stat().st_mtime_ns, file.name


def _mails(file: Path) -> list[Mail]:
    parts = [part for part in file.read_bytes().split(_END_OF_MESSAGE) if part.strip()]
    return [_parse(file.name, number, part) for number, part in enumerate(parts, start=1)]


def _parse(name: str, number: int, raw: bytes) -> Mail:
    message = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    body = message.get_body(("plain",))
    date = message["Date"]
    return Mail(
        name=name,
        number=number,
        at=date.datetime if date is not None else None,
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        text=str(body.get_content()) if body is not None else "",
    )
