"""The library in three numbers, for everybody to see."""

from __future__ import annotations

from ngrl.selectors import public_totals


def library_figures() -> list[tuple[str, str, str]]:
    """(value, label, note) of people and genomes in the newest release, and of releases open to research today."""
    totals = public_totals()
    return [
        (totals.people, "participants", "who let research read their genome"),
        (totals.genomes, "genomes", "in the newest release"),
        (f"{totals.releases:,}", "data releases", "frozen, so that work can be repeated"),
    ]
