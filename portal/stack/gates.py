"""The static gates of `./test`: each a command that must succeed, with what to do when it does not."""

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.stack.children import Child, ChildSpec
from portal.stack.processes import CHECKOUT


@dataclass(frozen=True)
class Gate:
    """A named command. `env` is added to the environment."""

    name: str
    command: tuple[str, ...]
    remedy: str
    env: Mapping[str, str]


@dataclass(frozen=True)
class Outcome:
    """How a gate ended."""

    gate: Gate
    passed: bool
    seconds: float
    output: str

    def __str__(self) -> str:
        verdict = "ok    " if self.passed else "FAILED"
        text = f"{verdict} {self.gate.name} ({self.seconds:.1f} s)"
        return text if self.passed else f"{text}\n{self.output.rstrip()}\n       What to do: {self.gate.remedy}"


def spec_of(gate: Gate, log: Path) -> ChildSpec:
    """How to run a gate."""
    return ChildSpec(gate.name, gate.command, log, CHECKOUT, dict(os.environ) | dict(gate.env))


def outcome_of(gate: Gate, child: Child) -> Outcome:
    """How a gate's process, which has ended, went."""
    return Outcome(gate, child.exit_code == 0, time.monotonic() - child.started_at, child.output())


def slow_gates(caches: Path) -> tuple[Gate, ...]:
    """Gates that take a core for a while; they run beside the others."""
    return (
        Gate(
            "types (mypy --strict)",
            (_tool("mypy"), "--cache-dir", str(caches / "mypy")),
            "mend the types; a `type: ignore` needs its code and a reason.",
            {},
        ),
    )


def quick_gates(caches: Path, test_env: Mapping[str, str], production_env: Mapping[str, str]) -> tuple[Gate, ...]:
    """Gates that take seconds, in the order in which they are shown."""
    ruff, manage = _tool("ruff"), (sys.executable, "-W", "error", str(CHECKOUT / "manage.py"))
    cache = ("--cache-dir", str(caches / "ruff"))
    return (
        Gate("style (ruff check)", (ruff, "check", *cache, "."), "run .venv/bin/ruff check --fix .", {}),
        Gate("layout (ruff format)", (ruff, "format", "--check", *cache, "."), "run .venv/bin/ruff format .", {}),
        Gate(
            "storeys and rooms (lint-imports)",
            (_tool("lint-imports"), "--cache-dir", str(caches / "imports")),
            "import downwards only; ARCHITECTURE.md has the order.",
            {},
        ),
        Gate(
            "migrations are complete",
            (*manage, "makemigrations", "--check", "--dry-run"),
            "run manage.py makemigrations and commit the file.",
            test_env,
        ),
        Gate(
            "production settings (check --deploy)",
            (*manage, "check", "--deploy", "--fail-level", "WARNING"),
            "mend portal/settings/production.py.",
            production_env,
        ),
    )


def _tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)
