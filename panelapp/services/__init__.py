"""Writes of genes and panels. Each function asks its policy first, and leaves a record."""

from panelapp.services.edits import EntityFacts, PanelEdit, edit_panel
from panelapp.services.entities import (
    accept_entity,
    add_entity,
    mark_all_not_ready,
    mark_not_ready,
    mark_ready,
    refuse_entity,
    remove_entity,
    set_rating,
    set_tags,
    update_entity,
)
from panelapp.services.genes import LoadedGenes, load_genes, save_genes
from panelapp.services.loading import LoadReport, load_panels
from panelapp.services.panels import (
    PanelFacts,
    change_panel,
    change_panel_status,
    create_panel,
    delete_panel,
    promote_panel,
)
from panelapp.services.reviewers import ReviewerFacts, apply_to_review, decide_application
from panelapp.services.reviews import (
    ReviewFacts,
    add_comment,
    add_review,
    change_comment,
    copy_reviews,
    delete_comment,
    delete_review,
    update_review,
)
from panelapp.services.sign_offs import issue_erratum, sign_off

__all__ = [
    "EntityFacts",
    "LoadReport",
    "LoadedGenes",
    "PanelEdit",
    "PanelFacts",
    "ReviewFacts",
    "ReviewerFacts",
    "accept_entity",
    "add_comment",
    "add_entity",
    "add_review",
    "apply_to_review",
    "change_comment",
    "change_panel",
    "change_panel_status",
    "copy_reviews",
    "create_panel",
    "decide_application",
    "delete_comment",
    "delete_panel",
    "delete_review",
    "edit_panel",
    "issue_erratum",
    "load_genes",
    "load_panels",
    "mark_all_not_ready",
    "mark_not_ready",
    "mark_ready",
    "promote_panel",
    "refuse_entity",
    "remove_entity",
    "save_genes",
    "set_rating",
    "set_tags",
    "sign_off",
    "update_entity",
    "update_review",
]
