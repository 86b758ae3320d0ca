"""What a researcher can ask, as data: read from a form or the API, checked against release and project, kept as JSON.

`read_question` is the one place that checks input; the form and the API both call it and show its sentences beside
their fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import closing, nullcontext
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from django.conf import settings

from access_review.models import Project
from access_review.selectors import granted_datasets
from ngrl.models import Enrolment, Participant, Release, Sample
from ngrl.pseudonyms import ProjectPseudonyms
from panelapp.models import Gene
from panelapp.selectors import locations, resolve_genes
from portal.kernel.refusals import InvalidInput
from research_env.engine import (
    LOSS_OF_FUNCTION,
    PROTEIN_CHANGING,
    EngineError,
    Filters,
    Region,
    Sequence,
    SequenceSource,
    Target,
    normalised,
    parse_target,
)
from research_env.panels_asked import LEVEL_WORDS, read_panel
from research_env.saved_cohorts import cohort_named

CONSEQUENCE_CHOICES: dict[str, tuple[str, frozenset[str] | None]] = {
    "any": ("Any consequence, or none", None),
    "protein_changing": ("Protein-changing (missense, in-frame and loss of function)", PROTEIN_CHANGING),
    "loss_of_function": ("Loss of function only", LOSS_OF_FUNCTION),
}
_FOR_TUMOURS = " Leave it empty for tumours: many share what drives them."
MANY_SEXES = tuple(Participant.Sex.values)
_SEPARATORS = re.compile(r"[\s,;]+")
_FIRST_FEW = 5


class BadQuestion(InvalidInput):
    """Everything that is wrong with a question at once: sentences by field ("" for the whole)."""

    def __init__(self, problems: Mapping[str, list[str]]) -> None:
        super().__init__(next(iter(problems.values()))[0], field=next(iter(problems)))
        self.problems = dict(problems)


@dataclass(frozen=True)
class Question:
    """One question. Genes are HGNC ids, targets are regions and variants as text, pseudonyms are the project's own.

    `panel` is the number of a gene panel; its version, name and genes are written down when the question is read, and
    so are the symbols of genes, so that question and answer can be read as they were after either has changed.
    """

    genes: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    gene_symbols: tuple[str, ...] = field(default=(), compare=False)
    panel: int | None = None
    panel_version: str = ""
    panel_level: str = "green"
    panel_name: str = ""
    panel_genes: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    sexes: tuple[str, ...] = ()
    ancestries: tuple[str, ...] = ()
    family_roles: tuple[str, ...] = ()
    pseudonyms: tuple[str, ...] = ()
    cohort: str = ""
    consequence: str = "any"
    max_allele_frequency: float | None = None
    min_allele_frequency: float | None = None
    min_allele_count: int | None = None
    zygosity: tuple[str, ...] = ()
    pass_only: bool = True
    min_genotype_quality: int | None = None
    min_depth: int | None = None
    min_variant_allele_fraction: float | None = None
    min_site_quality: float | None = None
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The genes by symbol, or by HGNC id where none was written down."""
        return self.gene_symbols or self.genes

    def to_json(self) -> dict[str, Any]:
        """Plain values, for the database and the provenance of results."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Question:
        """The inverse of to_json."""
        plain: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
        return cls(**plain)

    def filters(self) -> Filters:
        """The engine's filters. Raises the engine's InvalidTarget for values out of range."""
        return Filters(
            max_allele_frequency=self.max_allele_frequency,
            min_allele_frequency=self.min_allele_frequency,
            min_allele_count=self.min_allele_count,
            consequences=CONSEQUENCE_CHOICES[self.consequence][1],
            pass_only=self.pass_only,
            min_genotype_quality=self.min_genotype_quality,
            min_depth=self.min_depth,
            min_variant_allele_fraction=self.min_variant_allele_fraction,
            min_site_quality=self.min_site_quality,
            zygosity=frozenset(self.zygosity) or None,
        )


def bound_no_tumours(bound: Any, releases: Iterable[Release], asked: str) -> None:
    """Takes the first value from the field of a bound on frequency where the release asked of is somatic.

    Made for inherited variants, it would hide what many tumours share. `releases` are those that can be asked.
    """
    somatic = {each.reference for each in releases if each.is_somatic}
    if somatic:
        bound.help_text += _FOR_TUMOURS
    if asked in somatic:
        bound.initial = None


def read_question(project: Project, release: Release, raw: Mapping[str, Any]) -> Question:
    """Check raw input (text of genes, targets and pseudonyms; lists and numbers for the rest) against the library.

    Raises BadQuestion with every problem, by field.
    """
    problems: dict[str, list[str]] = {}
    genes, notes = _read_genes(str(raw.get("genes") or ""), release, problems)
    panel = read_panel(raw, release, problems)
    targets, spellings = _read_targets(str(raw.get("targets") or ""), release, problems)
    if not genes and not targets and "panel" not in panel and not problems:
        problems["genes"] = ["Name at least one gene, gene panel, region or variant."]
    question = Question(
        genes=tuple(gene.hgnc_id for gene in genes),
        gene_symbols=tuple(gene.symbol for gene in genes),
        targets=targets,
        datasets=_read_datasets(raw.get("datasets") or (), project, problems),
        sexes=_read_choices("sexes", raw, Participant.Sex.values, problems),
        ancestries=tuple(raw.get("ancestries") or ()),
        family_roles=_read_choices("family_roles", raw, Participant.FamilyRole.values, problems),
        pseudonyms=_read_pseudonyms(str(raw.get("pseudonyms") or ""), project, release, problems),
        cohort=_read_cohort(str(raw.get("cohort") or ""), project, problems),
        consequence=_read_consequence(raw, release, problems),
        zygosity=_read_choices("zygosity", raw, ("het", "hom", "hemi"), problems),
        pass_only=bool(raw.get("pass_only", True)),
        **{**panel, "notes": (*notes, *spellings, *panel["notes"])},
        **_read_numbers(raw),
    )
    try:
        question.filters()
    except EngineError as error:
        problems.setdefault("max_allele_frequency", []).append(str(error))
    if problems:
        raise BadQuestion(problems)
    return question


def _read_cohort(reference: str, project: Project, problems: dict[str, list[str]]) -> str:
    """The reference of one of the project's cohorts: who is in it is asked when genotypes are read."""
    try:
        return cohort_named(reference, project).reference if reference else ""
    except InvalidInput as refusal:
        problems["cohort"] = [refusal.sentence]
        return ""


