"""Status changes as data. A table says who may move what from where to where; `perform` is the only one who moves it.

`perform` locks the row, asks the policy, the source state and the guards, writes the status, records the audit event
and publishes it: all in one transaction. Pages print `available` as buttons and `refusal` as a sentence; the API
answers with the same sentence; `manage.py reference_docs` prints the table as a diagram and as a permission matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from portal.kernel import audit, events
from portal.kernel.access import Actor, Policy
from portal.kernel.refusals import InvalidInput, PermissionRefused, TransitionRefused

# A guard is read as a fact: it returns None when the fact holds and a sentence when it does not.
Guard = Callable[[Any], str | None]


@dataclass(frozen=True)
class Transition:
    """One row of a workflow's table. `action` is an imperative verb; `label` is what its button says."""

    action: str
    label: str
    sources: frozenset[str]
    target: str
    allowed: Policy
    event: str
    guards: tuple[Guard, ...] = ()
    reason_required: bool = False
    danger: bool = False


@dataclass(frozen=True)
class Workflow:
    """Every way in which one status field of one model may change."""

    model: type[models.Model]
    name: str
    initial: str
    transitions: tuple[Transition, ...]
    field: str = "status"

    def transition(self, action: str) -> Transition:
        """The row for this action; KeyError for an action that does not exist."""
        for row in self.transitions:
            if row.action == action:
                return row
        raise KeyError(action)

    def refusal(self, obj: Any, action: str, actor: Actor) -> str | None:
        """Why the actor cannot do this now, as a sentence, or None if nothing stands in the way."""
        row = self.transition(action)
        if not row.allowed(actor, obj):
            return row.allowed.sentence
        return self._wrong_state(row, obj)

    def available(self, obj: Any, actor: Actor) -> list[Transition]:
        """The actions that the actor can take now, in the order of the table; the cheap question comes first."""
        possible = [row for row in self.transitions if getattr(obj, self.field) in row.sources]
        return [row for row in possible if self.refusal(obj, row.action, actor) is None]

    @transaction.atomic
    def perform(
        self,
        obj: Any,
        action: str,
        actor: Actor,
        *,
        reason: str = "",
        detail: Mapping[str, Any] | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> Any:
        """Move the object and return its locked, fresh row.

        `changes` are further fields written in the same statement, never the status. Raises PermissionRefused,
        TransitionRefused, or InvalidInput when a reason is missing; nothing is changed then.
        """
        row = self.transition(action)
        # No key: rows that refer to this one can still be committed by others while it is being moved.
        fresh = self.model._base_manager.select_for_update(of=("self",), no_key=True).filter(pk=obj.pk).first()
        if fresh is None:
            raise TransitionRefused(f"This {self.name} is not there any more.")
        if not row.allowed(actor, fresh):
            raise PermissionRefused(row.allowed.sentence)
        if sentence := self._wrong_state(row, fresh):
            raise TransitionRefused(sentence)
        if row.reason_required and not reason.strip():
            raise InvalidInput("Give a reason.", field="reason")
        before = getattr(fresh, self.field)
        values = {**(changes or {}), self.field: row.target}
        for name, value in values.items():
            setattr(fresh, name, value)
        fresh.save(update_fields=list(values))
        audit.record(row.event, fresh, actor, before=before, after=row.target, reason=reason, detail=detail)
        events.publish(row.event, fresh, actor, detail)
        return fresh

    def _wrong_state(self, row: Transition, obj: Any) -> str | None:
        state = getattr(obj, self.field)
        if state not in row.sources:
            needed = in_words(sorted(row.sources))
            return f"This {self.name} is {in_words([state])}; this can be done only while it is {needed}."
        return next((sentence for guard in row.guards if (sentence := guard(obj))), None)

    def as_mermaid(self) -> str:
        """The table as a mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [f"    {s} --> {row.target}: {row.action}" for row in self.transitions for s in sorted(row.sources)]
        return "\n".join(lines)


def in_words(states: Sequence[str]) -> str:
    """States as a sentence has them: "queued, running or on hold"."""
    words = [str(state).replace("_", " ") for state in states]
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
