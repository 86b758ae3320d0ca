"""What an ACRO session leaves in its folder, made in code in the form that acro 1.0 writes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

TABLE = b"region,participants\nNorth,140\nSouth,60\nEast,90\n"
NAME = "output_0_0.csv"


def result(name: str = NAME, status: str = "pass", **sdc: Any) -> dict[str, Any]:
    """One result of a session, with one file."""
    return {
        "uid": "output_0",
        "status": status,
        "type": "table",
        "properties": {"method": "crosstab", "mitigation": "none"},
        "files": [{"name": name, "sdc": sdc}],
        "outcome": {},
        "command": "acro.crosstab(df.region, df.n)",
        "summary": f"{status}; ",
        "timestamp": "2026-03-02T10:00:00",
        "comments": [],
        "exception": "",
    }


def record(*results: dict[str, Any], version: str = "1.0.2") -> bytes:
    """A results.json."""
    listed = {f"output_{at}": each for at, each in enumerate(results)}
    return json.dumps({"version": version, "tool": "acro", "results": listed}, indent=1).encode()


def flagged(*cells: tuple[int, int]) -> dict[str, Any]:
    """A result that ACRO failed, with the cells of the table's body that it marks (from 0)."""
    check = "MinimumThresholdCheck"
    return result(status="fail", summary={check: len(cells)}, cells={check: [list(cell) for cell in cells]})


def config(threshold: int = 10) -> bytes:
    """A config.json."""
    return json.dumps({"safe_threshold": threshold, "safe_dof_threshold": 10}).encode()


def checksum(data: bytes) -> bytes:
    """The file of a checksum."""
    return hashlib.sha256(data).hexdigest().encode()
