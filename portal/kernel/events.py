"""Events: what happened, in the past tense. Apps declare theirs, publish them, and listen to those of lower storeys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.transaction import TransactionManagementError

from portal.kernel.access import Actor

Subscriber = Callable[[Any, Actor, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Happening:
    """How an event reads in a timeline, and which keys its audit detail may hold (never data about a participant)."""

    sentence: str
    detail_keys: frozenset[str] = field(default_factory=frozenset)


_happenings: dict[str, Happening] = {}
_weighty: set[str] = set()
_subscribers: defaultdict[str, list[Subscriber]] = defaultdict(list)


def declare(happenings: Mapping[Any, Happening]) -> None:
    """Make events known: an event that nobody declared can be neither recorded nor published.

    Raises ValueError when an event was already declared with other words, so that no app takes another's event.
    """
    for event, happening in happenings.items():
        if _happenings.setdefault(str(event), happening) != happening:
            raise ValueError(f"{event} is declared twice, in different words")


def weigh(*events: StrEnum) -> None:
    """Say which events carry weight: signatures, votes, decisions, grants, releases. Whoever brings one about is asked
    to prove anew who they are (`portal.kernel.proof`). KeyError for an undeclared event."""
    for event in events:
        happening(event)
        _weighty.add(str(event))


def is_weighty(event: str) -> bool:
    """Whether this event carries weight."""
    return str(event) in _weighty


def happening(event: str) -> Happening:
    """What was declared about this event; KeyError if nothing was."""
    return _happenings[str(event)]


def declared_events() -> dict[str, Happening]:
    """Every declared event, for the reference pages and for tests."""
    return dict(_happenings)


def subscribe(event: StrEnum) -> Callable[[Subscriber], Subscriber]:
    """Register a function that runs in the transaction of the one who publishes. KeyError for an undeclared event."""
    happening(event)

    def register(subscriber: Subscriber) -> Subscriber:
        if subscriber not in _subscribers[str(event)]:
            _subscribers[str(event)].append(subscriber)
        return subscriber

    return register


def publish(event: str, subject: Any, actor: Actor, detail: Mapping[str, Any] | None = None) -> None:
    """Tell the notice desk and every subscriber in the caller's transaction; one that raises undoes all of it."""
    from portal.kernel import notices  # here: it needs the models, and apps declare events before models are ready

    happening(event)
    require_transaction(f"publishing {event}")
    notices.post(event, subject, actor)
    for subscriber in _subscribers.get(str(event), ()):
        subscriber(subject, actor, detail or {})


def require_transaction(deed: str) -> None:
    """Refuse to write a record that could stand without the write it speaks of, or the other way round."""
    if not connection.in_atomic_block:
        raise TransactionManagementError(f"{deed} needs a transaction: put @transaction.atomic on the service.")
