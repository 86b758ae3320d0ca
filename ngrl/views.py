"""Public pages of the library: its releases, and what each holds."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from ngrl.browser import release_rows, uses_in
from ngrl.listings import COLUMNS, CONTIGS, PUBLIC_COLUMNS, TABLES, USES, changes_shown, charts, code_lists, numbers_of
from ngrl.models import DictionaryTable, Release
from ngrl.policies import can_prepare_release, can_read_whole_dictionary, can_take_in_decisions
from portal.kernel.listing import table


@require_safe
def release_list(request: HttpRequest) -> HttpResponse:
    """Every release that was ever published, newest first."""
    releases = Release.objects.visible_to(request.user).order_by("-published_at", "-pk")
    context = {
        **numbers_of(list(releases)),
        "prepares": can_prepare_release(request.user, None),
        "takes_in": can_take_in_decisions(request.user, None),
    }
    return render(request, "ngrl/release_list.html", context)


@require_safe
def release_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One release: who is in it by dataset, sex and ancestry, what its data may be used for, where it has variants."""
    releases = Release.objects.visible_to(request.user).select_related("clinical")
    release = get_object_or_404(releases, reference=reference)
    row = release_rows([release])[0]
    context = {
        "release": release,
        "summary": row.summary,
        "charts": charts(row.summary),
        "uses": table("Terms by dataset", USES, uses_in(row)),
        "has_dictionary": hasattr(release, "clinical"),
        "contigs": table("Variants by contig", CONTIGS, row.summary.contigs),
    }
    return render(request, "ngrl/release_detail.html", context)


@require_safe
def release_changes(request: HttpRequest, reference: str) -> HttpResponse:
    """What a release changed against the one before: people, variants and clinical tables."""
    release = get_object_or_404(Release.objects.visible_to(request.user), reference=reference)
    context = {"release": release, **changes_shown(request.user, release)}
    return render(request, "ngrl/release_changes.html", context)


@require_safe
def dictionary(request: HttpRequest, reference: str) -> HttpResponse:
    """The clinical tables of a release, found by their names, words and columns."""
    release = get_object_or_404(Release.objects.visible_to(request.user), reference=reference)
    tables = DictionaryTable.objects.visible_to(request.user).filter(edition__release=release)
    context = {"release": release, "listing": TABLES.page(request, tables.select_related("edition__release"))}
    return render(request, "ngrl/dictionary.html", context)


@require_safe
def dictionary_table(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """One table with its columns; types, units, codes and notes for those who may work with data."""
    release = get_object_or_404(Release.objects.visible_to(request.user), reference=reference)
    tables = DictionaryTable.objects.visible_to(request.user).filter(edition__release=release)
    found = get_object_or_404(tables.select_related("edition__release"), name=name)
    columns, is_whole = list(found.columns.all()), can_read_whole_dictionary(request.user, found)
    context = {
        "release": release,
        "found": found,
        "is_whole": is_whole,
        "why_not": can_read_whole_dictionary.sentence,
        "columns": table("Columns", COLUMNS if is_whole else PUBLIC_COLUMNS, columns),
        "code_lists": code_lists(columns) if is_whole else [],
    }
    return render(request, "ngrl/dictionary_table.html", context)
