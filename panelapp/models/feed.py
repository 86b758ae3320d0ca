"""What happened to panels, as typed events that programs can follow, and the programs that are told at once."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from panelapp.models.panels import Panel, seen_by
from panelapp.models.versions import PanelVersion


class Change(models.TextChoices):
    """What may happen to a panel or to an entity on it. The text of the activity log is made from it."""

    PANEL_CREATED = "panel_created", "Panel created"
    PANEL_IMPORTED = "panel_imported", "Panel loaded from another server"
    PANEL_CHANGED = "panel_changed", "Panel described anew"
    PANEL_STATUS_CHANGED = "panel_status_changed", "Status of the panel changed"
    PANEL_PROMOTED = "panel_promoted", "Panel promoted to a new major version"
    PANEL_CHILD_CHANGED = "panel_child_changed", "A panel inside this one changed"
    PANEL_SIGNED_OFF = "panel_signed_off", "Version signed off"
    PANEL_ERRATUM = "panel_erratum", "Erratum published"
    ENTITY_ADDED = "entity_added", "Entity added"
    ENTITY_SUGGESTED = "entity_suggested", "Entity suggested by a reviewer"
    ENTITY_REMOVED = "entity_removed", "Entity removed"
    ENTITY_REFUSED = "entity_refused", "Suggested entity not taken in"
    LEVEL_CHANGED = "level_changed", "Traffic light changed"
    SOURCES_CHANGED = "sources_changed", "Sources changed"
    INHERITANCE_CHANGED = "inheritance_changed", "Mode of inheritance changed"
    PATHOGENICITY_CHANGED = "pathogenicity_changed", "Mode of pathogenicity changed"
    PENETRANCE_CHANGED = "penetrance_changed", "Penetrance changed"
    PUBLICATIONS_CHANGED = "publications_changed", "Publications changed"
    PHENOTYPES_CHANGED = "phenotypes_changed", "Phenotypes changed"
    TRANSCRIPTS_CHANGED = "transcripts_changed", "Transcripts changed"
    TAGS_CHANGED = "tags_changed", "Tags changed"
    GENE_CHANGED = "gene_changed", "Facts of the gene changed"
    DETAIL_CHANGED = "detail_changed", "Place or details changed"
    MARKED_READY = "marked_ready", "Marked as ready"
    MARKED_NOT_READY = "marked_not_ready", "Marked as not ready"
    REVIEW_ADDED = "review_added", "Review added"
    REVIEW_CHANGED = "review_changed", "Review changed"
    REVIEW_DELETED = "review_deleted", "Review deleted"
    REVIEWS_COPIED = "reviews_copied", "Reviews copied from another panel"
    COMMENT_ADDED = "comment_added", "Comment added"
    COMMENT_CHANGED = "comment_changed", "Comment changed"
    COMMENT_DELETED = "comment_deleted", "Comment deleted"


class PanelEventQuerySet(models.QuerySet["PanelEvent"]):
    def visible_to(self, actor: Any) -> PanelEventQuerySet:
        """What happened to panels that the actor sees."""
        return self.filter(seen_by(actor, "panel__"))


class PanelEvent(models.Model):
    """One thing that happened, in the order of commits. Append-only by trigger."""

    Change = Change

    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="events")
    # The version that holds it; none for what makes no version, such as a review.
    version = models.ForeignKey(PanelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    change = models.CharField(max_length=30, choices=Change.choices)
    entity_kind = models.CharField(max_length=6, blank=True)
    entity_name = models.CharField(max_length=255, blank=True)
    hgnc_id = models.CharField(max_length=20, blank=True)
    field = models.CharField(max_length=40, blank=True)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    panel_version = models.CharField(max_length=20, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    actor_name = models.CharField(max_length=200)
    at = models.DateTimeField()

    objects: ClassVar[Any] = PanelEventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["panel", "-id"], name="panel_event_of_panel"),
            models.Index(fields=["entity_kind", "entity_name", "-id"], name="panel_event_of_entity"),
        ]

    def __str__(self) -> str:
        return f"{self.change} {self.panel_id} {self.entity_name}"


class WebhookQuerySet(models.QuerySet["WebhookSubscription"]):
    def visible_to(self, actor: Any) -> WebhookQuerySet:
        """A person's own."""
        return self.filter(owner_id=actor.pk) if actor.is_authenticated else self.none()


class WebhookSubscription(models.Model):
    """A program that wants to hear of new versions. `secret` signs what is sent; it is shown once."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    url = models.URLField(max_length=500)
    secret = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = WebhookQuerySet.as_manager()

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """A message that waits to be sent after the commit, tried again until it is taken or given up."""

    subscription = models.ForeignKey(WebhookSubscription, on_delete=models.CASCADE, related_name="deliveries")
    version = models.ForeignKey(PanelVersion, on_delete=models.PROTECT, related_name="+")
    body = models.TextField()
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(delivered_at=None, given_up_at=None),
                name="webhook_delivery_due",
            )
        ]

    def __str__(self) -> str:
        return f"Delivery {self.pk}"
