"""Reads of what datasets may be used for."""

from __future__ import annotations

from dataclasses import dataclass

from access_review.duo import MODIFIERS, PERMISSIONS
from access_review.models import DataUse
from ngrl.models import Dataset


@dataclass(frozen=True)
class DatasetTerms:
    """A dataset, its terms in force and those that wait for a second person, each as words."""

    dataset: Dataset
    in_force: list[tuple[str, str]] | None
    waiting: DataUse | None
    waiting_rows: list[tuple[str, str]] | None


def terms_of_datasets() -> list[DatasetTerms]:
    """All datasets by name. Two queries."""
    rows = DataUse.objects.filter(ended_at=None).select_related("proposed_by", "approved_by")
    held = {(each.dataset_id, each.approved_at is not None): each for each in rows}
    found = []
    for dataset in Dataset.objects.order_by("name"):
        now, next_one = held.get((dataset.pk, True)), held.get((dataset.pk, False))
        found.append(
            DatasetTerms(
                dataset, terms_rows(now) if now else None, next_one, terms_rows(next_one) if next_one else None
            )
        )
    return found


def terms_rows(terms: DataUse) -> list[tuple[str, str]]:
    """Terms as people read them, as pairs of question and answer."""
    else_holds = "; ".join(MODIFIERS.get(code, code) for code in terms.modifiers)
    rows = [("Use", PERMISSIONS.get(terms.permission, terms.permission))]
    rows += [("Diseases", ", ".join(terms.diseases))] if terms.diseases else []
    rows += [("What else holds", else_holds or "Nothing"), ("Written in", terms.reason)]
    rows.append(("Written down by", str(terms.proposed_by or "Set-up")))
    if terms.approved_at:
        rows.append(("In force since", f"{terms.approved_at:%-d %B %Y}, approved by {terms.approved_by or 'set-up'}"))
    rows.append(("Ontology", f"Data Use Ontology of {terms.ontology}"))
    return rows
