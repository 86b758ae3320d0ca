"""What happens to genes and panels."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.events import Happening, declare


class Event(StrEnum):
    """Events of this app."""

    GENES_LOADED = "panelapp.genes.loaded"


declare({Event.GENES_LOADED: Happening("loaded the table of genes", frozenset({"added", "changed"}))})
