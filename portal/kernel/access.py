"""Who acts, and how a rule about who may act is written down, asked and explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from portal.kernel.refusals import PermissionRefused


class Actor(Protocol):
    """Whoever does something: a person who is signed in, nobody in particular, or a part of Lectern itself."""

    @property
    def pk(self) -> Any: ...

    @property
    def is_authenticated(self) -> Any: ...


@dataclass(frozen=True)
class SystemActor:
    """A part of Lectern that acts on its own, such as a worker that finishes a query."""

    display_name: str
    pk: None = None
    is_authenticated: bool = False


WORKER = SystemActor("Query worker")
REAPER = SystemActor("Reaper")


def actor_name(actor: Actor) -> str:
    """How the actor is called in the audit. Somebody who is signed in is never recorded as nobody."""
    return str(getattr(actor, "display_name", "") or (f"Person {actor.pk}" if actor.is_authenticated else "Anonymous"))


@dataclass(frozen=True)
class Policy:
    """A rule: may this actor do this to this object? `sentence` is what a person reads when the answer is no."""

    rule: Callable[[Any, Any], bool]
    sentence: str
    name: str

    def __call__(self, actor: Actor, obj: Any) -> bool:
        return self.rule(actor, obj)


def policy(sentence: str) -> Callable[[Callable[[Any, Any], bool]], Policy]:
    """Turn a predicate `(actor, obj) -> bool` into a Policy that can explain itself."""

    def wrap(rule: Callable[[Any, Any], bool]) -> Policy:
        return Policy(rule=rule, sentence=sentence, name=rule.__name__)

    return wrap


@policy("Only Lectern itself does this.")
def only_system(actor: Actor, obj: Any) -> bool:
    return isinstance(actor, SystemActor)


def require(rule: Policy, actor: Actor, obj: Any) -> None:
    """Raise PermissionRefused with the rule's sentence unless the actor may."""
    if not rule(actor, obj):
        raise PermissionRefused(rule.sentence)
