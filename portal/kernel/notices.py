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

TITLE_LENGTH = 200


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
    """Write the notifications and the mails of one event: once to each, and not to the one who did it."""
    notice = _notices.get(str(event))
    if notice is None:
        return
    audience = {person.pk: person for person in notice.to(subject) if person.pk != actor.pk}
    url = subject.get_absolute_url() if audience else ""
    for person in audience.values():
        _post_to(person, str(event), notice.template, subject, url)


def _post_to(person: Any, event: str, template: str, subject: Any, url: str) -> None:
    context = {"subject": subject, "person": person, "url": url, "address": settings.LECTERN_ADDRESS + url}
    first_line, _, rest = render_to_string(f"notices/{template}.txt", context).strip().partition("\n")
    # A name that somebody typed may stand in the title: it must fit the column and break no mail header.
    title, text, at = " ".join(first_line.split())[:TITLE_LENGTH], rest.strip(), clock.now()
    Notification.objects.create(person=person, event=event, text=title, url=url, created_at=at)
    OutboxMessage.objects.create(
        recipient=person.email,
        subject=title,
        body_text=text,
        body_html=render_to_string("notices/mail.html", {"title": title, "text": text}),
        created_at=at,
        next_attempt_at=at,
    )


def mark_read(person: Actor, number: int | None = None) -> int:
    """Mark one of the person's own unread notifications as read, or all of them; returns how many there were."""
    unread = Notification.objects.visible_to(person).unread()
    if number is not None:
        unread = unread.filter(pk=number)
    return unread.update(read_at=clock.now())
