"""Reads behind the pages of panels: rows of a version, ratings by name, a panel's change over time, and search."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Func, Max, OuterRef, Q, QuerySet, TextField, Value

from panelapp.contents import EntityRow, Rows, content_of, rows_of
from panelapp.models import (
    Comment,
    Erratum,
    Gene,
    Indication,
    Panel,
    PanelEntity,
    PanelEvent,
    PanelVersion,
    Review,
    ReviewerApplication,
    SignOff,
)
from panelapp.models.feed import Change
from panelapp.versions import LISTS, EntityChange, diff, parse_number
from panelapp.vocabularies import DOSAGE_SCORES, EntityKind, Level, ReviewRating, VariantType

_CODE = re.compile(r"[RM]\d{1,6}(?:\.\d{1,4})?", re.IGNORECASE)
KIND_OF_LIST = {name: kind for kind, name in LISTS.items()}
_CHANGES_OF_LEVEL = (Change.ENTITY_ADDED, Change.ENTITY_REMOVED, Change.LEVEL_CHANGED)


def rows_with_reviews(
    rows: Rows | None, kind: str, panel: int, reviews: Mapping[tuple[int, str, str], int]
) -> list[EntityRow]:
    """The entities of one kind in a version of this panel; `reviews` counts by panel, kind and name."""
    return [
        replace(row, reviews=number) if (number := reviews.get((row.child_id or panel, kind, row.name))) else row
        for row in (rows or {}).get(kind, ())
    ]


def review_counts(panels: Iterable[int]) -> dict[tuple[int, str, str], int]:
    """How many reviews each entity of these panels has; those without are not in it."""
    about = ("entity__panel_id", "entity__kind", "entity__name")
    counted = Review.objects.filter(entity__panel__in=panels).values_list(*about).annotate(n=Count("pk"))
    return {(panel, kind, name): number for panel, kind, name, number in counted}


@dataclass(frozen=True)
class Moment:
    """How many entities of each level a panel had from this version on."""

    number: str
    at: datetime
    counts: Mapping[int, int]


def change_over_time(panel: Panel, counts: Mapping[int, int]) -> list[Moment]:
    """The levels of a panel's genes version by version, oldest first, told backwards from `counts`, those of today.

    A history that came without typed events ends where the events end.
    """
    wanted = PanelEvent.objects.filter(panel=panel, entity_kind=EntityKind.GENE, change__in=_CHANGES_OF_LEVEL)
    steps: defaultdict[int | None, list[tuple[str, str, str]]] = defaultdict(list)
    for version, *step in wanted.values_list("version_id", "change", "before", "after"):
        steps[version].append((step[0], step[1], step[2]))
    now = Counter({level: counts.get(level, 0) for level in Level.values})
    moments: list[Moment] = []
    for pk, major, minor, at in _numbers(panel):
        moments.append(Moment(f"{major}.{minor}", at, dict(now)))
        for change, before, after in steps.pop(pk, ()):
            if change != Change.ENTITY_REMOVED:
                now[_level(after)] -= 1
            if change != Change.ENTITY_ADDED:
                now[_level(before)] += 1
        if not steps or min(now.values()) < 0:
            break
    return moments[::-1]


def _numbers(panel: Panel) -> Iterable[tuple[int, int, int, datetime]]:
    newest_first = PanelVersion.objects.filter(panel=panel).newest_first()
    return newest_first.values_list("pk", "major", "minor", "created_at")


def _level(text: str) -> int:
    return min(int(text), Level.GREEN) if text.isdigit() else Level.NONE


def version_called(versions: Any, panel: Panel, text: str) -> PanelVersion | None:
    """The version of a panel with this number among those given, or None."""
    number = parse_number(text)
    return versions.filter(panel=panel, major=number[0], minor=number[1]).first() if number else None


def difference(old: PanelVersion, new: PanelVersion) -> list[EntityChange] | None:
    """What changed from one version to another, or None where the content of one is not known."""
    before, after = content_of(old), content_of(new)
    return None if before is None or after is None else diff(before, after)


def errata_of(panel: Panel, version: PanelVersion | None) -> list[Erratum]:
    """The errata that speak of this version."""
    if version is None:
        return []
    return [each for each in panel.errata.order_by("-created_at") if each.covers(version.major, version.minor)]


def latest_sign_off(panel: Panel) -> SignOff | None:
    """The newest sign-off of any version of the panel."""
    found = panel.sign_offs.select_related("version", "signed_by").order_by("-signed_off_on", "-pk")
    return found.first()


@dataclass(frozen=True)
class Contributor:
    """Somebody who reviewed entities of a panel, and how many."""

    name: str
    affiliation: str
    reviews: int
    last_at: datetime


def contributors(panel: Panel) -> list[Contributor]:
    """Who reviewed, most first. Names only: addresses are nobody's business."""
    reviews = Review.objects.filter(Q(entity__panel=panel) | Q(entity__panel__in=panel.children.all()))
    rows = reviews.values_list("author_id", "author__display_name").annotate(n=Count("pk"), last=Max("updated_at"))
    counted = list(rows.order_by("-n", "author__display_name", "author_id"))
    places = affiliations(author for author, *_ in counted)
    return [Contributor(name, places.get(author, ""), number, last) for author, name, number, last in counted]


