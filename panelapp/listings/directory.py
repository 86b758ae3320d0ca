"""The list of the test directory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.urls import reverse

from panelapp.forms import DirectoryFilter
from panelapp.listings import panel_url
from panelapp.models import Indication
from panelapp.summaries import DirectoryTargets
from portal.kernel.listing import Cell, Column, Empty, Listing


def directory_listing(targets: DirectoryTargets) -> Listing:
    """All tests, in the order of their codes."""
    return Listing(
        caption="Test directory",
        noun=("test", "tests"),
        columns=(
            Column("Code", "code", sort="code", order_by=("clinical_number", "code"), is_key=True),
            Column("For", lambda each: Cell(each.name, note=each.test_method), sort="for", order_by=("name",)),
            Column("Panels", lambda each: _panels_cell(each, targets)),
            Column("Genes", lambda each: _genes_cell(each, targets)),
        ),
        default_sort="code",
        filters=DirectoryFilter,
        narrow=_narrowed,
        empty=Empty("No edition is loaded", "Tests appear here when a data manager loads an edition of the directory."),
    )


def _narrowed(tests: Any, chosen: Mapping[str, Any]) -> Any:
    text = chosen.get("text", "")
    return (
        tests.filter(Q(code__istartswith=text) | Q(name__icontains=text) | Q(targets__icontains=text))
        if text
        else tests
    )


def _panels_cell(test: Indication, targets: DirectoryTargets) -> Cell:
    """The panels by name; one that the reader does not see, or that is not loaded, by its number alone."""
    names = [targets.panels.get(number, f"panel {number}") for number in test.panel_numbers]
    known = [number for number in test.panel_numbers if number in targets.panels]
    return Cell("; ".join(names), url=panel_url(known[0]) if len(names) == 1 and known else "")


def _genes_cell(test: Indication, targets: DirectoryTargets) -> Cell:
    names = [targets.genes.get(word, word) for word in test.hgnc_ids]
    known = [word for word in test.hgnc_ids if word in targets.genes]
    only = len(names) == 1 and known
    return Cell(", ".join(names), url=reverse("panels:gene-detail", args=[names[0]]) if only else "")
