"""The public register: publications that came out of projects."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from access_review.models.projects import Project


class Publication(models.Model):
    """A publication with its DOI and the projects it came from."""

    doi = models.CharField("DOI", max_length=200)
    title = models.CharField(max_length=500)
    authors = models.CharField(max_length=500, help_text="As the journal prints them")
    journal = models.CharField(max_length=200, blank=True)
    year = models.PositiveSmallIntegerField()
    projects = models.ManyToManyField(Project, related_name="publications")

    class Meta:
        ordering = ("-year", "title")
        constraints = [models.UniqueConstraint(Lower("doi"), name="one_publication_per_doi")]

    def __str__(self) -> str:
        return self.title

    @property
    def url(self) -> str:
        return f"https://doi.org/{self.doi}"