def affiliations(people: Iterable[int]) -> dict[int, str]:
    """Where reviewers said they work, by the person's key; those who never said are not in it."""
    approved = ReviewerApplication.objects.filter(person__in=list(people), status=ReviewerApplication.Status.APPROVED)
    return dict(approved.order_by("decided_at", "pk").values_list("person_id", "affiliation"))


@dataclass(frozen=True)
class Consensus:
    """What reviewers think of one entity."""

    green: int = 0
    amber: int = 0
    red: int = 0

    @property
    def total(self) -> int:
        """All reviews that rate."""
        return self.green + self.amber + self.red

    @property
    def sentence(self) -> str:
        """In words: "2 green, 1 red"."""
        parts = ((self.green, "green"), (self.amber, "amber"), (self.red, "red"))
        said = ", ".join(f"{number} {word}" for number, word in parts if number)
        return said or "no ratings yet"


def consensus_of(ratings: Iterable[str]) -> Consensus:
    """The ratings of reviews, counted."""
    counted = Counter(ratings)
    return Consensus(counted[ReviewRating.GREEN], counted[ReviewRating.AMBER], counted[ReviewRating.RED])


def named(panels: Any, text: str) -> Any:
    """Panels that speak of a text: in the name, the group, a code of the test directory, an HPO, OMIM or other term."""
    exact = Q(relevant_disorders__contains=[text]) | Q(hpo__contains=[text]) | Q(omim__contains=[text])
    exact |= Q(relevant_disorders__contains=[text.upper()]) | Q(hpo__contains=[text.upper()])
    words = Q(name__icontains=text) | Q(disease_group__icontains=text) | Q(disease_sub_group__icontains=text)
    words |= Q(description__icontains=text) | Q(disorder_words__icontains=text) | Q(pk__in=asked_for_by(text)[0])
    return panels.annotate(disorder_words=joined("relevant_disorders")).filter(exact | words)


def asked_for_by(code: str) -> tuple[set[int], set[str]]:
    """Numbers of panels and HGNC ids of genes that a code of the test directory asks for, such as R67 or R67.1."""
    if not _CODE.fullmatch(code):
        return set(), set()
    tests = list(Indication.objects.of_code(code).values_list("panel_numbers", "hgnc_ids"))
    return {number for numbers, _ in tests for number in numbers}, {word for _, words in tests for word in words}


@dataclass(frozen=True)
class DirectoryTargets:
    """Names for what the test directory asks for: panels that the reader sees by number, genes by HGNC id."""

    panels: Mapping[int, str]
    genes: Mapping[str, str]


