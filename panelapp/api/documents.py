"""How the OpenAPI document describes panels: serializers, parameters and examples. Nothing is serialised with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from portal.kernel.api import Instant

Text, Whole, Listed = serializers.CharField, serializers.IntegerField, serializers.ListField
JSON = "application/json"


class RefusalSerializer(serializers.Serializer[Any]):
    """A no, as clients of PanelApp know it."""

    detail = Text(help_text="What happened, as a sentence.")


class PanelTypeSerializer(serializers.Serializer[Any]):
    """A kind of panel."""

    name = Text(help_text="What people call it.")
    slug = Text(help_text="What programs call it, for the parameter `type`.")
    description = Text(help_text="What it means.")


class PanelStatsSerializer(serializers.Serializer[Any]):
    """How much is on a panel."""

    number_of_genes = Whole(help_text="Genes.")
    number_of_strs = Whole(help_text="Short tandem repeats.")
    number_of_regions = Whole(help_text="Regions.")


class PanelSerializer(serializers.Serializer[Any]):
    """A panel without what is on it."""

    id = Whole(help_text="Permanent number; never given to another panel.")
    hash_id = Text(allow_null=True, help_text="Older id, of panels made before 2018.")
    name = Text(help_text="What people call it.")
    disease_group = Text(help_text="Group of diseases; may be empty.")
    disease_sub_group = Text(help_text="Sub-group of diseases; may be empty.")
    description = Text(help_text="What it is for.")
    status = Text(help_text="`public`, `promoted` or `retired`.")
    version = Text(help_text="Major and minor number with a point between them. Below 1.0 it is not for clinical use.")
    version_created = Instant(help_text="When this version was made, in UTC with microseconds.")
    relevant_disorders = Listed(child=Text(), help_text="Names of disorders, test directory codes, HPO terms.")
    stats = PanelStatsSerializer(help_text="How much is on it.")
    types = PanelTypeSerializer(many=True, help_text="Its kinds.")
    child_panel_ids = Listed(child=Whole(), help_text="For a super panel, the panels that it shows.")
    signed_off = Text(
        allow_null=True, required=False, help_text="Day of the sign-off; where a version of the past is asked for."
    )


class EntitySerializer(serializers.Serializer[Any]):
    """A gene, STR or region on a panel. STRs and regions have places and details of their own beside these fields."""

    gene_data = serializers.DictField(
        allow_null=True, help_text="The gene as it was known at that version: symbols, `hgnc_id`, OMIM, Ensembl ids."
    )
    entity_type = Text(help_text="`gene`, `str` or `region`.")
    entity_name = Text(help_text="Its name on the panel.")
    confidence_level = Text(help_text="`3` green, `2` amber, `1` red, `0` no list; a text.")
    penetrance = Text(allow_null=True, help_text="Complete, Incomplete or unknown.")
    mode_of_pathogenicity = Text(allow_null=True, required=False, help_text="An exception to loss of function.")
    publications = Listed(child=Text(), help_text="What supports it.")
    evidence = Listed(child=Text(), help_text="Names of its sources.")
    phenotypes = Listed(child=Text(), help_text="Diseases it causes.")
    mode_of_inheritance = Text(allow_null=True, help_text="One of twelve modes, spelt out.")
    tags = Listed(child=Text(), help_text="Words of the curators.")
    transcript = Listed(child=Text(), allow_null=True, required=False, help_text="Transcripts of a gene.")
    panel = PanelSerializer(required=False, help_text="The panel it stands on; not inside that panel itself.")


class PanelDetailSerializer(PanelSerializer):
    """A panel with everything on it."""

    genes = EntitySerializer(many=True, help_text="Genes, the greenest first.")
    strs = EntitySerializer(many=True, help_text="Short tandem repeats.")
    regions = EntitySerializer(many=True, help_text="Regions.")


class EvaluationSerializer(serializers.Serializer[Any]):
    """A review of an entity, without its author's name."""

    created = Instant(help_text="When it was written.")
    rating = Text(help_text="GREEN, AMBER, RED, or empty.")
    mode_of_pathogenicity = Text(help_text="As the reviewer sees it.")
    publications = Listed(child=Text(), help_text="What the reviewer cites.")
    phenotypes = Listed(child=Text(), help_text="Diseases, as the reviewer sees it.")
    moi = Text(help_text="Mode of inheritance, as the reviewer sees it.")
    current_diagnostic = serializers.BooleanField(help_text="Whether the reviewer's laboratory reports it.")
    clinically_relevant = serializers.BooleanField(allow_null=True, help_text="For repeats: relevant in the clinic.")


