"""Genes, repeats and regions: of one panel, of all panels, and what reviewers think of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.db.models import Q
from django.http import HttpResponse
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from panelapp.api.base import PanelsView, find_panel, numbered_page, words
from panelapp.api.documents import ENTITY_EXAMPLE, EVALUATION_EXAMPLE, EntitySerializer, EvaluationSerializer, described
from panelapp.api.documents import PARAMETERS as P
from panelapp.api.panels import entities_of, find_version
from panelapp.models import Panel, PanelEntity, Review
from panelapp.versions import LISTS, encode, instant, name_key, with_panel

_HGNC_ID = re.compile(r"HGNC:\d+", re.IGNORECASE)
_LEVELS = {"0", "1", "2", "3"}


def named(names: Iterable[str]) -> Q:
    """Entities of these names, or of the genes with these HGNC ids."""
    asked = list(names)
    ids = [name.upper() for name in asked if _HGNC_ID.fullmatch(name)]
    return Q(name__in=asked) | Q(gene__hgnc_id__in=ids)


def levels_asked(request: Request) -> list[int]:
    """The levels of `confidence_level`; green takes the old level 4 with it. 400 for what is no level."""
    asked = words(request, "confidence_level")
    if wrong := [each for each in asked if each not in _LEVELS]:
        said = f"Select a valid choice. {wrong[0][:20]} is not one of the available choices."
        raise ValidationError({"confidence_level": [said]})
    return [int(each) for each in asked] + ([4] if "3" in asked else [])


class PanelEntities(PanelsView):
    """What of one kind is on a panel."""

    kind: ClassVar[str]

    def page(self, request: Request, key: str) -> HttpResponse:
        """One page, each with the panel it stands on; those of a super panel with the child panel."""
        panel = find_panel(request, key)
        levels = levels_asked(request)
        if "version" in request.query_params:
            return self._past(request, panel, levels)
        panels = list(panel.children.values_list("pk", flat=True)) if panel.is_super else [panel.pk]
        rows = PanelEntity.objects.filter(panel__in=panels, kind=self.kind).published()
        if names := words(request, "entity_name"):
            rows = rows.filter(named(names))
        if tags := words(request, "tags"):
            rows = rows.filter(tags__overlap=tags)
        if levels:
            rows = rows.filter(level__in=levels)
        return entity_page(request, rows)

    def _past(self, request: Request, panel: Panel, levels: list[int]) -> HttpResponse:
        version = find_version(request, panel, request.query_params["version"])
        names, tags = words(request, "entity_name"), set(words(request, "tags"))
        asked = {str(level) for level in levels}
        rows = [
            each
            for each in entities_of(version)[LISTS[self.kind]]
            if (not asked or each["confidence_level"] in asked)
            and (not names or _is_named(each, names))
            and (not tags or tags & set(each["tags"]))
        ]
        rows.sort(key=lambda each: name_key(each["entity_name"]))
        return numbered_page(
            request, len(rows), lambda start, stop: [_with_head(each, version.head) for each in rows[start:stop]]
        )


class PanelGenes(PanelEntities):
    """Genes on a panel."""

    kind = "gene"

    @described(
        "panels_genes",
        "List the genes on a panel",
        "Genes on one panel in the order of names, 100 to a page, each with the panel under `panel`.",
        EntitySerializer,
        ENTITY_EXAMPLE,
        parameters=[P.panel, P.entity_name, P.confidence_level, P.tags, P.version, P.page],
        form="page",
    )
    def get(self, request: Request, key: str) -> HttpResponse:
        """One page."""
        return self.page(request, key)


class PanelStrs(PanelEntities):
    """Short tandem repeats on a panel."""

    kind = "str"

    @described(
        "panels_strs",
        "List the short tandem repeats on a panel",
        "Repeats on one panel, as its genes.",
        EntitySerializer,
        {**ENTITY_EXAMPLE, "entity_type": "str", "entity_name": "GENB_CAG"},
        parameters=[P.panel, P.entity_name, P.confidence_level, P.tags, P.version, P.page],
        form="page",
    )
    def get(self, request: Request, key: str) -> HttpResponse:
        """One page."""
        return self.page(request, key)


class PanelRegions(PanelEntities):
    """Regions on a panel."""

    kind = "region"

    @described(
        "panels_regions",
        "List the regions on a panel",
        "Regions on one panel, as its genes.",
        EntitySerializer,
        {**ENTITY_EXAMPLE, "entity_type": "region", "entity_name": "ISCA-00000-Loss", "gene_data": None},
        parameters=[P.panel, P.entity_name, P.confidence_level, P.tags, P.version, P.page],
        form="page",
    )
    def get(self, request: Request, key: str) -> HttpResponse:
        """One page."""
        return self.page(request, key)


class AllEntities(PanelsView):
    """What of one kind, or of all, is on public panels."""

    kinds: ClassVar[tuple[str, ...]] = tuple(LISTS)

    def page(self, request: Request, names: str = "") -> HttpResponse:
        """One page; names that nobody knows give an empty one."""
        rows = PanelEntity.objects.filter(kind__in=self.kinds, panel__in=Panel.objects.published()).published()
        asked = [name.strip() for name in names.replace("\0", "").split(",") if name.strip()]
        for some in (asked, words(request, "entity_name")):
            if some:
                rows = rows.filter(named(some))
        if tags := words(request, "tags"):
            rows = rows.filter(tags__overlap=tags)
        if slugs := words(request, "type"):
            rows = rows.filter(panel__in=Panel.objects.filter(types__slug__in=slugs))
        if panels := words(request, "panel_name"):
            rows = rows.filter(panel__name__in=panels)
        return entity_page(request, rows)


_LIST_PARAMETERS = [P.entity_name, P.tags, P.type, P.panel_name, P.page]


def _lists(kind: str, plural: str, words_of: str) -> tuple[type[AllEntities], type[AllEntities]]:
    """The two addresses of a kind: all of them, and those of some names."""

    class Collection(AllEntities):
        @described(
            f"{plural}_list",
            f"List {words_of} on all panels",
            f"Each of the {words_of} on a public panel, in the order of names, with its panel.",
            EntitySerializer,
            ENTITY_EXAMPLE,
            parameters=_LIST_PARAMETERS,
            form="page",
        )
        def get(self, request: Request) -> HttpResponse:
            """One page."""
            return self.page(request)

    class Named(AllEntities):
        @described(
            f"{plural}_read",
            f"Find {words_of} by name",
            "The same list with these names or HGNC ids alone. Names that nobody knows give an empty page.",
            EntitySerializer,
            ENTITY_EXAMPLE,
            parameters=[P.names, *_LIST_PARAMETERS],
            form="page",
        )
        def get(self, request: Request, names: str) -> HttpResponse:
            """One page."""
            return self.page(request, names)

    for view in (Collection, Named):
        view.kinds = (kind,) if kind else tuple(LISTS)
        view.__doc__ = f"{words_of.capitalize()} on all panels."
    return Collection, Named


GeneCollection, GenesNamed = _lists("gene", "genes", "genes")
StrCollection, StrsNamed = _lists("str", "strs", "short tandem repeats")
RegionCollection, RegionsNamed = _lists("region", "regions", "regions")
EntityCollection, EntitiesNamed = _lists("", "entities", "entities")


class Evaluations(PanelsView):
    """What reviewers think of one entity."""

    kind: ClassVar[str]

    def page(self, request: Request, key: str, name: str) -> HttpResponse:
        """One page, without the authors' names unless their comments are asked for."""
        if "version" in request.query_params:
            raise ValidationError({"error": "Endpoint doesnt support version parameter"})
        panel = find_panel(request, key)
        panels = panel.children.all() if panel.is_super else [panel]
        entities = PanelEntity.objects.filter(panel__in=panels, kind=self.kind).published().filter(named([name]))
        rows = Review.objects.filter(entity__in=entities).order_by("-created_at", "-pk")
        with_comments = request.query_params.get("include_comments", "").lower() == "true"
        if with_comments:
            rows = rows.prefetch_related("comments__author")
        return numbered_page(
            request,
            rows.count(),
            lambda start, stop: [_evaluation(each, with_comments=with_comments) for each in rows[start:stop]],
        )


