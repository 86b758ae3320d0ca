"""Panels: stable ids, what they are about, who may see them, and which of them are made of others."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from guardian.models import UserObjectPermissionBase

from accounts.policies import holds
from accounts.roles import Role
from portal.kernel import clock
from portal.kernel.access import SystemActor


class PanelType(models.Model):
    """A kind of panel, such as those for rare disease."""

    name = models.CharField(max_length=128, unique=True)
    slug = models.SlugField(max_length=128, unique=True)
    description = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


class PanelStatus(models.TextChoices):
    """Who may see a panel and how it is offered; the moves between them stand in panelapp/workflows.py."""

    INTERNAL = "internal", "Internal"
    PUBLIC = "public", "Public"
    PROMOTED = "promoted", "Promoted"
    RETIRED = "retired", "Retired"
    DELETED = "deleted", "Deleted"


OPEN_STATUSES = (PanelStatus.PUBLIC, PanelStatus.PROMOTED)


def sees_every_panel(actor: Any) -> bool:
    """Whether the actor works on panels before they are public."""
    return isinstance(actor, SystemActor) or holds(actor, Role.PANEL_CURATOR)


def seen_by(actor: Any, path: str = "") -> Q:
    """Which panels an actor sees, as a condition on what leads to a panel by `path`. This is the only place that knows.

    Curators see all. Everybody sees the open ones; a person also those that were shown to them before they are open.
    """
    if sees_every_panel(actor):
        return Q()
    seen = Q(**{f"{path}status__in": OPEN_STATUSES})
    if getattr(actor, "pk", None) is None:
        return seen
    shown = PanelShare.objects.filter(user=actor.pk, permission__codename="view_panel").values("content_object")
    return seen | Q(**{f"{path}pk__in": shown, f"{path}status": PanelStatus.INTERNAL})


class PanelQuerySet(models.QuerySet["Panel"]):
    def visible_to(self, actor: Any) -> PanelQuerySet:
        """Panels the actor may see at all; deleted ones are a curator's alone."""
        return self.filter(seen_by(actor))

    def with_retired(self, actor: Any) -> PanelQuerySet:
        """What the actor may see when asking for retired panels too."""
        return self if sees_every_panel(actor) else self.filter(seen_by(actor) | Q(status=PanelStatus.RETIRED))

    def published(self) -> PanelQuerySet:
        """Panels that everybody sees, whoever asks."""
        return self.filter(status__in=OPEN_STATUSES)

    def gone(self) -> PanelQuerySet:
        """Panels that everybody could once see and that were deleted: 410, with reason and successor."""
        return self.filter(status=PanelStatus.DELETED, was_public=True)

    def for_list(self) -> PanelQuerySet:
        """With all that a line in a list shows, in the order of names."""
        return self.select_related("current").prefetch_related("types").order_by("name", "pk")


class Panel(models.Model):
    """A gene panel. Its id is never given out again, and is kept when a panel comes from another server."""

    Status = PanelStatus

    id = models.PositiveIntegerField(primary_key=True)
    hash_id = models.CharField(max_length=24, null=True, blank=True, unique=True)
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    disease_group = models.CharField(max_length=255, blank=True)
    disease_sub_group = models.CharField(max_length=255, blank=True)
    relevant_disorders = ArrayField(models.TextField(), default=list, blank=True)
    omim = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    orphanet = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    hpo = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    status = models.CharField(max_length=10, choices=PanelStatus.choices, default=PanelStatus.INTERNAL)
    was_public = models.BooleanField(default=False)
    types = models.ManyToManyField(PanelType, blank=True, related_name="panels")
    # A super panel holds nothing of its own: it shows what its children show.
    is_super = models.BooleanField(default=False)
    children = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="parents")
    current = models.OneToOneField(
        "panelapp.PanelVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="current_of"
    )
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_reason = models.TextField(blank=True)
    successor = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces")
    created_at = models.DateTimeField(default=clock.now)

    objects: ClassVar[Any] = PanelQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["status", "name"], name="panel_by_status_and_name"),
            GinIndex(fields=["relevant_disorders"], name="panel_by_disorder"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(successor=F("id")), name="panel_succeeded_by_another"),
            models.CheckConstraint(
                condition=~Q(status=PanelStatus.DELETED) | Q(deleted_at__isnull=False),
                name="deleted_panel_has_its_date",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Where everybody reads it."""
        return reverse("panels:panel-detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Whether everybody sees it."""
        return self.status in OPEN_STATUSES

    @property
    def version(self) -> str:
        """The current version as text, such as "2.3"."""
        return self.current.number if self.current else "0.0"


class PanelShare(UserObjectPermissionBase):
    """That a named person sees one internal panel: an ad-hoc grant, kept by django-guardian."""

    content_object = models.ForeignKey(Panel, on_delete=models.CASCADE)
