"""The notice desk: which event tells whom. A line in the portal and a mail in the outbox, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from portal.kernel import clock
from portal.kernel.access import Actor
from portal.kernel.models import Notification, OutboxMessage


@dataclass(frozen=True)
class Notice:
    """Who is told (`to`, given the subject) and with which template under templates/notices/.

    The template's .txt holds the subject on its first line and the text below; it names references and states,
    never data.
    """

    to: Callable[[Any], Iterable[Any]]
    template: str


_notices: dict[str, Notice | None] = {}


def register(notices: Mapping[Any, Notice | None]) -> None:
    """Decide about events; None says out loud that nobody is told."""
    for event, notice in notices.items():
        _notices[str(event)] = notice


def registered() -> dict[str, Notice | None]:
    """Every decision, for tests and reference pages."""
    return dict(_notices)


def post(event: str, subject: Any, actor: Actor) -> None:
    """Write the notifications and the mails of one event; the one who acted is not told what they did."""
    notice = _notices.get(str(event))
    if notice is None:
        return
    at = clock.now()
    for person in notice.to(subject):
        if person.pk == actor.pk:
            continue
        url = subject.get_absolute_url()
        context = {"subject": subject, "person": person, "url": url, "address": settings.LECTERN_ADDRESS + url}
        title, _, text = render_to_string(f"notices/{notice.template}.txt", context).strip().partition("\n")
        Notification.objects.create(person=person, event=str(event), text=title, url=url, created_at=at)
        OutboxMessage.objects.create(
            recipient=person.email,
            subject=title,
            body_text=text.strip(),
            body_html=render_to_string("notices/mail.html", {"title": title, "text": text.strip()}),
            created_at=at,
            next_attempt_at=at,
        )