def _evaluations(kind: str, plural: str, words_of: str) -> type[Evaluations]:
    class OfKind(Evaluations):
        @described(
            f"panels_{plural}_evaluations",
            f"List the reviews of one of the {words_of}",
            "What reviewers wrote about it, the newest first. A review never changes the colour by itself.",
            EvaluationSerializer,
            EVALUATION_EXAMPLE,
            parameters=[P.panel, P.entity_name_in_path, P.comments, P.page],
            form="page",
        )
        def get(self, request: Request, key: str, name: str) -> HttpResponse:
            """One page."""
            return self.page(request, key, name)

    OfKind.kind = kind
    OfKind.__doc__ = f"Reviews of {words_of}."
    return OfKind


GeneEvaluations = _evaluations("gene", "genes", "genes")
StrEvaluations = _evaluations("str", "strs", "short tandem repeats")
RegionEvaluations = _evaluations("region", "regions", "regions")


def entity_page(request: Request, rows: Any) -> HttpResponse:
    """One page of entities with their panels, in the order of names."""
    wires = rows.order_by("name", "panel", "pk").values_list("wire", "panel__current__head")
    return numbered_page(
        request, rows.count(), lambda start, stop: [with_panel(*each) for each in wires[start:stop] if each[1]]
    )


def _with_head(entity: Mapping[str, Any], head: str) -> str:
    return encode(entity) if "panel" in entity else with_panel(encode(entity), head)


def _is_named(entity: Mapping[str, Any], names: list[str]) -> bool:
    hgnc_id = (entity.get("gene_data") or {}).get("hgnc_id") or ""
    return entity["entity_name"] in names or hgnc_id in [name.upper() for name in names]


def _evaluation(review: Review, *, with_comments: bool) -> str:
    said: dict[str, Any] = {
        "created": instant(review.created_at),
        "rating": review.rating,
        "mode_of_pathogenicity": review.mode_of_pathogenicity,
        "publications": review.publications,
        "phenotypes": review.phenotypes,
        "moi": review.mode_of_inheritance,
        "current_diagnostic": review.current_diagnostic,
        "clinically_relevant": review.clinically_relevant,
    }
    if with_comments:
        said["comments"] = [
            {
                "comment": each.text,
                "user_name": each.author.display_name,
                "created": instant(each.created_at),
            }
            for each in review.comments.all()
        ]
    return encode(said)
