"""The pictures of a result with the numbers behind them: a frequency spectrum, and lollipops along a gene or region."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from ngrl.models import Release
from panelapp.models import GeneLocation
from research_env import charts, listings
from research_env.engine import Region, parse_target
from research_env.models import Query
from research_env.questions import Question
from research_env.results import read_table
from research_env.tables import ROW, SEVERITY, StoredRows

_COLUMNS = [
    "contig",
    "position_1based",
    "ref",
    "alt",
    "variant_id",
    "consequence",
    "hgvs_protein",
    "hgvs_coding",
    "carrier_count",
]


def picture_of(query: Query, question: Question, top: int) -> dict[str, Any]:
    """The pictures, their tables, and the variants of strongest effect (or, without effects, the most carriers)."""
    result = query.result
    if not result.variant_count:
        return {"top_table": None}
    rows = StoredRows(result, "variants").order_by(SEVERITY, "-carrier_count", ROW)[0:top]
    place = _place(question, query.release)
    drawn = _lollipops(query, place) if place else {}
    return {
        "top_table": listings.top_table(query, rows),
        "top_count": len(rows),
        "top_is_all": len(rows) == result.variant_count,
        **drawn,
        **_spectrum(query),
    }


def _place(question: Question, release: Release) -> tuple[str, Region] | None:
    """The one stretch of the genome that the question is about, with its name, if it is about one."""
    if len(question.genes) == 1 and not question.targets and question.panel is None:
        places = GeneLocation.objects.filter(assembly=release.assembly, gene__hgnc_id=question.genes[0])
        where = places.select_related("gene").first()
        return (where.gene.symbol, Region(where.contig, where.start_1based, where.end_1based)) if where else None
    if len(question.targets) == 1 and not question.genes and question.panel is None:
        target = parse_target(question.targets[0], release.assembly)
        return (question.targets[0], target) if isinstance(target, Region) else None
    return None


def _lollipops(query: Query, place: tuple[str, Region]) -> dict[str, Any]:
    """Lollipops as long as they can be told apart; beyond that a sentence says where to look instead."""
    name, region = place
    if query.result.variant_count > charts.MOST_LOLLIPOPS:
        many = f"{query.result.variant_count:,} variants along {name} are too many to draw one by one."
        return {"too_many_lollipops": many}
    rows = read_table(query.result, "variants", _COLUMNS).to_pylist()
    addresses = {
        row["variant_id"]: reverse("research_env:query-variant", args=[query.reference, row["variant_id"]])
        for row in rows
    }
    picture = charts.lollipop_picture(rows, region.contig, region.start_1based, region.end_1based)
    return {
        "lollipops": picture,
        "heads": [(head, addresses[head.variant_id]) for head in picture.lollipops],
        "lollipops_caption": f"Variants along {name}: each stalk is a variant, its height the people who carry it",
        "lollipops_table": listings.lollipop_table(query, rows),
    }


def _spectrum(query: Query) -> dict[str, Any]:
    columns = read_table(query.result, "variants", ["population_allele_frequency", "population_allele_count"])
    frequencies = columns["population_allele_frequency"].to_numpy().astype(float)
    bins = charts.spectrum(frequencies, columns["population_allele_count"].to_numpy())
    return {
        "spectrum": charts.spectrum_picture(bins),
        "spectrum_caption": "Variants by how frequent they are among everybody the project can read",
        "spectrum_table": listings.spectrum_table(bins),
    }
