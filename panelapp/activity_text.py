"""The activity log in words. Clients read two phrases of it, "green list (high evidence)" and "expert review green":
they are kept here, at the edge; everything inside works on typed events. Pure: no database."""

from __future__ import annotations

import json

from panelapp.vocabularies import LEVEL_PHRASES

_KINDS = {"gene": "gene", "str": "STR", "region": "region"}
_SET = {
    "inheritance_changed": "Mode of inheritance",
    "pathogenicity_changed": "Mode of pathogenicity",
    "penetrance_changed": "Penetrance",
    "publications_changed": "Publications",
    "phenotypes_changed": "Phenotypes",
    "transcripts_changed": "Transcripts",
}
_SENTENCES = {
    "panel_created": "Panel {after} was created",
    "panel_imported": "Version {after} was loaded from another server",
    "panel_status_changed": "Panel status changed from {before} to {after}",
    "panel_promoted": "promoted panel from version {before}",
    "panel_child_changed": "A child panel changed to version {after}",
    "panel_signed_off": "Panel version {after} has been signed off",
    "panel_erratum": "An erratum was published for versions {before} to {after}",
    "entity_suggested": "{kind}: {name} was suggested for the panel",
    "entity_removed": "{kind}: {name} was removed from the panel",
    "entity_refused": "{kind}: {name} was not taken in",
    "gene_changed": "Facts of {kind}: {name} were updated",
    "marked_ready": "Marked {kind}: {name} as ready",
    "marked_not_ready": "Marked {kind}: {name} as not ready",
    "review_added": "reviewed {kind}: {name}",
    "review_changed": "edited their review of {kind}: {name}",
    "review_deleted": "deleted a review of {kind}: {name}",
    "reviews_copied": "{after} reviews were copied from {before}",
    "comment_added": "commented on {kind}: {name}",
    "comment_changed": "edited a comment on {kind}: {name}",
    "comment_deleted": "deleted a comment on {kind}: {name}",
}


def activity_text(change: str, *, kind: str, name: str, field: str, before: str, after: str) -> str:
    """One event as a sentence."""
    kind = _KINDS.get(kind, kind)
    if change in ("level_changed", "entity_added"):
        verb = "was added to the panel and" if change == "entity_added" else "has been"
        return f"{kind.capitalize()}: {name} {verb} {_classified(after)}"
    if change == "sources_changed":
        return _sources(kind, name, before, after)
    if change == "tags_changed":
        return f"Tags of {kind}: {name} were set to {_listed(after)}"
    if change in _SET:
        return f"{_SET[change]} for {kind}: {name} was set to {_listed(after)}"
    if change in _SENTENCES:
        return _SENTENCES[change].format(kind=kind, name=name, before=before, after=after)
    about = f"{kind}: {name}" if name else "panel"
    return f"Changed {field.replace('_', ' ')} of {about} from {_listed(before)} to {_listed(after)}"


def _classified(level: str) -> str:
    phrase = LEVEL_PHRASES.get(int(level), "") if level.isdigit() else ""
    return f"classified as {phrase}."


def _sources(kind: str, name: str, before: str, after: str) -> str:
    old, new = _list(before), _list(after)
    added = [each for each in new if each not in old]
    removed = [each for each in old if each not in new]
    parts = [f"Source {each} was added to {name}." for each in added]
    parts += [f"Source {each} was removed from {name}." for each in removed]
    return " ".join(parts) or f"Sources for {kind}: {name} were put in another order"


def _list(text: str) -> list[str]:
    found = json.loads(text) if text.startswith("[") else []
    return [str(each) for each in found]


def _listed(text: str) -> str:
    return "; ".join(_list(text)) if text.startswith("[") else text