def targets_of_directory(actor: Any) -> DirectoryTargets:
    """The names of all panels that the actor sees, and of the genes that some test asks for."""
    asked = Indication.objects.exclude(hgnc_ids=[]).values_list("hgnc_ids", flat=True)
    words = {word for words in asked for word in words}
    panels = Panel.objects.visible_to(actor).exclude(status=Panel.Status.DELETED)
    return DirectoryTargets(
        dict(panels.values_list("pk", "name")),
        dict(Gene.objects.filter(hgnc_id__in=words).values_list("hgnc_id", "symbol")),
    )


def speaking_of(actor: Any, text: str) -> QuerySet[PanelEntity]:
    """Entities whose phenotypes speak of a text, greenest first."""
    entities: QuerySet[PanelEntity] = PanelEntity.objects.visible_to(actor).published()
    speaking = entities.annotate(words=joined("phenotypes")).filter(words__icontains=text)
    return speaking.select_related("panel").order_by("-level", "name", "panel_id")


def joined(name: str) -> Func:
    """The texts of an array in one, to look for words in."""
    return Func(F(name), Value(" "), function="array_to_string", output_field=TextField())


def panels_with(actor: Any, gene: Gene) -> QuerySet[PanelEntity]:
    """Where a gene stands, on all panels that the actor sees, greenest first."""
    entities: QuerySet[PanelEntity] = PanelEntity.objects.visible_to(actor).published().filter(gene=gene)
    return entities.select_related("panel__current").order_by("-level", "panel__name", "pk")


def events_of_gene(actor: Any, gene: Gene) -> QuerySet[PanelEvent]:
    """How a gene came onto panels and which rating it had when, newest first."""
    happened: QuerySet[PanelEvent] = PanelEvent.objects.visible_to(actor).filter(hgnc_id=gene.hgnc_id)
    return happened.filter(change__in=_CHANGES_OF_LEVEL).select_related("panel").order_by("-pk")


def events_of_entity(actor: Any, entity: PanelEntity) -> QuerySet[PanelEvent]:
    """What happened to one entity, newest first."""
    happened: QuerySet[PanelEvent] = PanelEvent.objects.visible_to(actor).filter(panel=entity.panel)
    return happened.filter(entity_kind=entity.kind, entity_name=entity.name).order_by("-pk")


def reviews_of(actor: Any, entity: PanelEntity) -> QuerySet[Review]:
    """The reviews of an entity with their authors and comments, newest first."""
    reviews: QuerySet[Review] = Review.objects.visible_to(actor).filter(entity=entity)
    return reviews.select_related("author").prefetch_related("comments").order_by("-updated_at", "-pk")


def loose_comments(actor: Any, entity: PanelEntity) -> QuerySet[Comment]:
    """What was said of an entity outside of reviews, newest first."""
    comments: QuerySet[Comment] = Comment.objects.visible_to(actor).filter(entity=entity, review=None)
    return comments.select_related("author").order_by("-created_at", "-pk")


def activity(actor: Any) -> QuerySet[PanelEvent]:
    """What happened to the panels that the actor sees."""
    happened: QuerySet[PanelEvent] = PanelEvent.objects.visible_to(actor).select_related("panel")
    return happened


