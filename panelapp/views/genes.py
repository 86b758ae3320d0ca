"""Genes: suggestions while somebody types, and one gene with every panel that holds it."""

from __future__ import annotations

from dataclasses import asdict

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from panelapp import listings, summaries
from panelapp.models import Gene, GeneName
from panelapp.selectors import resolve_genes, suggest_genes
from panelapp.views.tabs import section_tabs

_MOST_EVENTS = 100


@require_safe
def gene_suggest(request: HttpRequest) -> JsonResponse:
    """Genes whose names start with `q`, for a field that completes what is typed."""
    found = suggest_genes(request.GET.get("q", "").replace("\x00", ""))
    return JsonResponse({"results": [asdict(suggestion) for suggestion in found]})


@require_safe
def gene_detail(request: HttpRequest, symbol: str) -> HttpResponse:
    """Every panel with a gene, and when it got which rating. Old symbols and ids lead to the present symbol."""
    genes = resolve_genes([symbol.replace("\x00", "")]).genes
    if not genes:
        raise Http404("We know no gene by this name.")
    gene = genes[0]
    if gene.symbol != symbol:
        return redirect("panels:gene-detail", gene.symbol, permanent=True)
    happened = list(summaries.events_of_gene(request.user, gene)[:_MOST_EVENTS])
    places = list(summaries.panels_with(request.user, gene))
    context = {
        "gene": gene,
        "facts": _facts(gene),
        "tabs": section_tabs(request.user, ""),
        "places": listings.places_table(places, gene.symbol),
        "place_count": len(places),
        "green_count": sum(each.level >= 3 for each in places),
        "history": listings.gene_history_table(happened, gene.symbol),
        "has_history": bool(happened),
    }
    return render(request, "panelapp/gene_detail.html", context)


def _facts(gene: Gene) -> list[tuple[str, str]]:
    names = list(gene.names.order_by("name"))
    facts = [
        ("HGNC id", gene.hgnc_id),
        ("Ensembl id", gene.ensembl_id),
        ("Aliases", ", ".join(name.name for name in names if name.kind == GeneName.Kind.ALIAS)),
        ("Earlier symbols", ", ".join(name.name for name in names if name.kind == GeneName.Kind.PREVIOUS)),
        *((place.assembly, str(place)) for place in gene.locations.order_by("-assembly")),
    ]
    return [fact for fact in facts if fact[1]]
