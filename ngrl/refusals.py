"""How the library says that a release cannot be loaded: file, line and reason, as many as there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.kernel.refusals import InvalidInput

FAULTS_SHOWN = 20


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. `reason` never holds a value of the file: it could be the name of a sample."""

    file: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line:,}" if self.line else self.file
        return f"{place}: {self.reason}"


class ReleaseRefused(InvalidInput):
    """The files make no release. `faults` has them all; the sentence prints the first twenty, one a line."""

    def __init__(self, *faults: Fault) -> None:
        self.faults: Sequence[Fault] = faults
        lines = [str(fault) for fault in faults[:FAULTS_SHOWN]]
        if len(faults) > FAULTS_SHOWN:
            lines.append(f"and {len(faults) - FAULTS_SHOWN:,} more")
        super().__init__("\n".join(lines))
