"""Where rules write what they notice: one finding for each code and place, with the rows and a count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from airlock.checks.findings import MAX_ROWS, Finding, Place, evidence_of
from airlock.checks.identifiers import KnownIdentifiers, Recogniser
from airlock.checks.policy import Policy

NOWHERE = Place()
_MAX_VALUES = 10_000
MAX_FINDINGS = 500


@dataclass
class _Entry:
    rows: list[int] = field(default_factory=list)
    count: int = 0
    values: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Declared:
    """What the author says of the tables: how many people they are about, and how numbers were rounded."""

    people: int = 0
    rounding_base: int = 0
    max_decimals: int = -1


@dataclass
class Notes:
    """The findings of one file while its rules run, and what the rules need to know. Values are hashed on leaving."""

    policy: Policy = field(default_factory=Policy)
    known: tuple[KnownIdentifiers, ...] = ()
    declared: Declared = Declared()
    key: bytes = b"no key"
    _entries: dict[tuple[str, str, int, int], _Entry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.recogniser = Recogniser(self.known, self.policy.id_patterns)

    def add(self, code: str, place: Place = NOWHERE, values: Iterable[str] = (), count: int = 1) -> None:
        """Note something; what has the same code, part, sheet and column is one finding."""
        entry = self._entries.setdefault((code, place.part, place.sheet, place.column), _Entry())
        entry.count += count
        if len(entry.rows) < MAX_ROWS:
            entry.rows.extend(row for row in place.rows if row not in entry.rows)
        if len(entry.values) < _MAX_VALUES:
            entry.values.update(values)

    def has(self, code: str) -> bool:
        """Whether a code was noted anywhere in the file."""
        return any(noted == code for noted, *_ in self._entries)

    def findings(self) -> list[Finding]:
        """All that was noted, in a fixed order; many shapes of identifiers add a finding of their own."""
        found = [
            Finding(code, Place(part, sheet, column, tuple(entry.rows[:MAX_ROWS])), entry.count, self._evidence(entry))
            for (code, part, sheet, column), entry in sorted(self._entries.items())
        ]
        shapes = sum(finding.count for finding in found if finding.code == "id_shape")
        if shapes > self.policy.id_shape_block_above:
            found.append(Finding("id_shape_many", Place(), shapes))
        return found[:MAX_FINDINGS]

    def _evidence(self, entry: _Entry) -> str:
        return evidence_of(self.key, entry.values) if entry.values else ""

    def scan(self, text: str, place: Place) -> None:
        """The rules on identifiers and secrets, for any piece of text."""
        if not text:
            return
        if exact := self.recogniser.exact(text):
            self.add("id_exact", place, [text], exact)
        if shapes := self.recogniser.shapes(text):
            self.add("id_shape", place, [text], shapes)
