"""What happens to genes and panels, as the audit knows it. What programs follow is in panelapp/models/feed.py."""

from __future__ import annotations

from enum import StrEnum

from portal.kernel.events import Happening, declare, weigh


class Event(StrEnum):
    """Events of this app."""

    GENES_LOADED = "panelapp.genes.loaded"
    REFRESH_PROPOSED = "panelapp.refresh.proposed"
    REFRESH_APPROVED = "panelapp.refresh.approved"
    REFRESH_APPLIED = "panelapp.refresh.applied"
    REFRESH_DISCARDED = "panelapp.refresh.discarded"
    DIRECTORY_LOADED = "panelapp.directory.loaded"
    PANEL_CREATED = "panelapp.panel.created"
    PANEL_LOADED = "panelapp.panel.loaded"
    PANEL_CHANGED = "panelapp.panel.changed"
    PANEL_PROMOTED = "panelapp.panel.promoted"
    PANEL_SIGNED_OFF = "panelapp.panel.signed_off"
    PANEL_CORRECTED = "panelapp.panel.corrected"
    PANEL_PUBLISHED = "panelapp.panel.published"
    PANEL_FEATURED = "panelapp.panel.featured"
    PANEL_WITHDRAWN = "panelapp.panel.withdrawn"
    PANEL_RETIRED = "panelapp.panel.retired"
    PANEL_DELETED = "panelapp.panel.deleted"
    PANEL_RESTORED = "panelapp.panel.restored"
    PANEL_SHOWN = "panelapp.panel.shown"
    PANEL_HIDDEN = "panelapp.panel.hidden"
    ENTITY_SUGGESTED = "panelapp.entity.suggested"
    ENTITY_REFUSED = "panelapp.entity.refused"
    REVIEW_ADDED = "panelapp.review.added"
    REVIEW_CHANGED = "panelapp.review.changed"
    REVIEW_DELETED = "panelapp.review.deleted"
    REVIEWS_COPIED = "panelapp.reviews.copied"
    REVIEWS_UPLOADED = "panelapp.reviews.uploaded"
    COMMENT_ADDED = "panelapp.comment.added"
    COMMENT_CHANGED = "panelapp.comment.changed"
    COMMENT_DELETED = "panelapp.comment.deleted"
    REVIEWER_APPLIED = "panelapp.reviewer.applied"
    REVIEWER_APPROVED = "panelapp.reviewer.approved"
    REVIEWER_REFUSED = "panelapp.reviewer.refused"
    REVIEWER_WITHDRAWN = "panelapp.reviewer.withdrawn"
    WEBHOOK_ADDED = "panelapp.webhook.added"
    WEBHOOK_STOPPED = "panelapp.webhook.stopped"


_VERSION = frozenset({"version"})
_ENTITY = frozenset({"entity", "panel"})

declare(
    {
        Event.GENES_LOADED: Happening("loaded the table of genes", frozenset({"added", "changed"})),
        Event.REFRESH_PROPOSED: Happening("proposed a new table of genes", frozenset({"added", "changed"})),
        Event.REFRESH_APPROVED: Happening("approved the new table of genes"),
        Event.REFRESH_APPLIED: Happening("wrote the new table of genes"),
        Event.REFRESH_DISCARDED: Happening("discarded the new table of genes"),
        Event.DIRECTORY_LOADED: Happening("loaded the test directory", frozenset({"count"})),
        Event.PANEL_CREATED: Happening("created the panel", _VERSION),
        Event.PANEL_LOADED: Happening("loaded the panel from another server", _VERSION | {"origin"}),
        Event.PANEL_CHANGED: Happening("changed the panel", _VERSION | {"changes"}),
        Event.PANEL_PROMOTED: Happening("promoted the panel to a new major version", _VERSION),
        Event.PANEL_SIGNED_OFF: Happening("signed off a version of the panel", _VERSION),
        Event.PANEL_CORRECTED: Happening("published an erratum of the panel", frozenset({"from", "to"})),
        Event.PANEL_PUBLISHED: Happening("made the panel public", _VERSION),
        Event.PANEL_FEATURED: Happening("marked the panel as promoted", _VERSION),
        Event.PANEL_WITHDRAWN: Happening("made the panel internal", _VERSION),
        Event.PANEL_RETIRED: Happening("retired the panel", _VERSION),
        Event.PANEL_DELETED: Happening("deleted the panel", _VERSION | {"successor"}),
        Event.PANEL_RESTORED: Happening("took the panel back from the deleted ones", _VERSION),
        Event.PANEL_SHOWN: Happening("showed the internal panel to a person", frozenset({"person"})),
        Event.PANEL_HIDDEN: Happening("stopped showing the internal panel to a person", frozenset({"person"})),
        Event.ENTITY_SUGGESTED: Happening("suggested an entity for a panel", _ENTITY),
        Event.ENTITY_REFUSED: Happening("did not take in a suggested entity", _ENTITY),
        Event.REVIEW_ADDED: Happening("reviewed an entity", _ENTITY),
        Event.REVIEW_CHANGED: Happening("changed a review", _ENTITY),
        Event.REVIEW_DELETED: Happening("deleted a review", _ENTITY),
        Event.REVIEWS_COPIED: Happening("copied reviews from another panel", frozenset({"from", "count"})),
        Event.REVIEWS_UPLOADED: Happening("uploaded reviews in the names of their reviewers", frozenset({"count"})),
        Event.COMMENT_ADDED: Happening("commented on an entity", _ENTITY),
        Event.COMMENT_CHANGED: Happening("changed a comment", _ENTITY),
        Event.COMMENT_DELETED: Happening("deleted a comment", _ENTITY),
        Event.REVIEWER_APPLIED: Happening("asked to review panels"),
        Event.REVIEWER_APPROVED: Happening("approved the reviewer"),
        Event.REVIEWER_REFUSED: Happening("did not approve the reviewer"),
        Event.REVIEWER_WITHDRAWN: Happening("took the application back"),
        Event.WEBHOOK_ADDED: Happening("asked to be told of new versions", frozenset({"host"})),
        Event.WEBHOOK_STOPPED: Happening("stopped being told of new versions", frozenset({"host"})),
    }
)

weigh(
    Event.REFRESH_APPROVED,
    Event.PANEL_SIGNED_OFF,
    Event.PANEL_PROMOTED,
    Event.PANEL_SHOWN,
    Event.REVIEWER_APPROVED,
    Event.REVIEWER_REFUSED,
)
