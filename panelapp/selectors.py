"""Reads of genes: words to genes, suggestions while somebody types, where genes lie, and the genes of a panel."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Length, Upper

from accounts.models import User
from accounts.roles import Role
from accounts.selectors import holders_of
from panelapp.contents import EntityRow, rows_of
from panelapp.models import Gene, GeneLocation, GeneName, Panel, PanelEntity, PanelVersion
from panelapp.summaries import errata_of, version_called
from panelapp.vocabularies import MODES_OF_INHERITANCE, EntityKind, Level
from portal.kernel.refusals import InvalidInput

LONGEST_WORD = 60
_MOST_NAMED = 8
_SUGGESTIONS_PER_WORD = 3
_WORDS_WITH_SUGGESTIONS = 20
_HGNC_ID = re.compile(r"HGNC:\d+")
_ENSEMBL_ID = re.compile(r"(ENSG\d+)(?:\.\d+)?")
_SYMBOL = GeneName.Kind.SYMBOL


@dataclass(frozen=True)
class UnknownGene:
    """A word that names no gene, or more than one; `suggestions` are symbols that may be meant."""

    word: str
    suggestions: list[str]

    @property
    def sentence(self) -> str:
        """What to tell the person who wrote the word."""
        if not self.suggestions:
            return f"{self.word} is not a gene symbol that we know."
        return f"{self.word} is not the present symbol of one gene. Did you mean {' or '.join(self.suggestions)}?"


@dataclass(frozen=True)
class GeneResolution:
    """What a list of words means: genes in the order of their first mention, unknown words, and remarks to show."""

    genes: list[Gene] = field(default_factory=list)
    unknown: list[UnknownGene] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class GeneSuggestion:
    """A gene offered while somebody types: `value` is its symbol, `label` says which word led to it."""

    value: str
    label: str


@dataclass(frozen=True)
class PanelGene:
    """A gene of a panel at a version. `gene` is None where the table of genes does not hold it (any more).

    `symbol` is the one of that version; `inheritances` are the modes that were said of it, as clients know the words:
    one on a plain panel, perhaps several on a super panel.
    """

    symbol: str
    hgnc_id: str
    level: Level
    inheritances: tuple[str, ...]
    gene: Gene | None

    @property
    def short_inheritances(self) -> tuple[str, ...]:
        """In short names such as biallelic or xlinked_monoallelic; what has no short name is "unknown"."""
        return tuple(dict.fromkeys(MODES_OF_INHERITANCE.get(word, "unknown") for word in self.inheritances))


@dataclass(frozen=True)
class PanelAtVersion:
    """A panel at a stated version: what an analysis has to write down to be repeated, and its genes."""

    panel_id: int
    name: str
    number: str
    genes: list[PanelGene]
    errata: list[str]

    @property
    def sentence(self) -> str:
        """How to name it: "Cystic fibrosis (panel 12), version 2.3"."""
        return f"{self.name} (panel {self.panel_id}), version {self.number}"


def panel_at_version(actor: Any, panel_id: int, number: str = "", min_level: Level = Level.GREEN) -> PanelAtVersion:
    """A panel that the actor sees, at a version ("2.3"; "" for the current one), with its genes from a level up.

    Raises InvalidInput, with the sentence to show, for a panel or version that is not there or whose content is not
    known. `errata` are the sentences about known errors of that version, to be shown beside the answer.
    """
    panel = Panel.objects.visible_to(actor).exclude(status=Panel.Status.DELETED).filter(pk=panel_id).first()
    if panel is None:
        raise InvalidInput(f"There is no panel {panel_id}.", field="panel")
    versions = PanelVersion.objects.visible_to(actor)
    version = version_called(versions, panel, number) if number else panel.current
    if version is None or (rows := rows_of(version)) is None:
        raise InvalidInput(f"{panel.name} has no version {number or 'yet'} whose genes we hold.", field="version")
    genes = _panel_genes(rows[EntityKind.GENE], min_level)
    errata = [erratum.text for erratum in errata_of(panel, version)]
    return PanelAtVersion(panel.pk, panel.name, version.number, genes, errata)


def genes_of_version(version: PanelVersion, min_level: Level = Level.GREEN) -> list[PanelGene]:
    """The genes of a version from a level up, each once, greenest first; two queries. InvalidInput as above."""
    rows = rows_of(version)
    if rows is None:
        raise InvalidInput(f"The genes of version {version.number} are not known here.", field="version")
    return _panel_genes(rows[EntityKind.GENE], min_level)


def _panel_genes(rows: Sequence[EntityRow], min_level: Level) -> list[PanelGene]:
    """Rows of one gene, which a super panel has from several children, are one; the best level counts."""
    by_gene: dict[str, list[EntityRow]] = {}
    for row in rows:
        if row.level >= min_level:
            by_gene.setdefault(row.hgnc_id or row.name, []).append(row)
    known = {gene.hgnc_id: gene for gene in Gene.objects.filter(hgnc_id__in=by_gene)}
    return [
        PanelGene(
            symbol=same[0].name,
            hgnc_id=same[0].hgnc_id,
            level=Level(max(row.level for row in same)),
            inheritances=tuple(dict.fromkeys(row.inheritance for row in same if row.inheritance)),
            gene=known.get(key),
        )
        for key, same in by_gene.items()
    ]


def release_checklist(panel: Panel) -> list[tuple[str, str]]:
    """What a curator looks at before a version goes out, in words; two queries beside the version's own rows."""
    rows = rows_of(panel.current) or {}
    everything = [row for kind in EntityKind.values for row in rows.get(kind, ())]
    green = [row for row in everything if row.level == Level.GREEN]
    entities = PanelEntity.objects.filter(Q(panel=panel) | Q(panel__parents=panel)).exclude(panel__status="deleted")
    waiting = entities.waiting().count()
    undecided = entities.published().filter(ready=False, reviews__isnull=False).distinct().count()
    major = panel.current.major if panel.current else 0
    return [
        ("Suggestions that wait", _counted(waiting, "None", "in no version until a curator decides")),
        ("Reviewed and not decided", _counted(undecided, "None", "in the curation queue")),
        ("Green without inheritance", _named_rows([row for row in green if not row.inheritance])),
        ("Without any source", _named_rows([row for row in everything if not row.sources])),
        ("Use", "Below 1.0: not for clinical use" if major == 0 else "1.0 or above"),
    ]


