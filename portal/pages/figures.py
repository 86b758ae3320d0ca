"""The library in three numbers, for everybody to see."""

from __future__ import annotations

from ngrl.selectors import public_totals


def library_figures() -> list[tuple[str, str, str]]:
    """(value, label, note): people and genomes of the newest germline release, and how many releases are open today."""
    totals = public_totals()
    return [
        (totals.people, "participants", "who let research read their genome"),
        (totals.genomes, "genomes", "in the newest release of germline genomes"),
        (f"{totals.releases:,}", "data releases", "frozen, so that work can be repeated"),
    ]
