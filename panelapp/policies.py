"""Who may change genes and panels, review what is on them, and stand behind a version."""

from __future__ import annotations

from accounts.models import User
from accounts.policies import holds
from accounts.roles import Role
from panelapp.models import Comment, GeneRefresh, Panel, PanelVersion, Review, ReviewerApplication, WebhookSubscription
from portal.kernel.access import Actor, SystemActor, policy


@policy("Only data managers and panel curators load the table of genes.")
def can_load_genes(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.DATA_MANAGER) or holds(actor, Role.PANEL_CURATOR)


@policy("A data manager or panel curator other than the one who proposed the table decides about it.")
def can_decide_refresh(actor: Actor, refresh: GeneRefresh) -> bool:
    return can_load_genes(actor, None) and actor.pk is not None and actor.pk != refresh.proposed_by_id


@policy("Lectern itself writes a table that was approved.")
def can_apply_refresh(actor: Actor, refresh: GeneRefresh) -> bool:
    return isinstance(actor, SystemActor)


@policy("Only data managers and panel curators load panels.")
def can_load_panels(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.DATA_MANAGER) or holds(actor, Role.PANEL_CURATOR)


@policy("Only panel curators create panels.")
def can_create_panel(actor: Actor, obj: object) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.PANEL_CURATOR)


@policy("Only panel curators change panels.")
def can_edit_panel(actor: Actor, panel: Panel) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.PANEL_CURATOR)


@policy("Only panel curators change who sees a panel.")
def can_change_panel_status(actor: Actor, panel: Panel) -> bool:
    return isinstance(actor, SystemActor) or holds(actor, Role.PANEL_CURATOR)


@policy("A panel curator other than the one who made the version signs it off.")
def can_sign_off_version(actor: Actor, version: PanelVersion) -> bool:
    return holds(actor, Role.PANEL_CURATOR) and actor.pk != version.created_by_id


@policy("Only approved reviewers and curators of panels review what is on them.")
def can_review_panel(actor: Actor, panel: Panel) -> bool:
    return holds(actor, Role.PANEL_REVIEWER) or holds(actor, Role.PANEL_CURATOR)


@policy("Sign in to ask to become a reviewer. Reviewers and curators of panels review already.")
def can_apply_to_review(actor: Actor, obj: object) -> bool:
    return isinstance(actor, User) and actor.is_active and not can_review_panel(actor, None)


@policy("Only panel curators see who asked to review.")
def can_see_reviewers(actor: Actor, obj: object) -> bool:
    return holds(actor, Role.PANEL_CURATOR)


@policy("A panel curator decides, and nobody about themselves.")
def can_decide_reviewer(actor: Actor, application: ReviewerApplication) -> bool:
    return holds(actor, Role.PANEL_CURATOR) and actor.pk != application.person_id


@policy("Only who made the application takes it back.")
def can_withdraw_application(actor: Actor, application: ReviewerApplication) -> bool:
    return bool(actor.pk == application.person_id)


@policy("Reviewers change only their own reviews.")
def can_change_review(actor: Actor, review: Review) -> bool:
    return bool(actor.pk == review.author_id) and can_review_panel(actor, review.entity.panel)


@policy("Reviewers delete only their own reviews; curators may delete any.")
def can_delete_review(actor: Actor, review: Review) -> bool:
    return can_change_review(actor, review) or holds(actor, Role.PANEL_CURATOR)


@policy("Reviewers change only their own comments.")
def can_change_comment(actor: Actor, comment: Comment) -> bool:
    return bool(actor.pk == comment.author_id) and can_review_panel(actor, comment.entity.panel)


@policy("Reviewers delete only their own comments; curators may delete any.")
def can_delete_comment(actor: Actor, comment: Comment) -> bool:
    return can_change_comment(actor, comment) or holds(actor, Role.PANEL_CURATOR)


@policy("Sign in to be told of new versions.")
def can_add_webhook(actor: Actor, obj: object) -> bool:
    return isinstance(actor, User) and actor.is_active


@policy("Only the owner stops a subscription.")
def can_stop_webhook(actor: Actor, subscription: WebhookSubscription) -> bool:
    return bool(actor.pk == subscription.owner_id)