def _counted(number: int, none: str, where: str) -> str:
    return f"{number:,}, {where}" if number else none


def _named_rows(rows: Sequence[EntityRow]) -> str:
    """The first few by name."""
    names = ", ".join(row.name for row in rows[:_MOST_NAMED])
    return f"{names} and {len(rows) - _MOST_NAMED:,} more" if len(rows) > _MOST_NAMED else names or "None"


def curators() -> list[User]:
    """Everybody who holds the role of a panel curator now."""
    return holders_of(Role.PANEL_CURATOR)


def contributors_to(panel: Panel) -> list[User]:
    """Everybody who reviewed what stands on a panel or on a part of it, or said something about it."""
    panels = Panel.objects.filter(Q(pk=panel.pk) | Q(parents=panel))
    wrote = Q(panel_reviews__entity__panel__in=panels) | Q(panel_comments__entity__panel__in=panels)
    return list(User.objects.filter(wrote, is_active=True).distinct().order_by("pk"))


def resolve_genes(words: Sequence[str]) -> GeneResolution:
    """Genes for symbols, previous symbols, aliases, HGNC ids and Ensembl ids, in any case; at most three queries.

    A present symbol always means its own gene. A previous symbol or alias means its gene when it has only one, and
    the answer carries a note about it; otherwise the word is unknown, with all its genes as suggestions.
    """
    asked = list(dict.fromkeys(word.strip() for word in words if word.strip()))
    keys = {word: word.upper()[:LONGEST_WORD] for word in asked}
    by_id = _by_id(keys.values())
    by_name = _by_name(key for key in keys.values() if key not in by_id)
    lost: list[tuple[str, list[str]]] = []
    genes: dict[int, Gene] = {}
    notes: list[str] = []
    for word, key in keys.items():
        found = by_id.get(key) or _meant(by_name.get(key, []))
        if found is None:
            lost.append((word[:LONGEST_WORD], sorted({name.gene.symbol for name in by_name.get(key, [])})))
            continue
        genes.setdefault(found.pk, found)
        if key not in by_id and key != found.symbol.upper():
            notes.append(_note(word, found, by_name[key]))
    return GeneResolution(list(genes.values()), _unknown(lost), notes)


def suggest_genes(prefix: str, limit: int = 10) -> list[GeneSuggestion]:
    """Up to `limit` genes one of whose names starts with the prefix: present symbols first, then short names."""
    prefix = prefix.strip()[:LONGEST_WORD]
    if not prefix:
        return []
    kind = Case(When(kind=_SYMBOL, then=Value(0)), default=Value(1), output_field=IntegerField())
    names = GeneName.objects.filter(name__istartswith=prefix).select_related("gene")
    ordered = names.annotate(kind_order=kind).order_by("kind_order", Length("name"), "name", "pk")
    found: dict[int, GeneSuggestion] = {}
    for name in ordered[: limit * 5]:
        found.setdefault(name.gene_id, GeneSuggestion(name.gene.symbol, _label(name)))
    return list(found.values())[:limit]


