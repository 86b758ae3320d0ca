"""The search of panels: words to panels, genes and phenotypes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from panelapp import listings
from panelapp.models import Panel, PanelEntity
from panelapp.selectors import GeneSuggestion, resolve_genes, suggest_genes
from panelapp.summaries import asked_for_by, named, speaking_of
from panelapp.views.tabs import section_tabs
from portal.kernel.listing import table

_MOST_FOUND = 50


@dataclass(frozen=True)
class PanelsFound:
    """What a search found: panels, genes, and entities whose phenotypes speak of it."""

    text: str
    panels: Sequence[Panel] = ()
    genes: Sequence[GeneSuggestion] = ()
    entities: Sequence[PanelEntity] = ()
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found at all."""
        return not (self.panels or self.genes or self.entities)

    @property
    def is_capped(self) -> bool:
        """Whether there may be more than is shown."""
        return _MOST_FOUND in (len(self.panels), len(self.entities))


def search(actor: Any, text: str) -> PanelsFound:
    """Panels, genes and phenotypes for what somebody types: a name, a gene, an alias, an HPO term, an R-code."""
    text = text.strip()[:100]
    if not text:
        return PanelsFound("")
    resolved = resolve_genes([text, *sorted(asked_for_by(text)[1])])
    genes = {gene.symbol: GeneSuggestion(gene.symbol, f"{gene.symbol} – {gene.name}") for gene in resolved.genes}
    genes |= {found.value: found for found in suggest_genes(text) if found.value not in genes}
    panels = list(named(Panel.objects.visible_to(actor), text).for_list()[:_MOST_FOUND])
    entities = list(speaking_of(actor, text)[:_MOST_FOUND])
    return PanelsFound(text, panels, list(genes.values()), entities, resolved.notes)


@require_safe
def panel_search(request: HttpRequest) -> HttpResponse:
    """Panels, genes and phenotypes for a name, a gene, an alias, an HPO term or a code of the test directory."""
    found = search(request.user, request.GET.get("q", "").replace("\x00", ""))
    context = {
        "found": found,
        "panels": table("Panels", listings.PANEL_COLUMNS, found.panels),
        "entities": listings.entities_found_table(found.entities),
        "tabs": section_tabs(request.user, "panel-search"),
    }
    return render(request, "panelapp/panel_search.html", context)
