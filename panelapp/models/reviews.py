"""What reviewers think of entities, and what they say about it. A review changes no traffic light and no version."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from panelapp.models.entities import PanelEntity
from panelapp.models.panels import seen_by
from panelapp.vocabularies import ReviewRating


class OnEntityQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Any) -> OnEntityQuerySet:
        """On entities of the panels that the actor sees."""
        return self.filter(seen_by(actor, "entity__panel__"))


class Review(models.Model):
    """One person's view of one entity; `version` is the panel's that was looked at, or where a copy came from."""

    entity = models.ForeignKey(PanelEntity, on_delete=models.CASCADE, related_name="reviews")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="panel_reviews")
    rating = models.CharField(max_length=10, choices=ReviewRating.choices, blank=True)
    mode_of_inheritance = models.CharField(max_length=255, blank=True)
    mode_of_pathogenicity = models.CharField(max_length=255, blank=True)
    publications = ArrayField(models.TextField(), default=list, blank=True)
    phenotypes = ArrayField(models.TextField(), default=list, blank=True)
    current_diagnostic = models.BooleanField(default=False)
    clinically_relevant = models.BooleanField(null=True, blank=True)
    version = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects: ClassVar[Any] = OnEntityQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "author"], name="one_review_per_person_and_entity")]

    def __str__(self) -> str:
        return f"{self.rating} of {self.entity_id}"


class Comment(models.Model):
    """Something said about an entity, in plain text; with a review or by itself."""

    entity = models.ForeignKey(PanelEntity, on_delete=models.CASCADE, related_name="comments")
    review = models.ForeignKey(Review, null=True, blank=True, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="panel_comments")
    text = models.TextField()
    version = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects: ClassVar[Any] = OnEntityQuerySet.as_manager()

    def __str__(self) -> str:
        return self.text[:40]
