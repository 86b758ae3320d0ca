"""What commands of every app share: who acts when nobody is named, and refusals as one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError

from portal.kernel.access import SystemActor
from portal.kernel.refusals import Refusal

OPERATOR = SystemActor("Operator at the command line")


@contextmanager
def refusals_as_errors() -> Iterator[None]:
    """A refusal ends the command with its sentence."""
    try:
        yield
    except Refusal as refusal:
        raise CommandError(refusal.sentence) from refusal