def facts_of(entity: PanelEntity) -> list[tuple[str, str]]:
    """What is known of a gene, repeat or region, as its panel was told, in words."""
    said = json.loads(entity.wire or "{}")
    gene = said.get("gene_data") or {}
    facts = [
        ("Name", gene.get("gene_name") or said.get("verbose_name")),
        ("Gene", gene.get("hgnc_symbol")),
        ("HGNC id", gene.get("hgnc_id")),
        ("Other names", ", ".join(gene.get("alias") or ())),
        ("OMIM", ", ".join(gene.get("omim_gene") or ())),
        ("Biotype", (gene.get("biotype") or "").replace("_", " ")),
        *_ensembl(gene.get("ensembl_genes") or {}),
        ("Transcripts", ", ".join(said.get("transcript") or ())),
        ("Chromosome", said.get("chromosome")),
        ("Position on GRCh37", _ends(said.get("grch37_coordinates"))),
        ("Position on GRCh38", _ends(said.get("grch38_coordinates"))),
        ("Repeated sequence", said.get("repeated_sequence")),
        ("Normal repeats", _at("at most", said.get("normal_repeats"))),
        ("Pathogenic repeats", _at("at least", said.get("pathogenic_repeats"))),
        ("Haploinsufficiency", DOSAGE_SCORES.get(said.get("haploinsufficiency_score") or "")),
        ("Triplosensitivity", DOSAGE_SCORES.get(said.get("triplosensitivity_score") or "")),
        ("Required overlap", _percent(said.get("required_overlap_percentage"))),
        ("Variants that count", dict(VariantType.choices).get(said.get("type_of_variants") or "")),
    ]
    if entity.kind != EntityKind.REGION:
        facts = [fact for fact in facts if fact[0] not in ("Haploinsufficiency", "Triplosensitivity")]
    return [(name, str(value)) for name, value in facts if value]


def _ensembl(genes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Ensembl id and place on each assembly, of each release that was told."""
    return [
        (
            f"Ensembl on {assembly.replace('Rch', 'RCh')}",
            f"{gene.get('ensembl_id')}, {gene.get('location')} (release {release})",
        )
        for assembly, releases in sorted(genes.items())
        for release, gene in releases.items()
    ]


def _ends(ends: Sequence[int] | None) -> str:
    return f"{ends[0]:,} to {ends[1]:,}" if ends else ""


def _at(word: str, number: int | None) -> str:
    return "" if number is None else f"{word} {number:,}"


def _percent(number: int | None) -> str:
    return "" if number is None else f"{number} %"


def curation_queue(actor: Any) -> QuerySet[PanelEntity]:
    """What reviewers suggested, and what was reviewed and not yet marked as ready, with the ratings counted."""
    entities: QuerySet[PanelEntity] = PanelEntity.objects.visible_to(actor).exclude(panel__status=Panel.Status.DELETED)
    counted = {rating.lower(): Count("reviews", filter=Q(reviews__rating=rating)) for rating in ReviewRating.values}
    annotated = entities.annotate(**counted, rated=Count("reviews"), last_review_at=Max("reviews__updated_at"))
    return annotated.filter(Q(pending=True) | Q(rated__gt=0, ready=False)).select_related("panel")


def version_numbers(actor: Any, panel: Panel) -> list[str]:
    """The versions of a panel, newest first."""
    versions = PanelVersion.objects.visible_to(actor).filter(panel=panel).newest_first()
    return [f"{major}.{minor}" for major, minor in versions.values_list("major", "minor")]


@dataclass(frozen=True)
class Compared:
    """A gene with its level on two panels; None where it is not."""

    name: str
    left: int | None
    right: int | None


def side_by_side(left: Panel, right: Panel) -> list[Compared]:
    """The genes of two panels in the order of names."""
    sides = []
    for panel in (left, right):
        levels: dict[str, int] = {}
        for row in (rows_of(panel.current) or {}).get(EntityKind.GENE, ()):
            levels[row.name] = max(row.level, levels.get(row.name, 0))
        sides.append(levels)
    names = sorted(sides[0].keys() | sides[1].keys())
    return [Compared(name, sides[0].get(name), sides[1].get(name)) for name in names]


def reviews_to_copy(actor: Any, source: Panel, target: Panel) -> QuerySet[Review]:
    """The reviews of a panel's entities that stand on the other panel too."""
    there = PanelEntity.objects.filter(panel=target, kind=OuterRef("entity__kind"), name=OuterRef("entity__name"))
    reviews: QuerySet[Review] = Review.objects.visible_to(actor).filter(entity__panel=source)
    found = reviews.filter(Exists(there)).select_related("entity", "author")
    return found.order_by("entity__name", "author__display_name", "pk")
