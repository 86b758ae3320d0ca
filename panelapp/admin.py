"""Genes in Django's admin: to look at (portal/admin_site.py); `manage.py load_genes` corrects them."""

from __future__ import annotations

from django.contrib import admin

from panelapp.models import Gene, GeneLocation


@admin.register(Gene)
class GeneAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Genes as HGNC names them."""

    list_display = ("symbol", "hgnc_id", "ensembl_id", "name")
    search_fields = ("symbol", "hgnc_id", "ensembl_id")
    ordering = ("symbol",)


@admin.register(GeneLocation)
class GeneLocationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Where genes lie."""

    list_display = ("gene", "assembly", "contig", "start_1based", "end_1based")
    list_filter = ("assembly", "contig")
    list_select_related = ("gene",)
    search_fields = ("gene__symbol",)
    ordering = ("assembly", "contig", "start_1based")
