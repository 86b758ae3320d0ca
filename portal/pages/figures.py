"""The library in three numbers, for everybody to see."""

from __future__ import annotations

from ngrl.selectors import public_totals


def library_figures() -> list[tuple[str, str, str]]:
    """(value, label, note) of people, genomes and releases that are open to research today. Seven queries."""
    totals = public_totals()
    return [
        (totals.people, "participants", "who let research read their genome"),
        (totals.genomes, "genomes", "over all releases"),
        (f"{totals.releases:,}", "data releases", "frozen, so that work can be repeated"),
    ]
