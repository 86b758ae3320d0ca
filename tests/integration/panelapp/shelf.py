"""The demo's panels over invented genes, for the tests of pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from panelapp.demo import seed_panels
from panelapp.models import Gene, GeneName, Panel
from tests.integration.research_env import pages

SYMBOLS = ("CFTR", "TYK2", "IFNAR2", "TLR7", "SCN1A", "PAH", "BRCA1", "TP53")


@dataclass(frozen=True)
class Shelf:
    """The demo's panels by what they are for."""

    panel: Panel
    other: Panel
    super_panel: Panel
    internal: Panel
    gone: Panel


def fill_shelf() -> Shelf:
    """Make a few genes and the demo's panels over them."""
    for number, symbol in enumerate(SYMBOLS, start=900_001):
        gene = Gene.objects.create(hgnc_id=f"HGNC:{number}", symbol=symbol, name=f"invented name of {symbol}")
        GeneName.objects.create(gene=gene, name=symbol, kind="symbol")
        GeneName.objects.create(gene=gene, name=f"OLD{symbol}", kind="previous")
    seed_panels()
    return Shelf(
        Panel.objects.get(name__contains="frequent lung infection"),
        Panel.objects.get(name__contains="several relatives"),
        Panel.objects.get(is_super=True),
        Panel.objects.get(status="internal"),
        Panel.objects.get(status="deleted"),
    )


def text_of(answer: Any) -> str:
    """What stands on an answered page, whichever client asked."""
    return pages.text_of(answer)


def body_of(answer: Any) -> str:
    """An answered page as it was sent."""
    return pages.body_of(answer)