class ActivitySerializer(serializers.Serializer[Any]):
    """One line of the activity log."""

    created = Instant(help_text="When it happened.")
    panel_name = Text(help_text="The panel.")
    panel_id = Whole(help_text="Its number.")
    panel_version = Text(help_text="Its version then.")
    user_name = Text(help_text="Who did it.")
    item_type = Text(help_text="`panel` or `entity`.")
    text = Text(help_text="What happened, in words. Programs do better with `changes/`.")
    entity_name = Text(allow_null=True, help_text="The entity it was about.")
    entity_type = Text(allow_null=True, help_text="`gene`, `str` or `region`.")


class ChangeSerializer(serializers.Serializer[Any]):
    """A typed change."""

    change = Text(help_text="What kind of change, such as `level_changed`.")
    entity_type = Text(help_text="`gene`, `str`, `region`, or empty for the panel itself.")
    entity_name = Text(help_text="The entity, or empty.")
    hgnc_id = Text(help_text="The gene's HGNC id, or empty.")
    field = Text(help_text="The field of the answer that changed.")
    before = Text(help_text="Its value before; JSON for lists and objects.")
    after = Text(help_text="Its value after.")


class FeedItemSerializer(ChangeSerializer):
    """A typed change in the feed of all panels."""

    cursor = Text(help_text="Its place in the feed.")
    at = Instant(help_text="When it happened.")
    panel_id = Whole(help_text="The panel.")
    panel_name = Text(help_text="The panel's present name.")
    version = Text(help_text="The panel's version.")
    reason = Text(help_text="The reason that was given.")


class FeedSerializer(serializers.Serializer[Any]):
    """A stretch of the feed."""

    results = FeedItemSerializer(many=True, help_text="Changes, the oldest first.")
    cursor = Text(help_text="Where the stretch ends: send it as `since` the next time.")
    next = serializers.URLField(allow_null=True, help_text="Address of what follows already; null at the end.")


