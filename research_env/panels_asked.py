"""A gene panel in a question: read at a stated version, and written down so that the answer can be repeated.

Everybody in the project reads a query, so it names only panels that the public may see.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser

from ngrl.models import Release
from panelapp.models import Gene, Panel
from panelapp.selectors import PanelAtVersion, locations, panel_at_version
from panelapp.vocabularies import Level
from portal.kernel.refusals import InvalidInput

LEVELS = {"green": Level.GREEN, "amber": Level.AMBER, "red": Level.RED}
LEVEL_WORDS = {"green": "green genes", "amber": "green and amber genes", "red": "green, amber and red genes"}
_FIRST_FEW = 5


def panel_choices() -> list[tuple[str, str]]:
    """Panels that can be named in a question, as (id, "Name, version 2.3"), by name."""
    panels = Panel.objects.published().filter(current__isnull=False).select_related("current").order_by("name", "pk")
    return [(str(panel.pk), f"{panel.name}, version {panel.current.number}") for panel in panels if panel.current]


def read_panel(raw: Mapping[str, Any], release: Release, problems: dict[str, list[str]]) -> dict[str, Any]:
    """The fields of a question about its panel, and `notes`; sentences go to `problems` under the field they are about.

    `raw` has panel (an id, or nothing), panel_version ("" for the current one) and panel_level.
    """
    if not str(raw.get("panel") or ""):
        if raw.get("panel_version"):
            problems["panel"] = ["Choose the panel whose version you named."]
        return {"notes": ()}
    level = str(raw.get("panel_level") or "green")
    if level not in LEVELS:
        problems["panel_level"] = [f"Choose from: {', '.join(LEVELS)}."]
        return {"notes": ()}
    try:
        panel = panel_asked(raw, LEVELS[level])
        genes, notes = _genes_with_places(panel, level, release)
    except InvalidInput as refusal:
        field = {"version": "panel_version"}.get(refusal.field, "panel")
        problems.setdefault(field, []).append(refusal.sentence)
        return {"notes": ()}
    return {
        "panel": panel.panel_id,
        "panel_version": panel.number,
        "panel_level": level,
        "panel_name": panel.name,
        "panel_genes": tuple(gene.hgnc_id for gene in genes),
        "notes": (*notes, *panel.errata),
    }


def panel_asked(raw: Mapping[str, Any], min_level: Level) -> PanelAtVersion:
    """The panel that is named by number and version. Raises InvalidInput under panel or version."""
    number = str(raw["panel"])
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise InvalidInput("Give the panel by its number, such as 12.", field="panel")
    version = str(raw.get("panel_version") or "").strip()
    return panel_at_version(AnonymousUser(), int(number), version, min_level)


def _genes_with_places(panel: PanelAtVersion, level: str, release: Release) -> tuple[list[Gene], list[str]]:
    """The genes that can be read, and a note on those that cannot: a panel is not refused for one gene."""
    known = [each.gene for each in panel.genes if each.gene is not None]
    located = locations(known, release.assembly)
    genes = [gene for gene in known if gene.pk in located]
    if not genes:
        raise InvalidInput(
            f"{panel.sentence} has no {LEVEL_WORDS[level]} with a known place on {release.assembly}.", field="panel"
        )
    found = {gene.hgnc_id for gene in genes}
    missing = [each.symbol for each in panel.genes if each.hgnc_id not in found]
    return genes, [_missing_note(panel, missing, release)] if missing else []


def _missing_note(panel: PanelAtVersion, missing: list[str], release: Release) -> str:
    named = ", ".join(missing[:_FIRST_FEW])
    more = f" and {len(missing) - _FIRST_FEW:,} more" if len(missing) > _FIRST_FEW else ""
    return f"Not read, because no place on {release.assembly} is known, of {panel.sentence}: {named}{more}."
