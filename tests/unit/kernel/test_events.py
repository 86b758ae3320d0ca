"""Events are declared once, decided about, and readable."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum

import pytest

from portal.kernel import events, notices
from portal.kernel.events import Happening, declare, declared_events, happening, subscribe


class Event(StrEnum):
    """Events of nobody's."""

    DRAWER_OPENED = "nobody.drawer.opened"


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_happenings", dict(events._happenings))
    monkeypatch.setattr(events, "_subscribers", defaultdict(list))


def test_happening__undeclared_event__is_an_error() -> None:
    with pytest.raises(KeyError):
        happening(Event.DRAWER_OPENED)


def test_subscribe__undeclared_event__is_an_error() -> None:
    with pytest.raises(KeyError):
        subscribe(Event.DRAWER_OPENED)


def test_declare__twice_in_other_words__is_an_error() -> None:
    declare({Event.DRAWER_OPENED: Happening("opened the drawer")})
    with pytest.raises(ValueError, match="declared twice"):
        declare({Event.DRAWER_OPENED: Happening("forced the drawer")})


def test_declare__twice_in_the_same_words__is_nothing_new() -> None:
    for _ in range(2):
        declare({Event.DRAWER_OPENED: Happening("opened the drawer")})
    assert happening(Event.DRAWER_OPENED).sentence == "opened the drawer"


def test_subscribe__twice__listens_once() -> None:
    declare({Event.DRAWER_OPENED: Happening("opened the drawer")})
    heard: list[str] = []

    def listen(subject: object, actor: object, detail: object) -> None:
        heard.append("heard")

    subscribe(Event.DRAWER_OPENED)(listen)
    subscribe(Event.DRAWER_OPENED)(listen)
    assert events._subscribers[Event.DRAWER_OPENED] == [listen]


@pytest.mark.parametrize("event", sorted(declared_events()))
def test_every_event__is_named_app_noun_past_and_reads_as_a_sentence(event: str) -> None:
    assert len(event.split(".")) == 3
    sentence = declared_events()[event].sentence
    assert sentence
    assert not sentence.endswith(".")
    assert sentence[0].islower()


@pytest.mark.parametrize("event", sorted(declared_events()))
def test_every_event__has_a_notice_decision(event: str) -> None:
    assert event in notices.registered(), f"say in notices.py who is told of {event}, or None"


def test_every_notice_decision__is_about_a_declared_event() -> None:
    assert set(notices.registered()) <= set(declared_events())


@pytest.mark.parametrize("event", sorted(event for event, notice in notices.registered().items() if notice))
def test_every_audience__says_who_it_is(event: str) -> None:
    """docs/reference/events.md prints the docstring."""
    notice = notices.registered()[event]
    assert notice is not None
    assert notice.to.__doc__, f"the audience of {event} needs a name and a docstring"