def locations(genes: Iterable[Gene], assembly: str) -> dict[int, GeneLocation]:
    """Where each gene lies on this assembly, by the gene's primary key; a gene without a place is not in it."""
    rows = GeneLocation.objects.filter(assembly=assembly, gene__in=[gene.pk for gene in genes])
    return {row.gene_id: row for row in rows}


def _by_id(keys: Iterable[str]) -> dict[str, Gene]:
    """Gene by HGNC or Ensembl id, for those keys that look like one."""
    ensembl = {key: match[1] for key in keys if (match := _ENSEMBL_ID.fullmatch(key))}
    hgnc = [key for key in keys if _HGNC_ID.fullmatch(key)]
    if not ensembl and not hgnc:
        return {}
    genes = list(Gene.objects.filter(Q(hgnc_id__in=hgnc) | Q(ensembl_id__in=ensembl.values())).order_by("-pk"))
    by_hgnc = {gene.hgnc_id: gene for gene in genes if gene.hgnc_id in hgnc}
    by_ensembl = {gene.ensembl_id: gene for gene in genes}
    return by_hgnc | {key: by_ensembl[plain] for key, plain in ensembl.items() if plain in by_ensembl}


def _by_name(keys: Iterable[str]) -> Mapping[str, list[GeneName]]:
    wanted = list(keys)
    found: defaultdict[str, list[GeneName]] = defaultdict(list)
    if wanted:
        names = GeneName.objects.annotate(upper_name=Upper("name")).filter(upper_name__in=wanted)
        for name in names.select_related("gene").order_by("pk"):
            found[name.name.upper()].append(name)
    return found


def _meant(names: list[GeneName]) -> Gene | None:
    """The one gene that these names of one word lead to, or None."""
    symbols = [name.gene for name in names if name.kind == _SYMBOL]
    if len(symbols) == 1:
        return symbols[0]
    genes = {name.gene_id: name.gene for name in names}
    return next(iter(genes.values())) if len(genes) == 1 else None


def _note(word: str, gene: Gene, names: list[GeneName]) -> str:
    previous = any(name.kind == GeneName.Kind.PREVIOUS for name in names)
    return f"{word} is now {gene.symbol}." if previous else f"{word} is another name of {gene.symbol}."


def _label(name: GeneName) -> str:
    gene = name.gene
    via = f" ({name.get_kind_display().lower()}: {name.name})" if name.kind != _SYMBOL else ""
    return f"{gene.symbol}{via} – {gene.name}" if gene.name else f"{gene.symbol}{via}"


def _unknown(lost: list[tuple[str, list[str]]]) -> list[UnknownGene]:
    """Unknown words with suggestions; similar symbols are looked for among those with the same first letter."""
    puzzled = [word for word, suggestions in lost if not suggestions][:_WORDS_WITH_SUGGESTIONS]
    similar = _similar(puzzled)
    return [UnknownGene(word, suggestions or similar.get(word, [])) for word, suggestions in lost]


def _similar(words: list[str]) -> dict[str, list[str]]:
    letters = {word[0].upper() for word in words}
    if not letters:
        return {}
    first_letter = Q()
    for letter in letters:
        first_letter |= Q(name__istartswith=letter)
    by_letter: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for symbol in GeneName.objects.filter(first_letter, kind=_SYMBOL).order_by("name").values_list("name", flat=True):
        by_letter[symbol[0].upper()][symbol.upper()] = symbol
    return {word: _closest(word.upper(), by_letter[word[0].upper()]) for word in words}


def _closest(word: str, symbols: Mapping[str, str]) -> list[str]:
    """Symbols that the word is the start of (or the other way round), then those a few letters away."""
    longer = [key for key in symbols if key.startswith(word) and len(word) > 2]
    shorter = [key for key in symbols if word.startswith(key) and len(key) > 2]
    near = difflib.get_close_matches(word, symbols, n=_SUGGESTIONS_PER_WORD, cutoff=0.6)
    ranked = sorted([*longer, *shorter], key=lambda key: (abs(len(key) - len(word)), key))
    return [symbols[key] for key in dict.fromkeys([*ranked[:2], *near])][:_SUGGESTIONS_PER_WORD]
