"""A file of 22 columns as reviews of the people whom it names: all of it, or none of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from accounts.models import User
from panelapp.events import Event
from panelapp.models import Panel, PanelEntity, Review
from panelapp.policies import can_create_panel, can_review_panel
from panelapp.review_sheets import ReviewLine, read_review_sheet
from panelapp.selectors import resolve_genes
from panelapp.services.publishing import lock_panels, tell_changes
from panelapp.services.reviews import write_comment
from panelapp.services.uploads import refuse_problems, text_of_upload
from panelapp.spreadsheets import Problem
from panelapp.versions import EntityChange
from panelapp.vocabularies import EntityKind
from portal.kernel import audit, clock, events
from portal.kernel.access import Actor, require
from portal.kernel.refusals import InvalidInput

_LONGEST_WORDS = 255


@transaction.atomic
def upload_reviews(*, actor: Actor, content: bytes) -> int:
    """Write the reviews of a file, each in the name of the reviewer whom its line names; returns how many are new.

    The people must be reviewers already, the genes on the panels already. A review that is there with the same words
    is left alone, so that a file can be sent again; one with other words is its author's to change. InvalidInput tells
    every line that is wrong, and then nothing is changed.
    """
    require(can_create_panel, actor, None)
    lines, problems = read_review_sheet(text_of_upload(content))
    panels = _panels(lines)
    lock_panels(panels.values())
    people, entities = _people(lines), _entities(lines, panels)
    written: dict[int, list[Review]] = {}
    for line in lines:
        try:
            review = _write(line, panels.get(line.panel), entities.get((line.panel, line.symbol)), people)
        except ValueError as error:
            problems.append(Problem(line.number, str(error)))
            continue
        if review is not None:
            written.setdefault(review.entity.panel_id, []).append(review)
    refuse_problems(problems)
    if not lines:
        raise InvalidInput("The file has no lines below its header.", field="file")
    by_number = {panel.pk: panel for panel in panels.values()}
    for number, reviews in sorted(written.items()):
        _tell(actor, by_number[number], reviews)
    return sum(map(len, written.values()))


def _panels(lines: Sequence[ReviewLine]) -> dict[str, Panel]:
    rows = Panel.objects.exclude(status=Panel.Status.DELETED).filter(name__in={line.panel for line in lines})
    return {panel.name: panel for panel in rows.filter(is_super=False).select_related("current").order_by("-pk")}


def _people(lines: Sequence[ReviewLine]) -> dict[str, User]:
    rows = User.objects.filter(email__in={line.username for line in lines}, is_active=True)
    return {person.email: person for person in rows if can_review_panel(person, None)}


def _entities(lines: Sequence[ReviewLine], panels: Mapping[str, Panel]) -> dict[tuple[str, str], PanelEntity]:
    """What stands on the panels, by the panel's name and the word of the file: its symbol there, or any other name."""
    rows = PanelEntity.objects.filter(panel__in=panels.values(), kind=EntityKind.GENE).select_related("panel__current")
    by_name = {(entity.panel_id, entity.name): entity for entity in rows}
    by_gene = {(entity.panel_id, entity.gene_id): entity for entity in rows if entity.gene_id}
    found: dict[tuple[str, str], PanelEntity] = {}
    for line in lines:
        panel = panels.get(line.panel)
        if panel is None:
            continue
        entity = by_name.get((panel.pk, line.symbol))
        if entity is None and (genes := resolve_genes([line.symbol]).genes):
            entity = by_gene.get((panel.pk, genes[0].pk))
        if entity is not None:
            found[line.panel, line.symbol] = entity
    return found


def _write(
    line: ReviewLine, panel: Panel | None, entity: PanelEntity | None, people: Mapping[str, User]
) -> Review | None:
    """The new review of a line, or None for one that is there already. ValueError with the sentence to tell."""
    if panel is None:
        raise ValueError(f"there is no panel of the name {line.panel[:80]}.")
    if entity is None:
        raise ValueError(f"{line.symbol[:60]} does not stand on {panel.name}.")
    author = people.get(line.username)
    if author is None:
        raise ValueError(f"{line.username[:80]} is not the address of a reviewer.")
    if max(len(line.inheritance), len(line.pathogenicity)) > _LONGEST_WORDS:
        raise ValueError(f"modes have up to {_LONGEST_WORDS} characters.")
    said = {
        "rating": line.rating,
        "mode_of_inheritance": line.inheritance,
        "mode_of_pathogenicity": line.pathogenicity,
        "publications": line.publications,
        "phenotypes": line.phenotypes,
        "current_diagnostic": line.current_diagnostic,
    }
    known = Review.objects.filter(entity=entity, author=author).first()
    if known is not None:
        if all(getattr(known, field) == value for field, value in said.items()):
            return None
        raise ValueError(f"{author.display_name} has reviewed {entity.name} already, in other words.")
    at = clock.now()
    review: Review = Review.objects.create(
        entity=entity, author=author, version=entity.panel.version, created_at=at, updated_at=at, **said
    )
    if line.comment:
        write_comment(actor=author, entity=entity, text=line.comment, review=review)
    return review


def _tell(actor: Actor, panel: Panel, reviews: Sequence[Review]) -> None:
    changes = [
        EntityChange("review_added", entity_kind=EntityKind.GENE, entity_name=review.entity.name, after=review.rating)
        for review in reviews
    ]
    tell_changes(actor=actor, panel=panel, changes=changes, reason="Uploaded from a file.")
    detail = {"count": len(reviews)}
    audit.record(Event.REVIEWS_UPLOADED, panel, actor, detail=detail)
    events.publish(Event.REVIEWS_UPLOADED, panel, actor, detail)
