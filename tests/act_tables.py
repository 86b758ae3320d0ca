"""Tables of what everybody may do in every state: tried, compared with what a person has read, and written anew.

A cell says "done", "-" (this person may not), "not now" (may, but not in this state or not yet), or nothing where the
state has nothing of the kind.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from accounts.models import User
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused

Rows = dict[tuple[str, str], dict[str, str]]


@dataclass(frozen=True)
class ActTable:
    """One table under tests/expected/: its people by column, and the order of its lines."""

    path: Path
    people: Sequence[str]
    order: Sequence[tuple[str, str]]

    def read(self) -> Rows:
        """The cells by (state, act) and person."""
        with self.path.open(newline="") as stream:
            return {
                (row["state"], row["act"]): {who: row[who] for who in self.people} for row in csv.DictReader(stream)
            }

    def write(self, found: Rows) -> None:
        """Put what was found in the place of what stands there; the other lines stay."""
        rows = {**(self.read() if self.path.exists() else {}), **found}
        with self.path.open("w", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(("state", "act", *self.people))
            writer.writerows((*key, *(rows[key][who] for who in self.people)) for key in self.order if key in rows)


def outcome(act: Callable[[Any, Any], Any], actor: User | AnonymousUser, subject: Any) -> str:
    """Try, tell, and leave everything as it was."""
    actor = User.objects.get(pk=actor.pk) if isinstance(actor, User) else actor
    try:
        with transaction.atomic():
            act(actor, type(subject).objects.get(pk=subject.pk))
            transaction.set_rollback(True)
    except PermissionRefused:
        return "-"
    except (TransitionRefused, InvalidInput):
        return "not now"
    except LookupError:
        return ""
    return "done"


def lines(rows: Rows, only: Iterable[tuple[str, str]]) -> list[str]:
    """The table as lines that a failed test can show, of these (state, act) alone."""
    return [f"{key} {who}: {cell}" for key in only for who, cell in rows[key].items()]
