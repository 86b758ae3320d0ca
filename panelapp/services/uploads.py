"""A file of 36 columns as one edit of each panel that it names: all of it, or none of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import cast

from django.db import transaction

from panelapp.models import Gene, Panel, PanelEntity
from panelapp.models.panels import PanelQuerySet
from panelapp.policies import can_create_panel
from panelapp.selectors import resolve_genes
from panelapp.services.edits import EntityFacts, PanelEdit, edit_panel
from panelapp.services.panels import create_panel
from panelapp.services.publishing import lock_panels
from panelapp.spreadsheets import PanelWords, Problem, SheetLine, read_sheet
from panelapp.vocabularies import EXPERT_REVIEWS
from portal.kernel.access import Actor, require
from portal.kernel.refusals import InvalidInput, Refusal

LARGEST_FILE = 10 * 1024 * 1024
_MOST_TOLD = 20


@transaction.atomic
def upload_entities(*, actor: Actor, content: bytes, reason: str = "") -> list[Panel]:
    """Put the lines on the panels that they name; returns those panels.

    Unknown panels are created, internal. What is there already gains sources, phenotypes and publications, and takes
    over what else the line says. One version for each panel. InvalidInput tells every line that is wrong, and then
    nothing is changed.
    """
    require(can_create_panel, actor, None)
    lines, problems = read_sheet(text_of_upload(content))
    genes = _genes(lines, problems)
    refuse_problems(problems)
    if not lines:
        raise InvalidInput("The file has no lines below its header.", field="file")
    by_panel: defaultdict[str, list[SheetLine]] = defaultdict(list)
    for line in lines:
        by_panel[line.panel.name].append(line)
    lock_panels(_known_panels(actor).filter(name__in=by_panel))
    return [_upload(actor, same, genes, reason) for same in by_panel.values()]


def text_of_upload(content: bytes) -> str:
    """What was sent as text in UTF-8, or InvalidInput."""
    if len(content) > LARGEST_FILE:
        raise InvalidInput("Choose a file of up to 10 MB.", field="file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("Save the file as text in UTF-8, and choose it again.", field="file") from error
    if "\x00" in text:
        raise InvalidInput("Save the file as text with tabs between columns, and choose it again.", field="file")
    return text


def _genes(lines: Sequence[SheetLine], problems: list[Problem]) -> dict[str, Gene]:
    words = list(dict.fromkeys(line.symbol for line in lines if line.symbol))
    known = {gene.symbol: gene for gene in Gene.objects.filter(symbol__in=words)}
    for word in words:
        if word not in known and (found := resolve_genes([word]).genes):
            known[word] = found[0]
    for line in lines:
        if line.symbol and line.symbol not in known:
            problems.append(Problem(line.number, f"{line.symbol} is not a gene symbol that we know."))
    return known


def refuse_problems(problems: Sequence[Problem]) -> None:
    """InvalidInput that tells the first lines that are wrong, if any is."""
    if problems:
        told = sorted(problems, key=lambda problem: problem.number)
        more = [f"And {len(told) - _MOST_TOLD} more."] if len(told) > _MOST_TOLD else []
        raise InvalidInput("\n".join([*map(str, told[:_MOST_TOLD]), *more]), field="file")


def _upload(actor: Actor, lines: Sequence[SheetLine], genes: Mapping[str, Gene], reason: str) -> Panel:
    panel = _panel(actor, lines[0].panel, reason)
    problems: list[Problem] = []
    with edit_panel(actor=actor, panel=panel, reason=reason or "Uploaded from a file.") as edit:
        there = {kind: edit.entities(kind) for kind in ("gene", "str", "region")}
        for line in lines:
            try:
                entity = there[line.kind].get(line.name)
                there[line.kind][line.name] = _put(edit, line, genes.get(line.symbol), entity)
            except Refusal as refusal:
                problems.append(Problem(line.number, refusal.sentence))
        refuse_problems(problems)
    return panel


def _known_panels(actor: Actor) -> PanelQuerySet:
    known: PanelQuerySet = Panel.objects.visible_to(actor).exclude(status=Panel.Status.DELETED)
    return known


def _panel(actor: Actor, words: PanelWords, reason: str) -> Panel:
    panel: Panel | None = _known_panels(actor).filter(name=words.name).order_by("pk").first()
    return panel or create_panel(
        actor=actor,
        facts={
            "name": words.name,
            "description": words.description,
            "disease_group": words.group,
            "disease_sub_group": words.sub_group,
            "omim": list(words.omim),
            "orphanet": list(words.orphanet),
            "hpo": list(words.hpo),
        },
        reason=reason,
    )


def _put(edit: PanelEdit, line: SheetLine, gene: Gene | None, entity: PanelEntity | None) -> PanelEntity:
    facts = cast(
        EntityFacts,
        {
            **line.detail,
            "gene": gene,
            "sources": line.sources,
            "phenotypes": line.phenotypes,
            "publications": line.publications,
            "mode_of_inheritance": line.inheritance,
            "mode_of_pathogenicity": line.pathogenicity,
        },
    )
    if entity is None:
        facts["name"] = line.name
        return edit.add(kind=line.kind, facts=facts)
    kept = list(entity.evidence.values_list("name", flat=True))
    if any(name in EXPERT_REVIEWS for name in line.sources):
        kept = [name for name in kept if name not in EXPERT_REVIEWS]
    facts["sources"] = list(dict.fromkeys([*line.sources, *kept]))
    facts["phenotypes"] = list(dict.fromkeys([*entity.phenotypes, *line.phenotypes]))
    facts["publications"] = list(dict.fromkeys([*entity.publications, *line.publications]))
    return edit.update(entity, facts)
