"""Cohorts that a project saved: conditions on people, never a list of them, so that consent is asked at each use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from guardian.models import UserObjectPermissionBase

from access_review.models import Project, ProjectMember, in_force
from accounts.models import User
from ngrl.models import Release
from portal.kernel import clock


class SavedCohortQuerySet(models.QuerySet["SavedCohort"]):
    def visible_to(self, actor: Any) -> SavedCohortQuerySet:
        """In the actor's open projects: their own, those shared with them, and all of a project they lead."""
        if not isinstance(actor, User):
            return self.none()
        leading = ProjectMember.objects.filter(in_force(clock.now()), person=actor, role=ProjectMember.Role.LEAD)
        shared = CohortShare.objects.filter(user=actor, permission__codename="view_savedcohort")
        return self.filter(project__in=Project.objects.visible_to(actor)).filter(
            Q(author=actor) | Q(project__in=leading.values("project")) | Q(pk__in=shared.values("content_object"))
        )


class SavedCohort(models.Model):
    """Conditions on the people of one release, as ngrl.criteria reads them. They do not change once saved."""

    reference = models.CharField(max_length=20, unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="cohorts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    criteria = models.JSONField()
    created_at = models.DateTimeField()

    objects = SavedCohortQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "-created_at"], name="cohort_project_newest")]

    def __str__(self) -> str:
        # Not the name: it may say what is studied, and Django's admin prints this to people outside the project.
        return self.reference

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("research_env:cohort-detail", args=[self.reference])


class CohortShare(UserObjectPermissionBase):
    """That a cohort is shown to a named colleague: kept by django-guardian, ANDed with membership."""

    content_object = models.ForeignKey(SavedCohort, on_delete=models.CASCADE)