def _read_genes(text: str, release: Release, problems: dict[str, list[str]]) -> tuple[list[Gene], tuple[str, ...]]:
    words = list(dict.fromkeys(word for word in _SEPARATORS.split(text) if word))
    if len(words) > settings.QUERY_MAX_GENES:
        problems["genes"] = [
            f"You named {len(words):,} genes; a query takes up to {settings.QUERY_MAX_GENES:,}. "
            "Split the list, or ask for regions."
        ]
        return [], ()
    resolution = resolve_genes(words)
    found = [unknown.sentence for unknown in resolution.unknown]
    located = locations(resolution.genes, release.assembly)
    found += [
        f"{gene.symbol} has no known place on {release.assembly}. Give its region instead."
        for gene in resolution.genes
        if gene.pk not in located
    ]
    if found:
        problems["genes"] = _few(found, "genes")
    return resolution.genes, tuple(resolution.notes)


def _few(sentences: list[str], things: str) -> list[str]:
    more = len(sentences) - _FIRST_FEW
    return sentences if more <= 0 else [*sentences[:_FIRST_FEW], f"And {more:,} more {things} could not be read."]


def sequence_of(release: Release) -> SequenceSource | None:
    """The reference sequence that the files of a release were called against, where it was loaded with one."""
    if not release.sequence_path:
        return None
    return SequenceSource(release.sequence_path, release.sequence_etag, release.sequence_sha256)


