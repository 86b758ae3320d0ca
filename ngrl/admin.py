"""The library in Django's admin: to look at. portal/admin_site.py makes it read-only; people are not in it."""

from __future__ import annotations

from django.contrib import admin

from ngrl.models import Chunk, Dataset, Release


@admin.register(Dataset)
class DatasetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Datasets and their thresholds."""

    list_display = ("name", "slug", "disclosure_threshold")
    ordering = ("name",)


@admin.register(Release)
class ReleaseAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Releases, with where they stand."""

    list_display = ("reference", "name", "assembly", "callset", "status", "loaded_at", "published_at", "withdrawn_at")
    list_filter = ("status", "assembly", "callset")
    search_fields = ("reference", "name")
    ordering = ("-loaded_at",)


@admin.register(Chunk)
class ChunkAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Files of releases, with where they lie."""

    list_display = ("release", "position", "contig", "start_1based", "end_1based", "record_count", "annotation")
    list_filter = ("release",)
    list_select_related = ("release",)
    ordering = ("release", "position")
