"""The notice desk: which event tells whom. A line in the portal and a mail in the outbox, in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from portal.kernel import outbox
from portal.kernel.access import Actor
from portal.kernel.models import Notification


@dataclass(frozen=True)
class Notice:
    """Who is told (`to`, given the subject) and with which template under templates/notices/.

    The template's .txt holds the subject on its first line and the text below; it names references and states,
    never data. Whoever did it is not told, unless somebody else may have done it in their name (`also_to_actor`).
    """

    to: Callable[[Any], Iterable[Any]]
    template: str
    also_to_actor: bool = False


_notices: dict[str, Notice | None] = {}


def register(notices: Mapping[Any, Notice | None]) -> None:
    """Decide about events; None says out loud that nobody is told."""
    for event, notice in notices.items():
        _notices[str(event)] = notice


def registered() -> dict[str, Notice | None]:
    """Every decision, for tests and reference pages."""
    return dict(_notices)


def post(event: str, subject: Any, actor: Actor) -> None:
    """Write the notifications and the mails of one event: once to each, and as a rule not to the one who did it."""
    notice = _notices.get(str(event))
    if notice is None:
        return
    audience = {person.pk: person for person in notice.to(subject) if notice.also_to_actor or person.pk != actor.pk}
    url = subject.get_absolute_url() if audience else ""
    for person in audience.values():
        _post_to(person, str(event), notice.template, subject, url)


def _post_to(person: Any, event: str, template: str, subject: Any, url: str) -> None:
    context = {"subject": subject, "person": person, "url": url, "address": settings.LECTERN_ADDRESS + url}
    first_line, _, rest = render_to_string(f"notices/{template}.txt", context).strip().partition("\n")
    mail = outbox.enqueue(recipient=person.email, subject=first_line, text=rest.strip())
    Notification.objects.create(person=person, event=event, text=mail.subject, url=url, created_at=mail.created_at)
