"""Events: what happened, in the past tense. Apps declare theirs, publish them, and listen to those of lower storeys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from portal.kernel.access import Actor

Subscriber = Callable[[Any, Actor, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Happening:
    """How an event reads in a timeline, and which keys its audit detail may hold (never data about a participant)."""

    sentence: str
    detail_keys: frozenset[str] = field(default_factory=frozenset)


_happenings: dict[str, Happening] = {}
_subscribers: defaultdict[str, list[Subscriber]] = defaultdict(list)


def declare(happenings: Mapping[Any, Happening]) -> None:
    """Make events known: an event that nobody declared can be neither recorded nor published."""
    for event, happening in happenings.items():
        _happenings[str(event)] = happening


def happening(event: str) -> Happening:
    """What was declared about this event; KeyError if nothing was."""
    return _happenings[str(event)]


def declared_events() -> dict[str, Happening]:
    """Every declared event, for the reference pages and for tests."""
    return dict(_happenings)


def subscribe(event: StrEnum) -> Callable[[Subscriber], Subscriber]:
    """Register a function that runs in the transaction of the one who publishes."""

    def register(subscriber: Subscriber) -> Subscriber:
        if subscriber not in _subscribers[str(event)]:
            _subscribers[str(event)].append(subscriber)
        return subscriber

    return register


def publish(event: str, subject: Any, actor: Actor, detail: Mapping[str, Any] | None = None) -> None:
    """Tell the notice desk and every subscriber, in the caller's transaction."""
    from portal.kernel import notices

    happening(event)
    notices.post(event, subject, actor)
    for subscriber in _subscribers[str(event)]:
        subscriber(subject, actor, detail or {})