class DiffSerializer(serializers.Serializer[Any]):
    """What changed between two versions."""

    panel_id = Whole(help_text="The panel.")
    to = Text(help_text="The later version.")
    changes = ChangeSerializer(many=True, help_text="Each difference.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """With `from`, which is a word of Python."""
        return {"from": Text(help_text="The earlier version."), **super().get_fields()}


class VersionSerializer(PanelSerializer):
    """A version in the list of versions."""

    author = Text(help_text="Who made it.")
    reason = Text(help_text="Why.")
    origin = Text(help_text="Where it came from, if it was not made here.")
    digest = Text(allow_null=True, help_text="sha256 of its JSON; null for one of which only this line is known.")
    errata = Listed(child=serializers.DictField(), help_text="What is known to be wrong in it.")


PANEL_EXAMPLE: dict[str, Any] = {
    "id": 41,
    "hash_id": None,
    "name": "Hereditary example disorder",
    "disease_group": "Neurology",
    "disease_sub_group": "",
    "description": "For people with an example disorder.",
    "status": "public",
    "version": "2.3",
    "version_created": "2026-02-03T10:11:12.131415Z",
    "relevant_disorders": ["R999", "HP:0000001"],
    "stats": {"number_of_genes": 1, "number_of_strs": 0, "number_of_regions": 0},
    "types": [{"name": "Rare disease", "slug": "rare-disease", "description": "Rare disease panels"}],
    "child_panel_ids": [],
}
ENTITY_EXAMPLE: dict[str, Any] = {
    "gene_data": {"hgnc_id": "HGNC:1884", "gene_symbol": "CFTR", "ensembl_genes": {}},
    "entity_type": "gene",
    "entity_name": "CFTR",
    "confidence_level": "3",
    "penetrance": "Complete",
    "mode_of_pathogenicity": "",
    "publications": ["2772657"],
    "evidence": ["Expert Review Green", "Literature"],
    "phenotypes": ["Cystic fibrosis, OMIM:219700"],
    "mode_of_inheritance": "BIALLELIC, autosomal or pseudoautosomal",
    "tags": [],
    "transcript": None,
    "panel": PANEL_EXAMPLE,
}
EVALUATION_EXAMPLE = {
    "created": "2026-02-03T10:11:12.131415Z",
    "rating": "GREEN",
    "mode_of_pathogenicity": "",
    "publications": [],
    "phenotypes": [],
    "moi": "BIALLELIC, autosomal or pseudoautosomal",
    "current_diagnostic": True,
    "clinically_relevant": None,
}
ACTIVITY_EXAMPLE = {
    "created": "2026-02-03T10:11:12.131415Z",
    "panel_name": "Hereditary example disorder",
    "panel_id": 41,
    "panel_version": "2.3",
    "user_name": "Gus",
    "item_type": "entity",
    "text": "Gene: CFTR has been classified as Green List (High Evidence).",
    "entity_name": "CFTR",
    "entity_type": "gene",
}
CHANGE_EXAMPLE = {
    "change": "level_changed",
    "entity_type": "gene",
    "entity_name": "CFTR",
    "hgnc_id": "HGNC:1884",
    "field": "confidence_level",
    "before": "2",
    "after": "3",
}


class PARAMETERS:
    """Parameters by name."""

    panel = OpenApiParameter("key", str, OpenApiParameter.PATH, description="Id, hash id or name of the panel.")
    names = OpenApiParameter("names", str, OpenApiParameter.PATH, description="Names or HGNC ids, split by commas.")
    number = OpenApiParameter("number", str, OpenApiParameter.PATH, description="The version, such as 2.3.")
    file = OpenApiParameter("name", str, OpenApiParameter.PATH, description="A file that the manifest names.")
    type = OpenApiParameter("type", str, description="Slugs of panel types, split by commas.")
    name = OpenApiParameter("name", str, description="A part of the panel's name.")
    retired = OpenApiParameter("retired", str, description="Any value: retired panels too.")
    page = OpenApiParameter("page", int, description="Which page, from 1.")
    version = OpenApiParameter("version", str, description="A version of the past, such as 2.3.")
    exclude_entities = OpenApiParameter("exclude_entities", str, description="`True`: without what is on the panel.")
    display = OpenApiParameter("display", str, description="`latest` (default) or `all`.")
    panel_id = OpenApiParameter("panel_id", int, description="Only this panel.")
    entity_name = OpenApiParameter("entity_name", str, description="Names or HGNC ids, split by commas.")
    entity_name_in_path = OpenApiParameter(
        "name", str, OpenApiParameter.PATH, description="Name or HGNC id of the entity."
    )
    confidence_level = OpenApiParameter("confidence_level", str, description="0 to 3, split by commas.")
    tags = OpenApiParameter("tags", str, description="Tags, split by commas; any of them.")
    panel_name = OpenApiParameter("panel_name", str, description="Names of panels, split by commas.")
    comments = OpenApiParameter("include_comments", str, description="`true`: with the comments.")
    since = OpenApiParameter("since", str, description="A cursor of this feed, or an instant such as 2026-02-03.")
    limit = OpenApiParameter("limit", int, description="How many at most, up to 1,000.")
    earlier = OpenApiParameter("from", str, required=True, description="The earlier version.")
    later = OpenApiParameter("to", str, required=True, description="The later version.")


def described(
    operation_id: str,
    summary: str,
    description: str,
    answer: type[serializers.BaseSerializer[Any]] | None,
    example: Any,
    *,
    parameters: Sequence[OpenApiParameter] = (),
    form: str = "one",
    media_type: str = JSON,
) -> Callable[[Any], Any]:
    """The entry of one operation in the OpenAPI document. `form` is one, page (with numbers) or list (without)."""
    is_page, is_list = form == "page", form == "list"
    statuses = {400: "What was sent cannot be used", 404: "Nothing here", 429: "Too many requests", 500: "A fault"}
    if PARAMETERS.panel in parameters:
        statuses[410] = "The panel was deleted; `reason` and `successor` say more"
    shape: Any = _page(answer) if is_page and answer else answer
    shape = shape(many=True) if is_list and shape else shape
    refusals = {
        (status, JSON): OpenApiResponse(RefusalSerializer, description=f"{said}.") for status, said in statuses.items()
    }
    shown = {"count": 1, "next": None, "previous": None, "results": [example]} if is_page else example
    return extend_schema(
        operation_id=operation_id,
        summary=summary,
        description=description,
        tags=["Panels"],
        parameters=list(parameters),
        responses={(200, media_type): shape or bytes, **refusals},
        examples=[OpenApiExample(summary, value=shown, response_only=True, media_type=media_type)],
    )


_pages: dict[str, type[serializers.Serializer[Any]]] = {}


def _page(item: Any) -> type[serializers.Serializer[Any]]:
    name = f"Numbered{item.__name__.removesuffix('Serializer')}PageSerializer"
    if name not in _pages:
        fields: dict[str, Any] = {
            "count": Whole(help_text="On all pages together."),
            "next": serializers.URLField(allow_null=True, help_text="Address of the next page; null on the last."),
            "previous": serializers.URLField(allow_null=True, help_text="Address of the page before."),
            "results": item(many=True, help_text="What is on this page."),
            "__doc__": "A page of a numbered list.",
        }
        _pages[name] = type(name, (serializers.Serializer,), fields)
    return _pages[name]
