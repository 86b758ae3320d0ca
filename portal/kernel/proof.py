"""That whoever does something weighty has proven just now who they are.

Which events carry weight is said where they are declared (`events.weigh`), and `audit.record`, past which no change
gets, asks here. What a proof is, and whom a request belongs to, `accounts` knows. Outside of a request (commands,
workers) nothing is asked: there is nobody to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from portal.kernel.access import Actor

_is_proven: ContextVar[Callable[[], bool] | None] = ContextVar("is_proven", default=None)


class ProofNeeded(Exception):
    """Nothing was changed; the same can be done again after the proof.

    No `Refusal`, so that no form that shows refusals beside its fields swallows it.
    """


@contextmanager
def proving(is_proven: Callable[[], bool]) -> Iterator[None]:
    """While inside, `is_proven` tells whether whoever is behind this request has proven just now who they are."""
    token = _is_proven.set(is_proven)
    try:
        yield
    finally:
        _is_proven.reset(token)


def require_proof(actor: Actor) -> None:
    """Raise ProofNeeded where a person acts through a request without a fresh proof. Parts of Lectern need none."""
    is_proven = _is_proven.get()
    if is_proven is not None and actor.is_authenticated and not is_proven():
        raise ProofNeeded
