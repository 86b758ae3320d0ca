"""The notice desk: who is told, in which words, and that a mail says no more than that something happened."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from accounts.models import User
from portal.kernel import events, notices
from portal.kernel.access import WORKER
from portal.kernel.models import Notification, OutboxMessage
from portal.kernel.notices import Notice
from research_env.events import Event
from research_env.models import Query
from tests.personas import World

FOLDER = Path(settings.BASE_DIR) / "templates" / "notices"
DECIDED = {event: notice for event, notice in notices.registered().items() if notice}


@pytest.fixture
def audience(monkeypatch: pytest.MonkeyPatch) -> list[User]:
    """Whoever is in this list is told when a query finishes."""
    told: list[User] = []
    decisions = {
        **notices._notices,
        str(Event.QUERY_FINISHED): Notice(to=lambda query: told, template="query_finished"),
    }
    monkeypatch.setattr(notices, "_notices", decisions)
    return told


def told_of(query: Query) -> list[str]:
    mails = OutboxMessage.objects.filter(subject__contains=query.reference)
    return sorted(mails.values_list("recipient", flat=True))


def test_publish__the_one_who_acted__is_not_told_what_they_did(ada: User, query: Query) -> None:
    events.publish(Event.QUERY_FINISHED, query, ada)
    assert told_of(query) == []


def test_publish__nobody_is_in_the_audience__tells_nobody(query: Query, audience: list[User]) -> None:
    events.publish(Event.QUERY_FINISHED, query, WORKER)
    assert told_of(query) == []


def test_publish__event_that_tells_nobody__tells_nobody(query: Query) -> None:
    events.publish(Event.QUERY_STARTED, query, WORKER)
    assert told_of(query) == []


def test_publish__person_twice_in_the_audience__is_told_once(world: World, query: Query, audience: list[User]) -> None:
    audience += [world.people["ada"], world.people["ben"], User.objects.get(pk=world.people["ada"].pk)]
    events.publish(Event.QUERY_FINISHED, query, WORKER)
    assert told_of(query) == [world.people["ada"].email, world.people["ben"].email]


def test_publish__author__gets_a_line_and_a_mail_that_lead_to_the_page(ada: User, query: Query) -> None:
    events.publish(Event.QUERY_FINISHED, query, WORKER)
    line = Notification.objects.visible_to(ada).unread().get()
    mail = OutboxMessage.objects.get(subject__contains=query.reference)
    assert (line.text, line.url) == (mail.subject, query.get_absolute_url())
    assert settings.LECTERN_ADDRESS + query.get_absolute_url() in mail.body_text
    assert settings.LECTERN_ADDRESS + query.get_absolute_url() in mail.body_html


def test_notifications__of_another_person_or_for_nobody__are_not_visible(world: World, query: Query) -> None:
    events.publish(Event.QUERY_FINISHED, query, WORKER)
    nobody: Any = SimpleNamespace(pk=None, is_authenticated=False)
    assert not Notification.objects.visible_to(world.people["ben"]).unread().exists()
    assert not Notification.objects.visible_to(nobody).exists()


@pytest.mark.parametrize("event", sorted(DECIDED))
def test_every_notice__template_renders_as_plain_text_with_a_subject(event: str, db: None) -> None:
    person = User(display_name="Zoë O'Neil & <Sons>", email="zoe@tests.example")
    subject = SimpleNamespace(reference="QRY-2026-0001", display_name=person.display_name, name="<name>")
    context = {"subject": subject, "person": person, "url": "/x/", "address": "https://lectern.invalid/x/?a=1&b=2"}
    title, _, text = render_to_string(f"notices/{DECIDED[event].template}.txt", context).strip().partition("\n")
    assert title
    assert len(title) <= 120
    assert person.display_name in text, "markup in a plain text: wrap the template in autoescape off"
    assert "&amp;" not in title + text
    assert "{{" not in title + text


def test_every_template__belongs_to_a_notice_or_to_sign_in() -> None:
    used = {notice.template for notice in DECIDED.values()}
    code = [path.read_text(encoding="utf-8") for path in _our_code()]
    loose = [path.stem for path in FOLDER.glob("*.txt") if path.stem not in used]
    assert [name for name in loose if not any(f"notices/{name}.txt" in text for text in code)] == []


def _our_code() -> list[Path]:
    """Every module of an app, those in packages too."""
    root = Path(settings.BASE_DIR)
    return [*root.glob("[a-z]*/*.py"), *root.glob("[a-z]*/*/*.py")]