def _read_targets(
    text: str, release: Release, problems: dict[str, list[str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Targets as the release spells them, and a note on each variant that was given in another way."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > settings.QUERY_MAX_GENES:
        problems["targets"] = [f"You gave {len(lines):,} regions; a query takes up to {settings.QUERY_MAX_GENES:,}."]
        return (), ()
    targets, found, notes = [], [], []
    source = sequence_of(release)
    with closing(Sequence(source)) if source and lines else nullcontext() as sequence:
        for line in lines:
            try:
                given = parse_target(line, release.assembly)
                target = normalised(given, sequence)
            except EngineError as error:
                found.append(str(error))
                continue
            targets.append(str(target))
            if target != given:
                notes.append(f"{given} is {target} in its shortest spelling, furthest to the left.")
    if found:
        problems["targets"] = _few(found, "lines")
    return tuple(dict.fromkeys(targets)), tuple(dict.fromkeys(notes))


def _read_datasets(chosen: Iterable[str], project: Project, problems: dict[str, list[str]]) -> tuple[str, ...]:
    granted = set(granted_datasets(project).values_list("slug", flat=True))
    if not granted:
        problems["datasets"] = ["The project has no datasets at present. Its lead can ask the committee for them."]
    elif not set(chosen) <= granted:
        problems["datasets"] = ["Choose from the datasets that the project was granted."]
    return tuple(sorted(set(chosen)))


def _read_choices(
    name: str, raw: Mapping[str, Any], known: Iterable[str], problems: dict[str, list[str]]
) -> tuple[str, ...]:
    chosen = tuple(raw.get(name) or ())
    if not set(chosen) <= set(known):
        problems[name] = [f"Choose from: {', '.join(known)}."]
    return tuple(each for each in known if each in chosen)


def _read_consequence(raw: Mapping[str, Any], release: Release, problems: dict[str, list[str]]) -> str:
    consequence = str(raw.get("consequence") or "any")
    if consequence not in CONSEQUENCE_CHOICES:
        problems["consequence"] = [f"Choose from: {', '.join(CONSEQUENCE_CHOICES)}."]
        return "any"
    if consequence != "any" and not release.chunks.exclude(annotation="").exists():
        problems["consequence"] = [f"The files of {release.name} name no consequences. Ask for any consequence."]
    return consequence


def _read_numbers(raw: Mapping[str, Any]) -> dict[str, Any]:
    names = ("max_allele_frequency", "min_allele_frequency", "min_allele_count", "min_genotype_quality", "min_depth")
    return {name: raw.get(name) for name in (*names, "min_site_quality", "min_variant_allele_fraction")}


def _read_pseudonyms(text: str, project: Project, release: Release, problems: dict[str, list[str]]) -> tuple[str, ...]:
    """The project's own pseudonyms, by line. Another project's decode to nobody here; typing errors are told apart."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > settings.QUERY_MAX_PSEUDONYMS:
        problems["pseudonyms"] = [
            f"The list has {len(lines):,} lines; up to {settings.QUERY_MAX_PSEUDONYMS:,} can be read."
        ]
        return ()
    cipher = ProjectPseudonyms(project.reference)
    ids: dict[int, int] = {}
    found = []
    for number, line in lines:
        try:
            ids.setdefault(cipher.decode(line), number)
        except ValueError as error:
            found.append(f"Line {number}: {error}")
    # Consent is not asked here: a list made before somebody withdrew stays readable, the cohort leaves them out.
    # Somebody with clinical tables and no genome is of the project too, and carries nothing.
    granted = granted_datasets(project).order_by()
    known: set[int] = set()
    for held in (Sample.objects.all(), Enrolment.objects.all()):
        there = held.filter(release=release, dataset__in=granted, participant__in=list(ids))
        known.update(there.values_list("participant_id", flat=True))
    found += [
        f"Line {number} is nobody in this project's data. Lists from another project cannot be used here."
        for participant_id, number in ids.items()
        if participant_id not in known
    ]
    if found:
        problems["pseudonyms"] = _few(found, "lines")
    return tuple(cipher.encode_many(np.array(sorted(known), dtype=np.int64)))


def targets_of(question: Question, release: Release) -> list[Target]:
    """Regions of the genes, of the panel's genes, and the targets named, in the engine's terms."""
    genes = list(Gene.objects.filter(hgnc_id__in=(*question.genes, *question.panel_genes)))
    places = locations(genes, release.assembly).values()
    regions: list[Target] = [Region(place.contig, place.start_1based, place.end_1based) for place in places]
    return regions + [parse_target(text, release.assembly) for text in question.targets]


def described(question: Question) -> list[tuple[str, str]]:
    """The question in words, as (label, text): for plan, result and provenance."""
    lines = [
        ("Genes", ", ".join(question.symbols)),
        ("Gene panel", _panel_in_words(question)),
        ("Regions and variants", ", ".join(question.targets)),
        ("Datasets", ", ".join(question.datasets)),
        ("Sex", ", ".join(question.sexes)),
        ("Ancestry", ", ".join(question.ancestries)),
        ("Place in the family", ", ".join(question.family_roles)),
        (
            "People",
            f"a list of {len(question.pseudonyms):,} of the project's pseudonyms" if question.pseudonyms else "",
        ),
        ("Cohort", question.cohort),
        ("Consequence", "" if question.consequence == "any" else CONSEQUENCE_CHOICES[question.consequence][0]),
        ("Frequency at most", _number(question.max_allele_frequency)),
        ("Frequency at least", _number(question.min_allele_frequency)),
        ("Allele count at least", _number(question.min_allele_count)),
        ("Zygosity", ", ".join(question.zygosity)),
        ("Sites", "PASS only" if question.pass_only else "all, whatever their filter says"),
        ("Genotype quality at least", _number(question.min_genotype_quality)),
        ("Depth at least", _number(question.min_depth)),
        ("Of the reads, the allele has at least", _number(question.min_variant_allele_fraction)),
        ("Site quality at least", _number(question.min_site_quality)),
    ]
    return [(label, text) for label, text in lines if text]


def _panel_in_words(question: Question) -> str:
    if question.panel is None:
        return ""
    count = len(question.panel_genes)
    return (
        f"{question.panel_name} (panel {question.panel}), version {question.panel_version}: "
        f"{count:,} {LEVEL_WORDS[question.panel_level] if count != 1 else 'gene'}"
    )


def _number(value: float | int | None) -> str:
    return "" if value is None else np.format_float_positional(value, trim="-")
